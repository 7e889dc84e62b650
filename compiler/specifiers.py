"""Whether version specifiers have a version in common (PEP 440): specifiers in, such a version or None out.

packaging can tell whether a specifier contains a version, not whether two of them contain any. But what several allow
together is a union of intervals, and each of these starts at a bound that somebody wrote, or directly above one. So it
is enough to try those.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_LEAST = "0.dev0"  # of all versions


def common_version(specifiers: "Sequence[SpecifierSet]") -> str | None:
    """A version that all of them contain, be it one that nobody released; None where there is none."""
    from packaging.version import InvalidVersion, Version

    bounds = [clause.version for specifier in specifiers for clause in specifier]
    written = {bound.removesuffix(".*") for bound in bounds}
    try:
        versions = [Version(bound) for bound in written]
    except InvalidVersion:  # '===2004d' equals that text and nothing else
        return next((text for text in written if _all_contain(specifiers, text)), None)
    depth = max((len(version.release) for version in versions), default=0)
    candidates = (text for version in versions for text in _from(version, depth))
    return next((text for text in (_LEAST, *candidates) if _all_contain(specifiers, text)), None)


def _from(version: "Version", depth: int) -> Iterator[str]:
    """The version, what comes directly above it, and above all that starts like it (for `!=1.2.*`)."""
    yield str(version)
    epoch = f"{version.epoch}!" if version.epoch else ""
    release = ".".join(map(str, version.release))
    yield f"{epoch}{release}.dev0"  # the least of '==1.2.*'
    # Above 1.2 is 1.2.0.0.1: '>1.2' leaves out 1.2.post1 (PEP 440, "Exclusive ordered comparison").
    yield f"{epoch}{release}{'.0' * (depth - len(version.release))}.0.1.dev0"
    for length in range(1, len(version.release) + 1):
        *head, last = version.release[:length]
        yield f"{epoch}{'.'.join(map(str, (*head, last + 1)))}.dev0"
    yield from _above_suffix(version, f"{epoch}{release}")


def _above_suffix(version: "Version", release: str) -> Iterator[str]:
    """Above 1.2rc1 is 1.2rc2.dev0, above 1.2.post1 is 1.2.post2.dev0, above 1.2.dev1 is 1.2.dev2."""
    pre = "".join(map(str, version.pre)) if version.pre else ""
    if version.dev is not None:
        post = f".post{version.post}" if version.post is not None else ""
        yield f"{release}{pre}{post}.dev{version.dev + 1}"
    if version.post is not None:
        yield f"{release}{pre}.post{version.post + 1}.dev0"
    if version.pre is not None:
        kind, number = version.pre
        yield f"{release}{kind}{number + 1}.dev0"
    yield f"{release}.post0.dev0"


def _all_contain(specifiers: "Sequence[SpecifierSet]", version: str) -> bool:
    return all(specifier.contains(version, prereleases=True) for specifier in specifiers)
