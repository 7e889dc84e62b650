"""The project's requirements of a framework: pins in, the releases that an installer may choose out.

Most are a name and a range of releases, and read here; `packaging` reads the others, and its import takes 40 ms.
"""

import re
from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from caliban.compiler.facts.frameworks.releases import Release
from caliban.compiler.facts.frameworks.wheel_rows import release_key
from caliban.compiler.facts.markers import holds
from caliban.compiler.facts.specifiers import Clause, Specifier, is_plain, read_specifier
from caliban.compiler.ir.demand import Pin

_NAMED = re.compile(r"[\w.-]+\s*(?:\[([\w\s.,-]*)\]\s*)?([^;@]*)", re.ASCII)  # 'jax[cuda12]>=0.4': extras, specifier
_FAR_FUTURE = "9999"
_LONGEST_VERSION = 100  # int() refuses a number of thousands of digits


class Wanted(Struct, frozen=True, kw_only=True):
    """One requirement of a framework, read."""

    pin: Pin
    specifier: Specifier  # without local versions: '==2.8.0+cu126' is '==2.8.0' here
    written: Specifier  # with local versions
    exact: str | None = None  # '2.8.0', where it allows one version only
    extras: frozenset[str] = frozenset()  # normalized: 'cuda12-local'
    marker: str | None = None
    direct: bool = False  # it names a file or URL, so that no table tells which release it is

    @property
    def text(self) -> str:
        """As written, without marker, hashes and comment: what a command line takes."""
        return re.split(r"\s*;|\s+(?:--|#)", self.pin.text)[0]

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
    """The requirement; one that cannot be read, or that names a file or URL, allows every version."""
    text = re.split(r"\s+(?:--|#)", pin.text)[0]
    required, _, marker = text.partition(";")
    named = _NAMED.fullmatch(required)
    if named is not None and is_plain(named[2]):
        extras = [extra.strip() for extra in (named[1] or "").split(",") if extra.strip()]
        return _read(pin, read_specifier(named[2]), extras, marker=marker.strip() or None)
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:  # the installer says so, and better
        return Wanted(pin=pin, specifier=Specifier(), written=Specifier())
    clauses = (Clause(clause.operator, clause.version) for clause in requirement.specifier)
    written = Specifier(tuple(clause for clause in clauses if len(clause.version) < _LONGEST_VERSION))
    told = None if requirement.marker is None else str(requirement.marker)
    return _read(pin, written, requirement.extras, marker=told, direct=requirement.url is not None)


def _read(
    pin: Pin, written: Specifier, extras: Collection[str], *, marker: str | None = None, direct: bool = False
) -> Wanted:
    public = [clause._replace(version=clause.version.partition("+")[0]) for clause in written.clauses]
    return Wanted(
        pin=pin,
        specifier=Specifier(tuple(public)),
        written=written,
        exact=next((version for operator, version in public if operator == "==" and not version.endswith("*")), None),
        extras=frozenset(re.sub(r"[-_.]+", "-", extra).lower() for extra in extras),
        marker=marker,
        direct=direct,
    )


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


def is_newer(version: str, other: str) -> bool:
    """Return whether a version comes after another (PEP 440)."""
    ours, theirs = release_key(version), release_key(other)
    if ours is not None and theirs is not None:
        return ours > theirs
    from packaging.version import Version

    return Version(version) > Version(other)
