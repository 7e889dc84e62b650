"""A Dockerfile of the user's as the base of ours: its text, and what ours must know of it."""

from msgspec import Struct
from msgspec.structs import replace

from caliban.compiler.facts.images import mirrored


class NamedImage(Struct, frozen=True, kw_only=True):
    """An image of some registry that a Dockerfile names."""

    image: str  # 'python:3.11', variables replaced by their defaults
    start: int  # where its name stands in the text
    end: int
    line: int  # from 1


class UserDockerfile(Struct, frozen=True, kw_only=True):
    """One that was read; the text is as written, but for line ends and the name of a last stage that had none."""

    path: str  # 'docker/Dockerfile'
    text: str
    stage: str  # the name of the last stage
    images: tuple[NamedImage, ...] = ()
    origin: str = "scratch"  # the image that the last stage is made from, be it by way of others
    user: str | None = None  # of the last stage, where it is plain

    def by_mirror(self, mirror: str | None) -> "UserDockerfile":
        """The same with the names of images as a mirror has them."""
        text = self.text
        for named in sorted(self.images, key=lambda named: named.start, reverse=True):
            if (elsewhere := mirrored(named.image, mirror)) != named.image:
                text = text[: named.start] + elsewhere + text[named.end :]
        return replace(self, text=text, origin=mirrored(self.origin, mirror))
