"""Packages that were selected from a lock, as pins: exactly what is to be installed, as the installer reads it."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, assert_never

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.facts.pep508 import machine
from caliban.compiler.ir.steps.locked import LockedPin
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import Archive, Artifact, LocalFolder, LockedPackage, LockFile, LockIndex, Repository
from caliban.compiler.locks.selection import Environment, Selected, select
from caliban.compiler.locks.wheel_tags import best, fitting

_SCP = re.compile(r"(?:ssh://)?(git@[^/:]+):(?!\d+/)(.+)")  # git@github.com:me/tool.git
_WORDS = r"[^\s\x00-\x1f]+( @ [^\s\x00-\x1f]+)?"  # what one line of requirements can say
MOUNTED = "/tmp"  # where files of the project are during an installation


class Pins(NamedTuple):
    """The packages that a lock selects."""

    pins: tuple[LockedPin, ...]
    indexes: tuple[str, ...]  # that serve some of them, besides the default one
    files: tuple[str, ...]  # of the project, that some of them are


def pins_of(lock: LockFile, pythons: Sequence[str], platform: str, *, own_base: bool) -> Pins:
    """The pins for a Python, or for several where nobody can tell which one a base has: then markers tell them apart.

    Raises Rejected with all packages that have no file for this platform.
    """
    where: dict[tuple[str, int], dict[str, Selected]] = {}
    for python in pythons:
        for selected in select(lock, Environment(python, platform)):
            package = selected.package
            where.setdefault((package.name, package.line or 0), {})[python] = selected
    wrong: list[Diagnostic] = []
    pins, indexes, files = [], dict[str, None](), dict[str, None]()
    for _, by_python in sorted(where.items()):
        package = next(iter(by_python.values())).package
        if isinstance(package.source, LocalFolder):
            continue
        chosen = _chosen(package, tuple(by_python), platform, own_base=own_base)
        if chosen is None:
            wrong.append(_no_artifact(lock, package, by_python, platform))
            continue
        text, hashes = _text(package, chosen), _hashes(package, chosen)
        if not all(re.fullmatch(_WORDS, each) for each in (text, *hashes)):
            wrong.append(
                problems.broken_lock(_place(lock, package), "white space in a version or address", lock.command)
            )
            continue
        if isinstance(package.source, LockIndex) and package.source.url and " @ " not in text:
            indexes[package.source.url] = None
        if f" @ file://{MOUNTED}/" in text:
            files[_local(package, chosen)] = None
        pins.append(
            LockedPin(
                name=package.name,
                text=text + _marker(tuple(by_python), pythons),
                hashes=hashes,
                source=lock.source_of(package),
                by=tuple(sorted({name for each in by_python.values() for name in each.by})),
                size=_size(chosen, next(iter(by_python)), platform),
                version=package.version if " @ " in text else None,
            )
        )
    if wrong:
        raise Rejected(*wrong)
    return Pins(tuple(pins), tuple(indexes), tuple(files))


def _chosen(
    package: LockedPackage, pythons: Sequence[str], platform: str, *, own_base: bool
) -> tuple[Artifact, ...] | None:
    """The files that may be installed; none where the lock names none, None where it names none that suits."""
    if not package.artifacts:
        return ()
    arch = machine(platform)
    if own_base:
        found = [best(package.artifacts, python, arch) for python in pythons]
        return None if None in found else tuple(dict.fromkeys(each for each in found if each is not None))
    suiting = [fitting(package.artifacts, python, arch) for python in pythons]
    return tuple(dict.fromkeys(each for found in suiting for each in found)) or None


def _size(chosen: Sequence[Artifact], python: str, platform: str) -> int:
    """Bytes to download; where a base may take one of several files, what one of ours would take is near enough."""
    likely = chosen[0] if len(chosen) == 1 else best(chosen, python, machine(platform))
    return 0 if likely is None else likely.size


def _text(package: LockedPackage, chosen: Sequence[Artifact]) -> str:
    """The requirement, without hashes."""
    source = package.source
    match source:
        case LockIndex(url):
            only = chosen[0].url if len(chosen) == 1 else None
            if only is not None and "://" not in only:
                return f"{package.name} @ {_file_url(only)}"
            if only is not None and url is not None:
                return f"{package.name} @ {only}"
            return package.name if package.version is None else f"{package.name}=={package.version}"
        case Repository(url, commit, subdirectory):
            address = re.sub(_SCP, r"ssh://\1/\2", url)
            return f"{package.name} @ git+{address}@{commit}{_in(subdirectory)}"
        case Archive(url, _, subdirectory):
            return f"{package.name} @ {url if '://' in url else _file_url(url)}{_in(subdirectory)}"
        case LocalFolder():
            raise AssertionError("a folder has steps of its own")
        case _:
            assert_never(source)


def _hashes(package: LockedPackage, chosen: Sequence[Artifact]) -> tuple[str, ...]:
    match package.source:
        case Archive(_, digest, _):
            return (digest,) if digest else ()
        case Repository():
            return ()
        case _:
            return package.hashes or tuple(each.hash for each in chosen if each.hash)


def _local(package: LockedPackage, chosen: Sequence[Artifact]) -> str:
    """The path of a file of the project."""
    return package.source.url if isinstance(package.source, Archive) else chosen[0].url or ""


def _file_url(path: str) -> str:
    from urllib.parse import quote

    return f"file://{MOUNTED}/{quote(path)}"


def _in(subdirectory: str | None) -> str:
    return f"#subdirectory={subdirectory}" if subdirectory else ""


def _marker(pythons: Sequence[str], every: Sequence[str]) -> str:
    """Return the marker of a package that is for some of the Pythons only."""
    if len(pythons) == len(every):
        return ""
    return " ; " + " or ".join(f'python_version == "{python}"' for python in pythons)


def _no_artifact(lock: LockFile, package: LockedPackage, pythons: Mapping[str, Selected], platform: str) -> Diagnostic:
    words = package.name if package.version is None else f"{package.name} {package.version}"
    return problems.no_artifact(words, _place(lock, package), " or ".join(pythons), platform)


def _place(lock: LockFile, package: LockedPackage) -> Place:
    return Place(source=lock.path, line=package.line)
