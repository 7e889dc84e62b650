"""The image that a build is to make, known by its content before it is built."""

from typing import NamedTuple

from caliban.backends.docker.commands import image_tag
from caliban.compiler.plan import Plan
from caliban.runtime.building.content import Content
from caliban.runtime.building.naming import fingerprint_of
from caliban.runtime.engine import Ids, ask_for_images


class Goal(NamedTuple):
    """Of which plan and content the image is, and its name."""

    plan: Plan
    known: Content
    indexes: str  # what tells those that are asked from others
    fingerprint: str

    @property
    def tag(self) -> str:
        """'caliban/project:cpu-0123456789ab', which no other content has."""
        return f"{image_tag(self.plan)}-{self.fingerprint[:12]}"

    def ask_for_namesake(self) -> Ids:
        """Asks for the image that has the name already: of --no_cache, of an older base, of an index that was lost."""
        return ask_for_images((self.tag,))


def goal_of(plan: Plan, known: Content, indexes: str) -> Goal:
    """The goal of a build of this plan, from this content and with packages of these indexes."""
    return Goal(plan, known, indexes, fingerprint_of(plan, known, indexes))
