"""A folder of the builder that a step keeps for later builds, in no layer of the image."""

from msgspec import Struct


class CacheMount(Struct, frozen=True, kw_only=True):
    """A folder that the builder keeps from one build to the next; a build must do without what is in it."""

    id: str  # all steps that name it share it, whatever their project: 'caliban-uv-bookworm'
    target: str  # where the step finds it: '/root/.cache/uv'
