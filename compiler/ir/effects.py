"""Effects of a step: everything that it reads, writes and costs.

Paths of the image are absolute ('/opt/venv'), paths of the project are relative ('data').
"""

from enum import IntEnum

from msgspec import Struct

from caliban.compiler.facts.workdir import WORKDIR as WORKDIR  # noqa: PLC0414  # one of the places of an image

HOME = "/home/caliban"
VENV = "/opt/venv"
FOUND_PYTHON = "/opt/base-python"  # a `python` for a base whose own is not there, or not under that name
LISTS = "/opt/caliban"  # requirements of files that no installer reads, as one reads them


def in_workdir(path: str) -> str:
    """Return the path in the image of a path of the project: '/usr/app/data', for '.' the whole `WORKDIR`."""
    return WORKDIR if path == "." else f"{WORKDIR}/{path}"


class Churn(IntEnum):
    """The frequency of changes in a layer's inputs, by its kind."""

    NEVER = 0  # nothing of the user's
    SYSTEM = 1  # what the config declares
    DEPENDENCIES = 2
    METADATA = 3  # what the project says of itself: its manifest, its readme
    DELTA = 4  # packages that the last image has not, or in another version
    MENDING = 5  # nothing of the user's, below what belongs to whoever builds
    DATA = 6
    CODE = 7


class Changes(Struct, frozen=True, kw_only=True):
    """The number of changes in the known commits and builds."""

    times: int = 0
    of: int = 0


UNKNOWN = Changes()


class Effects(Struct, frozen=True, kw_only=True):
    """The effects of a step. Writing a path provides everything below it."""

    inputs: frozenset[str] = frozenset()  # of the project
    texts: frozenset[str] = frozenset()  # of the project: files of which the instruction holds what they declare
    reads: frozenset[str] = frozenset()  # of the image: paths, commands ('git'), results ('wheel:.')
    writes: frozenset[str] = frozenset()
    size: int = 0  # bytes that it adds to the image, as far as that is known
    files: int = 0  # that it copies
    changes: Changes = UNKNOWN  # how often its inputs changed, as far as that is known
    separate_stage: bool = False  # done in a stage of its own: no later layer is rebuilt because of it
    linked: bool = False  # a layer that stands on none: it is not rebuilt because of one above it
    churn: Churn = Churn.NEVER
    asks_index: bool = False  # for packages by name alone: another index may have others
    wanted: bool = True  # False: worth its layer only if another step reads what it writes

    @property
    def name(self) -> str:
        """The name that identifies a step in its recipe, and in the recipe of the next build."""
        return min(self.writes)
