"""Problems of the tables."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place


def no_cuda_image(cuda: str, kind: str, changed_by: Sequence[str]) -> Diagnostic:
    """The tables, as the user changed them, have no such image."""
    return Diagnostic(
        code="no-cuda-image",
        message=f"no image nvidia/cuda:{cuda}.N-{kind}-ubuntu22.04 or of an older Ubuntu is known",
        place=Place(source=changed_by[-1]) if changed_by else None,
        hint='name one that exists in a file for $CALIBAN_TABLES: {"cuda_tags": {"tags": {TAG: true}}},\n'
        "name a base image of your own: --base_image IMAGE,\n"
        "or do without the GPU: --nogpu",
    )
