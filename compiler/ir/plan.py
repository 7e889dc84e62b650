"""The IR: a recipe for an image, and the job that runs in it."""

from msgspec import Struct

from caliban.compiler.input.invocation import Mode
from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.job import Job
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.locks.resolved import Locking


class Recipe(Struct, frozen=True, kw_only=True):
    """The recipe of an image."""

    demand: Demand  # facts for decisions: never rendered, and no part of an image
    base: BaseNeed | BaseImage
    steps: tuple[Step, ...]
    import_path: str | None = None  # a folder of the image in front of the import path: '/usr/app/src'
    earlier_order: tuple[str, ...] = ()  # the names of the layers of the last image, from the first to the last
    earlier_bands: tuple[InstallPins, ...] = ()  # of the last image's locks, without what it put on top of them
    store: str | None = None  # where the engine keeps images, as far as that is known
    locking: Locking | None = None  # where there is a caliban.lock, or one is made or asked for
    notes: tuple[str, ...] = ()  # what a pass wants said to the user: a doubt

    @property
    def messages(self) -> tuple[str, ...]:
        """The messages for the user: the notes, and packages that replace declared ones."""
        installing = (step for step in self.steps if isinstance(step, InstallRequirements | InstallWheelRequirements))
        return tuple(dict.fromkeys((*self.notes, *(why for step in installing for why in step.resolution.reasons))))


class ExistingImage(Struct, frozen=True, kw_only=True):
    """An image that is there already."""

    reference: str


class Plan(Struct, frozen=True, kw_only=True):
    """An image, and what is run in it."""

    project: str  # the name for people and for tags
    mode: Mode
    image: Recipe | ExistingImage
    job: Job
    root: str = "."  # the folder of the project, absolute where it is known
    platform: str | None = None  # where one was asked for: 'linux/arm64'
    no_cache: bool = False
    max_image_size: int | None = None  # bytes
    tag: str | None = None  # one more name for the image
    proxies: tuple[str, ...] = ()  # of the build: names of variables of the host
    epoch: int | None = None  # seconds since 1970: the image, and no file that the build puts into it, is later
    ignore_patterns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # messages for the user about the run

    @property
    def messages(self) -> tuple[str, ...]:
        """The messages for the user about the image."""
        return self.image.messages if isinstance(self.image, Recipe) else ()
