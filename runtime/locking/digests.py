"""The digests of images: what the engine knows of those that it surely pulled, else what their registry says."""

from collections.abc import Iterator, Sequence

from caliban.compiler.facts.images import mirrored
from caliban.runtime.engine.engine import Engine


def digests_of(images: Sequence[str], mirror: str | None, engine: Engine) -> Iterator[tuple[str, str]]:
    """Image and digest, as far as they are known; by the mirror that has them."""
    for image in images:
        reference = mirrored(image, mirror)
        if (digest := engine.pulled_digest(reference) or engine.registry_digest(reference)) is not None:
            yield image, digest
