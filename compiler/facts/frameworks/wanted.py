"""The project's requirements of a framework: pins in, the releases that an installer may choose out."""

import re
from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet

from caliban.compiler.facts.frameworks.releases import Release
from caliban.compiler.facts.pep508 import holds, is_newer, normalized, parse_requirement, read_specifier
from caliban.compiler.ir.demand import Pin

_FAR_FUTURE = "9999"


class Wanted(Struct, frozen=True, kw_only=True):
    """One requirement of a framework, read."""

    pin: Pin
    specifier: SpecifierSet  # without local versions: '==2.8.0+cu126' is '==2.8.0' here
    written: SpecifierSet  # with local versions
    exact: str | None = None  # '2.8.0', where it allows one version only
    extras: frozenset[str] = frozenset()  # normalized: 'cuda12-local'
    marker: str | None = None
    direct: bool = False  # it names a file or URL, so that no table tells which release it is

    @property
    def text(self) -> str:
        """As written, without marker, hashes and comment: what a command line takes."""
        return re.split(r"\s*;", without_options(self.pin.text), maxsplit=1)[0]

    @property
    def words(self) -> str:
        """Return the package and its version for a sentence: 'torch 2.8.0', 'torch<2.2', 'torch'."""
        return f"{self.pin.name} {self.exact}" if self.exact else f"{self.pin.name}{self.specifier}"

    def applies(self, python: str, platform: str) -> bool:
        """Return whether the marker holds for a Python minor on a platform of Linux."""
        return self.marker is None or holds(self.marker, python, platform)


def wanted(packages: Sequence[Pin], names: Collection[str], python: str, platform: str) -> tuple[Wanted, ...]:
    """The requirements of these names that hold for this Python on this platform."""
    read = (read_pin(pin) for pin in packages if pin.name in names)
    return tuple(want for want in read if want.applies(python, platform))


def read_pin(pin: Pin) -> Wanted:
    """Return the requirement; one that cannot be read, or that names a file or URL, allows every version."""
    requirement = parse_requirement(without_options(pin.text))
    if requirement is None:
        return Wanted(pin=pin, specifier=read_specifier(""), written=read_specifier(""))
    public = [(clause.operator, clause.version.partition("+")[0]) for clause in requirement.specifier]
    return Wanted(
        pin=pin,
        specifier=read_specifier(",".join(map("".join, public))),
        written=read_specifier(str(requirement.specifier)),
        exact=next((version for operator, version in public if operator == "==" and not version.endswith("*")), None),
        extras=frozenset(map(normalized, requirement.extras)),
        marker=requirement.marker,
        direct=requirement.url is not None,
    )


def without_options(text: str) -> str:
    """Return the requirement of a line, without hashes and comment."""
    return re.split(r"\s+(?:--|#)", text, maxsplit=1)[0]


def matching(wants: Sequence[Wanted], known: Sequence[Release]) -> tuple[Release, ...]:
    """The known releases that satisfy all of these, oldest first.

    A version that is pinned but has no row is like the newest known one before it: '2.4.3' like 2.4.1.
    """
    exact = next((want.exact for want in wants if want.exact), None)
    if exact is None:
        return tuple(release for release in known if _all_contain(wants, release.version))
    if not _all_contain(wants, exact) or newer_than_known(wants, known):
        return ()
    before = [release for release in known if not is_newer(release.version, exact)]
    return (replace(before[-1], version=exact),) if before else ()


def newer_than_known(wants: Sequence[Wanted], known: Sequence[Release]) -> bool:
    """Return whether the requirements allow a release newer than our tables, so that a missing row refuses nothing."""
    exact = next((want.exact for want in wants if want.exact), None)
    if exact is None:
        return _all_contain(wants, _FAR_FUTURE)
    newest = known[-1].version
    return is_newer(exact, newest) and exact.split(".")[:2] != newest.split(".")[:2]


def older_than_known(wants: Sequence[Wanted], known: Sequence[Release]) -> bool:
    """Return whether a requirement allows only releases older than our tables; contradictions do not count."""
    return any(not matching((want,), known) and not newer_than_known((want,), known) for want in wants)


def _all_contain(wants: Sequence[Wanted], version: str) -> bool:
    return all(want.specifier.contains(version) for want in wants)
