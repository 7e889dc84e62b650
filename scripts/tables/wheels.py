"""Files of a package in, rows of `compiler/facts/data/wheels.json` out: wheels per release and Python minor."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from tables.index import File

KINDS = ("amd64", "arm64", "source")
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_NEWEST_PATCH = 99

Served = dict[Version, frozenset[str]]  # the minors that each release is for


def row_of(files: Iterable[File], minors: Sequence[str]) -> dict[str, Any]:
    """The row of a package: its newest release, its wheels for each machine, and what its sources may be built for."""
    listed, every = list(files), [*minors, f"3.{int(minors[-1].partition('.')[2]) + 1}"]  # the last: those to come
    by_kind = {machine: wheels(listed, machine, every) for machine in _MACHINES} | {"source": sources(listed, every)}
    releases = sorted({version for served in by_kind.values() for version in served})
    rows = {kind: compressed(served, releases, every) for kind, served in by_kind.items()}
    return {"newest": str(releases[-1]), **rows}


def wheels(files: Iterable[File], machine: str, minors: Sequence[str]) -> Served:
    """The minors for which each release has a wheel that a glibc Linux on this machine takes."""
    served: Served = {}
    for file in files:
        try:
            _, version, _, tags = parse_wheel_filename(file.name)
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
        if not version.is_prerelease:
            allowed = _allowed(file, minors)
            fitting = {minor for minor in allowed for tag in tags if _fits(tag, machine, minor)}
            served[version] = served.get(version, frozenset()) | fitting
    return served


def sources(files: Iterable[File], minors: Sequence[str]) -> Served:
    """The minors for which the sources of each release may be built, as far as its metadata says."""
    served: Served = {}
    for file in files:
        try:
            _, version = parse_sdist_filename(file.name)
        except InvalidSdistFilename:
            continue
        if not version.is_prerelease:
            served[version] = served.get(version, frozenset()) | _allowed(file, minors)
    return served


def compressed(served: Served, releases: Sequence[Version], minors: Sequence[str]) -> dict[str, str]:
    """From which release on which minors: '3.8-3.10'; '3.8+' where nothing speaks against newer ones; '' for none."""
    rows: dict[str, str] = {}
    last = ""
    for version in releases:
        spelled = spell(served.get(version, frozenset()), minors)
        if spelled != last:
            rows[str(version)] = last = spelled
    return rows


def spell(pythons: frozenset[str], minors: Sequence[str]) -> str:
    """A set of minors as text. The last of `minors` stands for those that do not exist yet."""
    runs: list[list[str]] = []
    for before, minor in zip((None, *minors), minors, strict=False):
        if minor in pythons and before in pythons:
            runs[-1].append(minor)
        elif minor in pythons:
            runs.append([minor])
    return ",".join(_run(run, minors[-1]) for run in runs)


def _run(run: Sequence[str], future: str) -> str:
    if run[-1] == future:
        return f"{run[0]}+"
    return run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"


def _allowed(file: File, minors: Sequence[str]) -> frozenset[str]:
    """The minors of which the file's metadata allows the newest patch."""
    specifier = SpecifierSet(file.requires_python or "")
    return frozenset(minor for minor in minors if specifier.contains(f"{minor}.{_NEWEST_PATCH}"))


def _fits(tag: Tag, machine: str, minor: str) -> bool:
    if tag.platform != "any" and not re.fullmatch(rf"(many)?linux.*_{_MACHINES[machine]}", tag.platform):
        return False
    of = re.fullmatch(r"(cp|py)3(\d*)", tag.interpreter)
    if of is None:
        return False
    ours, theirs = int(minor.partition(".")[2]), int(of[2] or 0)
    if tag.abi in ("abi3", "none") and (of[1] == "py" or tag.abi == "abi3"):
        return ours >= theirs
    return tag.abi in ("none", f"cp3{theirs}") and ours == theirs
