"""gcloud and gsutil in an image: the step that brings them, from Google's own image to a place of their own."""

from msgspec import Struct

from caliban.compiler.facts.tables import Tables
from caliban.compiler.ir.effects import Effects

CLOUD_SDK = "/opt/google-cloud-sdk"


class InstallGcloud(Struct, frozen=True, kw_only=True):
    """The Cloud SDK: the same bytes in every image, whatever the project and whoever builds."""

    image: str  # 'gcr.io/google.com/cloudsdktool/google-cloud-cli:528.0.0-stable'
    path: str  # where that image has it
    size: int  # bytes
    files: int
    reason: str
    wanted: bool
    required: bool  # False: where its image cannot be had, a warning will do

    @property
    def effects(self) -> Effects:
        """Needs nothing but its own image."""
        return Effects(writes=frozenset({CLOUD_SDK}), size=self.size, files=self.files, wanted=self.wanted)


def install_gcloud(asked: bool | None, source: str | None, credentials: bool, tables: Tables) -> InstallGcloud:
    """The step; wanted if the config says so, or if it says nothing and there are `credentials` for gcloud to use."""
    sdk = tables["cloud_sdk"]
    return InstallGcloud(
        image=sdk["image"],
        path=sdk["path"],
        size=sdk["megabytes"] * 10**6,
        files=sdk["files"],
        reason=f"the config ({source}) asks for them" if asked else "for the cloud credentials in use",
        wanted=credentials if asked is None else asked,
        required=asked is True,
    )
