"""The digests of images: what the engine knows of those that it surely pulled, else what their registry says."""

import json
import re
from collections.abc import Iterator, Sequence

from caliban.compiler.images import mirrored
from caliban.runtime.execute import answer, answer_within

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PATIENCE = 30  # seconds for a registry


def digests_of(images: Sequence[str], mirror: str | None) -> Iterator[tuple[str, str]]:
    """Image and digest, as far as they are known; by the mirror that has them."""
    for image in images:
        reference = mirrored(image, mirror)
        if (digest := _of_engine(reference) or _of_registry(reference)) is not None:
            yield image, digest


def _of_engine(reference: str) -> str | None:
    """An image that was built here, or loaded, has no digest that anybody else knows.

    In containerd's store every image has one, its id: there nobody can tell whether it was pulled.
    """
    outcome = answer(("docker", "image", "inspect", "--format", "{{.Id}} {{json .RepoDigests}}", reference))
    identity, _, digests = outcome.stdout.partition(" ")
    found: list[str] = (json.loads(digests) or []) if outcome.code == 0 else []
    digest = _digest_in(found[0]) if found else None
    return digest if digest != identity else None


def _of_registry(reference: str) -> str | None:
    template = "{{json .Manifest.Digest}}"
    inspect = ("docker", "buildx", "imagetools", "inspect", "--format", template, reference)
    outcome = answer_within(inspect, _PATIENCE)
    return _digest_in(outcome.stdout) if outcome is not None and outcome.code == 0 else None


def _digest_in(text: str) -> str | None:
    found = _DIGEST.search(text)
    return found[0] if found is not None else None
