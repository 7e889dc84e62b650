"""The base image in the IR: what the user says of it, until `choose_base` has chosen one."""

from msgspec import Struct

from caliban.compiler.facts.image_reference import by_digest
from caliban.compiler.facts.images import mirrored
from caliban.compiler.input.user_dockerfile import UserDockerfile


class BaseNeed(Struct, frozen=True, kw_only=True):
    """The user's wishes for the base image; `choose_base` turns them into a `BaseImage`."""

    given: str | None = None  # an image that the user names
    given_by: str | None = None  # '--base_image', '.calibanconfig.json'
    dockerfile: UserDockerfile | None = None  # or a Dockerfile of the user's
    mirror: str | None = None
    apt_mirror: str | None = None  # 'https://mirror.example.com'

    @property
    def named(self) -> bool:
        """Return whether the user names the base."""
        return self.given is not None or self.dockerfile is not None


class BaseImage(Struct, frozen=True, kw_only=True):
    """The base image, chosen."""

    image: str  # 'python:3.11-slim-bookworm'
    platform: str
    reason: str  # the comment over FROM, without '#'
    python: str | None  # '3.11'; None: what `FindPython` finds
    env: tuple[tuple[str, str], ...] = ()  # for every process in the image
    provides: tuple[str, ...] = ()  # packages of the system that it brings and a slim one does not: 'gcc'
    own: bool = True  # our choice, so packages go into a venv; a base the user names has its own Python
    dockerfile: UserDockerfile | None = None  # the user's, spelled before ours
    mirror: str | None = None
    apt_mirror: str | None = None
    lent_wheels: bool = False  # whether the host has wheel folders: what installs finds wheels of theirs
    digests: tuple[tuple[str, str], ...] = ()  # of images that the build takes something from: name, 'sha256:…'

    @property
    def named(self) -> bool:
        """Return whether the user names the base."""
        return not self.own

    @property
    def origin(self) -> str:
        """The image that it all starts from."""
        return self.image if self.dockerfile is None else self.dockerfile.origin

    @property
    def reference(self) -> str:
        """The reference of the image in FROM."""
        return self.image if self.dockerfile is not None else self.as_pinned(self.image)

    def as_pinned(self, image: str) -> str:
        """Return the reference of an image that the build reads: by the mirror, and by its digest if known."""
        mirror = mirrored(image, self.mirror)
        digest = next((digest for name, digest in self.digests if mirrored(name, self.mirror) == mirror), None)
        return mirror if digest is None else by_digest(mirror, digest)
