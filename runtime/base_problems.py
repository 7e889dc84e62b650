"""What can go wrong with getting a base image, each with its remedy."""

from caliban.compiler.diagnostics import Diagnostic, Place, printable

_GONE = ("not found", "manifest unknown")  # containerd's words, and a registry's


def base_missing(image: str, words: str, place: Place | None) -> Diagnostic:
    """The base image is neither here nor to be had; `place` is where the user names it, None where caliban chose it."""
    fact = _fact(image) if place is None and any(word in words for word in _GONE) else None
    if fact is not None:
        return Diagnostic(
            code="no-base-image",
            message=f"the base image {printable(image)}, which caliban chose, does not exist any more",
            quotes=(f"docker: {printable(words)}",),
            hint=f"tell caliban so in a file that $CALIBAN_TABLES names: {fact},\n"
            "or name another image: --base_image IMAGE",
        )
    return Diagnostic(
        code="no-base-image",
        message=f"the base image {printable(image)} is not here and cannot be pulled",
        place=place,
        quotes=(f"docker: {printable(words)}",),
        hint="check its name and your network; registry_mirror in the config names another registry, "
        "--base_image another image",
    )


def _fact(image: str) -> str | None:
    """What a user's tables say of an image that is gone: 'nvidia/cuda:12.8.1-devel-ubuntu22.04', 'python:3.8-slim'."""
    name, _, tag = image.rpartition(":")
    match name.rpartition("/")[2]:
        case "cuda":
            return f'{{"cuda_tags": {{"tags": {{"{tag}": null}}}}}}'
        case "python":
            minor = tag.partition("-")[0]
            return f'{{"pythons": {{"minors": {{"{minor}": {{"suite": DEBIAN, "end_of_life": MONTH}}}}}}}}'
        case _:
            return None
