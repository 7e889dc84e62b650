"""Predicts the release of a package that an installer will choose from the requirements."""

from msgspec import Struct

from caliban.compiler.facts.frameworks.releases import Framework, Release, releases
from caliban.compiler.facts.frameworks.wanted import Wanted, matching, newer_than_known, older_than_known, wanted
from caliban.compiler.ir.demand import Demand


class Choice(Struct, frozen=True, kw_only=True):
    """The requirements of a package, and the release that the project will get."""

    wants: tuple[Wanted, ...]  # at least one
    release: Release  # the newest that fits; where none is known to, the oldest or newest of all
    fits: bool  # whether it is known to
    newest: bool  # whether the newest that is known would fit too
    newer: bool  # whether what our tables cannot know is allowed
    older: bool  # whether only what is older than our tables is allowed

    @property
    def unknown(self) -> bool:
        """Return whether the release will be newer than our tables."""
        return self.newer and not self.fits

    @property
    def want(self) -> Wanted:
        """The first requirement, for messages."""
        return self.wants[0]

    @property
    def extras(self) -> frozenset[str]:
        """Of all requirements together: an installer unites them."""
        return frozenset().union(*(want.extras for want in self.wants))

    @property
    def rewritable(self) -> bool:
        """Return whether another package could be installed instead: not for a file, a URL, or a required hash."""
        return not any(want.direct or "--hash" in want.pin.text for want in self.wants)


def choice(demand: Demand, framework: Framework, *other_names: str) -> Choice | None:
    """The release, of those with wheels for the chosen Python if any has; None where the package is not declared."""
    python = demand.chosen_python
    wants = wanted(demand.packages, (framework, *other_names), python, demand.platform)
    if not wants:
        return None
    known = releases(framework, demand.tables)
    fitting = () if any(want.direct for want in wants) else matching(wants, known)
    installed = [release for release in fitting if demand.python in release.pythons] or fitting
    older = older_than_known(wants, known)
    return Choice(
        wants=wants,
        release=installed[-1] if installed else known[0 if older else -1],
        fits=bool(installed),
        newest=known[-1] in fitting,
        newer=newer_than_known(wants, known),
        older=older,
    )
