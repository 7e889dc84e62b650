"""gcloud and gsutil in a Dockerfile: a copy from Google's own image, and the two settings that make them work."""

from caliban.backends.docker.words import comment, copy_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.steps.gcloud import CLOUD_SDK, InstallGcloud


def render_gcloud(step: InstallGcloud, base: BaseImage) -> str:
    """The block. By `gcloud storage`, gsutil takes every kind of credentials; alone it knows but those of a login."""
    return "\n".join(
        (
            *comment(f"gcloud and gsutil: {step.reason}; one layer, the same for every project"),
            *([] if base.own else ["USER 0"]),
            f"COPY --from={base.as_pinned(step.image)} {copy_words(step.path, CLOUD_SDK)}",
            r"RUN test -e /etc/boto.cfg || printf '[GSUtil]\nuse_gcloud_storage = True\n' > /etc/boto.cfg",
            f"ENV PATH=$PATH:{CLOUD_SDK}/bin",
        )
    )
