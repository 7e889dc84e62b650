"""Images with a Cloud SDK for the tests: one with a stand-in for gcloud, and one with what this machine has of it."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PLACE = "usr/lib/google-cloud-sdk"
STAND_IN = """#!/bin/sh
echo "$1 with $CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE as $CLOUDSDK_CORE_ACCOUNT in $CLOUDSDK_CORE_PROJECT"
"""
# What no test needs, three quarters of the whole, as lines of a .dockerignore.
UNNEEDED = """
.install
bin/*emulator
bin/anthoscli
bin/cbt
bin/gke-*
bin/kpt
bin/kubectl*
bin/local-extract
platform/*emulator
platform/bq
platform/bundledpythonunix/share
platform/google_appengine
lib/googlecloudsdk/generated_clients/apis/[b-rt-z]*/
lib/googlecloudsdk/generated_clients/gapic_clients
lib/googlecloudsdk/schemas
lib/surface/compute
lib/surface/container
lib/third_party/botocore/data
lib/third_party/kubernetes
**/*.a
"""


class CloudSdk(NamedTuple):
    """How its image is made, and what to ask it in a container."""

    make: Callable[[str], None]  # an image of this name
    script: str  # for sh; it writes an object `x` into the bucket `models` where there is a real gcloud
    answer: str
    writes: bool


def _stand_in(image: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("gcloud", "gsutil"):
            member = tarfile.TarInfo(f"{PLACE}/bin/{name}")
            member.size, member.mode = len(STAND_IN), 0o755
            archive.addfile(member, io.BytesIO(STAND_IN.encode()))
    subprocess.run(["docker", "import", "-", image], input=packed.getvalue(), capture_output=True, check=True)


def _own_sdk() -> Path | None:
    program = shutil.which("gcloud")
    root = Path(program).resolve().parent.parent if program else None
    return root if root is not None and (root / "lib/gcloud.py").exists() else None


def _own(image: str) -> None:
    root = _own_sdk()
    assert root is not None, "this machine has a Cloud SDK"
    with tempfile.TemporaryDirectory() as folder:
        dockerfile = Path(folder, "Dockerfile")
        dockerfile.write_text(f"FROM scratch\nCOPY . /{PLACE}\n")
        Path(f"{dockerfile}.dockerignore").write_text(UNNEEDED)
        words = ["docker", "buildx", "build", "--file", str(dockerfile), "--tag", image, str(root)]
        subprocess.run(words, capture_output=True, check=True)


SDKS = {
    "a stand-in": CloudSdk(
        _stand_in,
        "gcloud asked; gsutil asked",
        "asked with /run/caliban/key.json as {account} in {project}\n" * 2,
        writes=False,
    ),
    **(
        {
            "this machine's": CloudSdk(
                _own,
                "printf trained > /tmp/x; gcloud storage cp --quiet /tmp/x gs://models/x && gsutil cat gs://models/x",
                "trained",
                writes=True,
            )
        }
        if _own_sdk()
        else {}
    ),
}
