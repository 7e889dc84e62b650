"""The builder's own checks have nothing to say about any Dockerfile of ours (FAULTS I-17)."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from golden_cases import our_dockerfiles

IMAGES = re.compile(
    r"^FROM (?:--platform=\S+ )?(\S+)|(?:--mount=(?:\S+,)?from=|^COPY (?:--\S+ )*--from=)([^,\s]+)", re.MULTILINE
)


def test_every_dockerfile_passes_the_checks_of_the_builder(tmp_path: Path) -> None:
    checked = different(our_dockerfiles())
    assert len(checked) > 30
    targets = {name: target(text, tmp_path / name) for name, text in checked.items()}
    (tmp_path / "bake.json").write_text(json.dumps({"target": targets}))
    doubtful = [name for some in batched(list(checked), 10) if complaints(some, tmp_path) for name in some]
    # One by one: that tells them apart, and of many at a time the builder has lost one now and then ("no such job").
    assert {name: words for name in doubtful if (words := complaints([name], tmp_path))} == {}


def batched(names: list[str], size: int) -> Iterator[list[str]]:
    yield from (names[start : start + size] for start in range(0, len(names), size))


def complaints(names: list[str], folder: Path) -> str:
    """What the builder says of these targets, if it has anything to say."""
    words = ("docker", "buildx", "bake", "--check", "--progress", "quiet", "--file", "bake.json", *names)
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    passed = done.stdout.lower().count("check complete, no warnings found")
    return "" if (done.returncode, passed) == (0, len(names)) else done.stdout + done.stderr


def different(dockerfiles: dict[str, str]) -> dict[str, str]:
    """Those with an instruction that none before them has."""
    seen: set[str] = set()
    kept = {}
    for name, text in sorted(dockerfiles.items()):
        lines = {line for line in text.splitlines() if line and not line.startswith("#")}
        if lines - seen:
            kept[re.sub(r"\W", "_", name)] = text
        seen |= lines
    return kept


def target(dockerfile: str, folder: Path) -> dict[str, object]:
    """A target of bake: each image is an empty folder to it, because a check does not look into images."""
    stages = set(re.findall(r"^FROM .* AS (\S+)$", dockerfile, flags=re.MULTILINE))
    images = {one or other for one, other in IMAGES.findall(dockerfile)} - stages - {"scratch"}
    (empty := folder / "empty").mkdir(parents=True)
    (folder / "Dockerfile").write_text(dockerfile)
    return {
        "context": str(empty),
        "contexts": {image: str(empty) for image in sorted(images)},
        "dockerfile": str(folder / "Dockerfile"),
        # What an image sets in its environment, an empty folder does not.
        "args": {"BUILDKIT_DOCKERFILE_CHECK": "skip=UndefinedVar"},
    }
