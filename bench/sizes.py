"""Measures the images of two projects: caliban's, a naive Dockerfile's and one in the layout of the older caliban.

All three stand on the same base, so that their difference is what the layout costs. The older tool's own base, and the
nvidia/cuda one of many a naive Dockerfile, would add gigabytes more.
"""

import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

from measure import Place, quiet
from projects import bundle_options, remove_images
from table import Row, put, size, spell

from caliban.compiler.facts.images import python_image
from caliban.compiler.facts.tables import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
CALIBAN = str(Path(sys.executable).with_name("caliban"))
PYTHON = f"3.{sys.version_info.minor}"

# What somebody writes who has read one page about Docker.
_NAIVE = """\
FROM {base}
WORKDIR /usr/app
COPY . .
RUN {ca} pip install -r requirements.txt
"""
# The order and the options of the older tool, without its credentials.
_OLDER = """\
FROM {base}
RUN useradd --create-home --uid {uid} --non-unique user && mkdir --mode=777 /usr/app /.creds
WORKDIR /usr/app
COPY --chown={uid}:{gid} requirements.txt /usr/app
RUN {ca} /bin/bash -c "pip install --no-cache-dir -r requirements.txt"
COPY --chown={uid}:{gid} trainer /usr/app/trainer
"""
_CA = "--mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt"

# The bytes of CUDA in an image: NVIDIA's wheels, and libraries that are of no use without a GPU.
_CUDA = """\
import os, re
name = re.compile(r"lib(cuda|cudart|cublas|cudnn|cufft|cufile|curand|cusolver|cusparse|nccl|nvrtc|nvJitLink|\
onnxruntime_providers_(cuda|tensorrt))|.*[_-]cuda.*\\\\.so")
total = 0
for folder, _, files in os.walk("/"):
    if not folder.startswith(("/proc", "/sys")):
        for file in files:
            path = os.path.join(folder, file)
            if (name.match(file) or "/nvidia/" in path) and not os.path.islink(path):
                total += os.path.getsize(path)
print(total)
"""

PROJECTS = {
    "examples/digits, scikit-learn": (ROOT / "examples" / "digits" / "requirements.txt").read_text(encoding="utf-8"),
    "a project that declares onnxruntime-gpu, in CPU mode": "onnxruntime-gpu==1.22.0\n",
}


def main() -> int:
    """Builds and measures; a missed goal is a line of the table, no failure."""
    mark = secrets.token_hex(3)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="caliban-bench-") as scratch:
        everywhere = Place(Path(scratch), {"CALIBAN_HOME": str(Path(scratch) / "home")})
        names = [f"sizes-{number}-{mark}" for number in range(len(PROJECTS))]
        try:
            for name, (what, requirements) in zip(names, PROJECTS.items(), strict=True):
                rows += _sizes(what, _written(Path(scratch) / name, requirements), everywhere)
        finally:
            tags = [f"{name}:{kind}" for name in names for kind in ("naive", "older")]
            remove_images(names, tags, everywhere)
    footnote = f"{time.strftime('%Y-%m-%d')}: bytes of the images on {python_image(PYTHON, SHIPPED)}, uncompressed."
    table = spell(rows, footnote)
    print(table)
    put(table, ROOT / "docs" / "performance.md", "bench/sizes.py")
    return 0


def _written(folder: Path, requirements: str) -> Path:
    (folder / "trainer").mkdir(parents=True)
    (folder / "trainer" / "__init__.py").touch()
    (folder / "trainer" / "train.py").write_text("print('trained')\n")
    (folder / "requirements.txt").write_text(requirements)
    return folder


def _sizes(what: str, project: Path, everywhere: Place) -> list[Row]:
    place = everywhere._replace(folder=project)
    ours = quiet((CALIBAN, "build", "--nogpu", "trainer.train"), place).strip()
    naive, older = _built(_NAIVE, "naive", place), _built(_OLDER, "older", place)
    bytes_of = {
        image: int(quiet(("docker", "image", "inspect", "--format", "{{.Size}}", image), place))
        for image in (ours, naive, older)
    }
    cuda = {
        image: int(quiet(("docker", "run", "--rm", "--entrypoint", "python", image, "-c", _CUDA), place))
        for image in (ours, naive)
    }
    return [
        size(what, bytes_of[ours], "naive Dockerfile", bytes_of[naive]),
        size("the same", bytes_of[ours], "the older layout", bytes_of[older]),
        Row(
            "CUDA in it",
            f"{cuda[ours]:,} bytes",
            f"naive Dockerfile: {cuda[naive]:,} bytes",
            cuda[ours] / 1e6,
            0,
            " MB",
        ),
    ]


def _built(dockerfile: str, kind: str, place: Place) -> str:
    """The tag of an image that is built from one of the Dockerfiles above."""
    tag = f"{place.folder.name}:{kind}"
    file = place.folder.parent / f"Dockerfile.{kind}"
    file.write_text(dockerfile.format(base=python_image(PYTHON, SHIPPED), uid=os.getuid(), gid=os.getgid(), ca=_CA))
    options = ("--load", "--tag", tag, "--label", f"caliban.bench={tag}", "--file", str(file))
    quiet(("docker", "buildx", "build", *options, *bundle_options(), "."), place)
    return tag


if __name__ == "__main__":
    sys.exit(main())
