"""Classifies a requirement: by name from an index, fetched from the network, or in the project's own folder."""

from msgspec import Struct

from caliban.compiler.facts.pep508 import is_name, parse_requirement
from caliban.compiler.frontend.dependencies.requirement import name_in_target, without_marker

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar", ".tar.zst", ".tar.lz")
_VCS = ("git+", "hg+", "svn+", "bzr+")


class Named(Struct, frozen=True, kw_only=True):
    """Something that an index knows: `torch==2.8.0`."""

    name: str


class Fetched(Struct, frozen=True, kw_only=True):
    """An address: `git+https://…`, `foo @ https://…/foo-1.0.whl`."""

    name: str | None  # as far as the line tells
    url: str


class Local(Struct, frozen=True, kw_only=True):
    """A file or folder: `.`, `./libs/foo[gpu]`, `foo @ file:./foo-1.0.whl`, `wheels/foo-1.0.whl`."""

    name: str | None  # as far as the line tells
    path: str  # as written, without extras
    extras: tuple[str, ...]


def target_of(text: str, *, editable: bool) -> Named | Fetched | Local | None:
    """Return the target of a requirement, without `-e` and hashes; None if the text is no requirement.

    `libs` is a name and `libs/foo` a path, but behind `-e` both are paths: so reads uv.
    """
    read = parse_requirement(text)
    if text.startswith("git@"):
        return Fetched(name=None, url=text)
    named = read is not None and read.url is not None
    if read is not None and not named and not editable and not text.endswith(ARCHIVES):
        return Named(name=read.name)
    target = read.url if read is not None and read.url is not None else without_marker(text)
    name = read.name if read is not None and named else name_in_target(target)
    extras = read.extras if read is not None and named else ()
    if target.startswith(_VCS) or ("://" in target and not target.startswith("file:")):
        return Fetched(name=name, url=target)
    path, bracketed = _without_extras(target.partition("#")[0].strip())
    if editable or named or _looks_like_path(path):
        return Local(name=name, path=path, extras=(*extras, *bracketed))
    return None


def _looks_like_path(text: str) -> bool:
    return "/" in text or text.startswith((".", "~", "file:", "${")) or text.endswith(ARCHIVES)


def _without_extras(target: str) -> tuple[str, tuple[str, ...]]:
    """('./libs/foo', ('gpu',)) of './libs/foo[gpu]'."""
    path, bracket, names = target.removesuffix("]").rpartition("[")
    extras = tuple(name.strip() for name in names.split(","))
    if not (bracket and target.endswith("]") and all(is_name(name) for name in extras)):
        return target, ()
    return path.strip(), extras
