"""Problems of bringing gcloud into an image."""

from caliban.compiler.diagnostics import Diagnostic, printable


def missing(image: str, words: str) -> Diagnostic:
    """Google's image with gcloud is neither here nor to be had."""
    return Diagnostic(
        code="no-gcloud",
        message=f"gcloud cannot be brought: {printable(image)} is not here and cannot be pulled",
        quotes=(f"docker: {printable(words)}",),
        hint='"gcloud": false in the config leaves it out; registry_mirror there, and cloud_sdk in your tables, '
        "name another place; an image that has this name here will do as well",
    )


def not_missed(problem: Diagnostic) -> Diagnostic:
    """Nobody asked for it by name."""
    return problem._replace(message=f"{problem.message}; the image is built without it", severity="warning")


def built_without() -> Diagnostic:
    """An image is there that was built when gcloud could not be had; to try again takes a build."""
    return Diagnostic(
        code="no-gcloud",
        message="the image has no gcloud: that could not be had when it was built",
        severity="warning",
        hint='--no_cache tries again; "gcloud": false in the config says that it is not missed',
    )
