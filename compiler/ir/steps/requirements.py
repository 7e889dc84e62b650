"""Steps that install declared requirements."""

from msgspec import Struct

from caliban.compiler.input.project import LineEdit
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.effects import LISTS, VENV, Churn, Effects
from caliban.compiler.ir.resolution import AS_DECLARED, Resolution


class InstallRequirements(Struct, frozen=True, kw_only=True):
    """The packages of a requirements file, or of a manifest: one that the installer can read, or what one comes to."""

    path: str  # 'requirements.txt', 'pyproject.toml', 'environment.yml'
    groups: tuple[str, ...] = ()  # of the manifest, instead of the requirements of its package
    listed: tuple[str, ...] = ()  # the files that `lines` are of, where they are several
    lines: tuple[str, ...] | None = None  # what the installer is given instead of the file
    remark: str | None = None  # what `lines` says otherwise than the file, for the comment
    includes: tuple[str, ...] = ()
    count: int = 0  # of requirements, for the comment
    extras: tuple[str, ...] = ()
    edits: tuple[LineEdit, ...] = ()
    encodings: tuple[tuple[str, str], ...] = ()  # of files that are read as they are: ('c.txt', 'cp1252')
    options: tuple[str, ...] = ()  # of the installer, because of lines of the file: '--prerelease=allow'
    installed_with: tuple[
        "InstallRequirements", ...
    ] = ()  # read again, so that contradictions and indexes of theirs count
    git: str | None = None  # the place of the first requirement that git must fetch
    hashed: bool = False  # each requirement has hashes, so that any index has the same
    resolution: Resolution = AS_DECLARED
    caches: tuple[CacheMount, ...] = ()

    @property
    def listing(self) -> str:
        """The path of `lines` in the image: later steps read them again."""
        return f"{LISTS}/{'-'.join((self.path.removesuffix('.txt'), *self.groups))}.txt"

    @property
    def effects(self) -> Effects:
        """Reads the files and the venv, adds packages."""
        commands = {"git"} if self.git else set()
        own = set() if self.lines is not None else {self.path}
        listed = {self.path, *self.listed} if self.lines is not None else set()
        return Effects(
            inputs=frozenset({*own, *self.includes}).union(*(step.effects.inputs for step in self.installed_with)),
            reads=self.resolution.reads | {VENV, *commands, *_listings(self.installed_with)},
            writes=frozenset({"/".join((VENV, "requirements", self.path, *self.groups)), *_listings((self,))}),
            texts=frozenset(listed).union(*(step.effects.texts for step in self.installed_with)),
            churn=Churn.DEPENDENCIES,
            asks_index=not all(step.hashed for step in (self, *self.installed_with)),
        )


def _listings(steps: tuple[InstallRequirements, ...]) -> set[str]:
    return {step.listing for step in steps if step.lines is not None}


class InstallWheelRequirements(Struct, frozen=True, kw_only=True):
    """The requirements of a built wheel; cached while that list stays the same, whatever happens to the code."""

    stage: str
    path: str
    installed_with: tuple[
        InstallRequirements, ...
    ] = ()  # read again, so that contradictions and indexes of theirs count
    git: str | None = None
    resolution: Resolution = AS_DECLARED
    caches: tuple[CacheMount, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads the list, adds packages."""
        commands = {"git"} if self.git else set()
        return Effects(
            inputs=frozenset[str]().union(*(step.effects.inputs for step in self.installed_with)),
            reads=self.resolution.reads | {VENV, f"/{self.stage}", *commands, *_listings(self.installed_with)},
            writes=frozenset({f"{VENV}/requirements/{self.path}"}),
            churn=Churn.DEPENDENCIES,
            asks_index=True,
        )
