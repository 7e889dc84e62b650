"""The image that a build is to make, known by its content before it is built."""

from typing import NamedTuple

from caliban.backends.docker.build import image_tag
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.plan import Plan
from caliban.runtime.building.content import Content
from caliban.runtime.building.naming import fingerprint_of
from caliban.runtime.settings.lent import NOTHING_LENT, LentWheels


class BuildRequest(NamedTuple):
    """The plan and the content of an image, and its name."""

    plan: Plan
    content: Content
    indexes: str  # a digest of the package indexes
    wheels: LentWheels
    fingerprint: str

    @property
    def tag(self) -> str:
        """'caliban/project:cpu-0123456789ab', which no other content has."""
        return f"{image_tag(self.plan)}-{self.fingerprint[:12]}"


def request_build(
    plan: Plan, machine: Machine, content: Content, indexes: str, wheels: LentWheels = NOTHING_LENT
) -> BuildRequest:
    """The request for an image of this plan, from this content, with packages of these indexes and these wheels."""
    return BuildRequest(
        plan, content, indexes, wheels, fingerprint_of(plan, machine, content, f"{indexes}{wheels.digest}")
    )
