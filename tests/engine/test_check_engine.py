"""The builder's own checks have nothing to say about any Dockerfile of ours (FAULTS I-17)."""

import re
import subprocess
from pathlib import Path

import pytest
from golden_cases import our_dockerfiles

pytestmark = pytest.mark.engine

IMAGES = re.compile(
    r"^FROM (?:--platform=\S+ )?(\S+)|(?:--mount=(?:\S+,)?from=|^COPY (?:--\S+ )*--from=)([^,\s]+)", re.MULTILINE
)


def test_every_dockerfile_passes_the_checks_of_the_builder(tmp_path: Path) -> None:
    said = {name: complaints(text, tmp_path) for name, text in different(our_dockerfiles()).items()}
    assert len(said) > 30
    assert {name: words for name, words in said.items() if words} == {}


def different(dockerfiles: dict[str, str]) -> dict[str, str]:
    """Those with an instruction that none before them has: a check takes a quarter of a second."""
    seen: set[str] = set()
    kept = {}
    for name, text in sorted(dockerfiles.items()):
        lines = {line for line in text.splitlines() if line and not line.startswith("#")}
        if lines - seen:
            kept[name] = text
        seen |= lines
    return kept


def complaints(dockerfile: str, nothing: Path) -> str:
    """What the builder says; each image is an empty folder to it, because a check does not look into images."""
    stages = set(re.findall(r"^FROM .* AS (\S+)$", dockerfile, flags=re.MULTILINE))
    images = {one or other for one, other in IMAGES.findall(dockerfile)} - stages - {"scratch"}
    contexts = [word for image in sorted(images) for word in ("--build-context", f"{image}={nothing}")]
    # What an image sets in its environment, an empty folder does not.
    known = ("--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=UndefinedVar")
    command = ("docker", "buildx", "build", "--check", *known, *contexts, "--file", "-", str(nothing))
    done = subprocess.run(command, input=dockerfile, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode or "no warnings found" not in done.stdout.lower() else ""
