"""The content of `caliban.lock`: the question, the answer, and whether a later question is the same."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import fields

from caliban.compiler.ir.steps.locked import LockedPin

CALIBAN_LOCK = "caliban.lock"


class ResolutionRequest(Struct, frozen=True, kw_only=True):
    """The request for an image's packages: the same request has the same answer. Comments and order do not count."""

    platform: str  # 'linux/amd64'
    python: str  # '3.11'
    requirements: tuple[str, ...] = ()  # sorted; as declared, or as a pass rewrote them
    constraints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  # of requirements files: '--extra-index-url https://…', '--pre'
    torch_backend: str | None = None
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    selection: str | None = None  # 'sha256:…': of what another lock of the project gives this image


class Answer(Struct, frozen=True, kw_only=True):
    """Exactly the packages that are installed instead of being resolved."""

    pins: tuple[LockedPin, ...]
    indexes: tuple[str, ...] = ()  # besides the default one
    files: tuple[str, ...] = ()  # of the project: 'wheels/foo-1.0-py3-none-any.whl'


class Resolved(Struct, frozen=True, kw_only=True):
    """The part of `caliban.lock` for one mode."""

    asked: ResolutionRequest
    answer: Answer | None  # None: another lock has the packages, or only a build can tell them
    base: str  # 'python:3.11-slim-bookworm'
    digests: tuple[tuple[str, str], ...] = ()  # of images, as far as they were known: name, 'sha256:…'


class Locking(Struct, frozen=True, kw_only=True):
    """The use of `caliban.lock` in a compilation."""

    command: str  # that makes it again: 'caliban lock --nogpu train.py'
    making: bool = False  # it is being made: nothing of it is used
    strict: bool = False  # --locked
    there: bool = True  # whether there is such a file
    earlier: Resolved | None = None  # what it holds for this mode
    asked: ResolutionRequest | None = None  # now, once `reuse_resolution` has run
    open: tuple[str, ...] = ()  # why only a build can tell the packages


def differences(before: ResolutionRequest, now: ResolutionRequest) -> Iterator[str]:
    """Yield the differences between two requests in words; none if they are the same."""
    for field in fields(ResolutionRequest):
        old, new = getattr(before, field.name), getattr(now, field.name)
        what = field.name.replace("_", " ")
        if old == new:
            continue
        if isinstance(old, tuple):
            gone, added = (", ".join(sorted(set(a) - set(b))) for a, b in ((old, new), (new, old)))
            parts = [f"{words} {verb}" for words, verb in ((added, "added"), (gone, "gone")) if words]
            yield f"{what}: {' and '.join(parts)}"
        elif field.name == "selection":
            yield "the project's own lock selects other packages"
        else:
            yield f"{what}: {new or 'none'} instead of {old or 'none'}"
