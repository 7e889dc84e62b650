"""Problems of images that are larger than is allowed."""

from caliban.compiler.diagnostics import Diagnostic, Place


def image_will_be_too_large(words: str, limit: int) -> Diagnostic:
    """The forecast is over --max_image_size."""
    return Diagnostic(
        code="image-too-large",
        message=f"more than the {limit / 1e9:g} GB that are allowed: {words}",
        place=Place(source="--max_image_size"),
        hint="mount data that is too big to copy (--mount DIR), copy less (-d, .dockerignore), or allow more",
    )


def image_too_large(actual: int, limit: int) -> Diagnostic:
    """The image is over --max_image_size."""
    return Diagnostic(
        code="image-too-large",
        message=f"the image has {actual / 1e9:.2f} GB, more than the {limit / 1e9:g} GB that are allowed",
        place=Place(source="--max_image_size"),
        hint="see what is in it (caliban explain), mount data (--mount DIR), or allow more",
    )
