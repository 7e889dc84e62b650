"""The linters that people use find nothing in what caliban writes: hadolint, and shellcheck in each RUN."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser
from golden_cases import GOLDEN, our_dockerfiles

ROOT = GOLDEN.parent
TOOLS = Path(sys.executable).parent
FLAGS = re.compile(r"^(--(mount|network|security)=(\\.|[^\\\s])+\s+)+")


@pytest.fixture(scope="module")
def dockerfiles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Each expected Dockerfile, in a file of the name of its case."""
    folder = tmp_path_factory.mktemp("dockerfiles")
    for name, text in our_dockerfiles().items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def test_hadolint_has_nothing_to_say(dockerfiles: list[Path]) -> None:
    config = ("--config", str(ROOT / ".hadolint.yaml"), "--disable-ignore-pragma")
    said = subprocess.run([TOOLS / "hadolint", *config, *dockerfiles], capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)


def test_shellcheck_has_nothing_to_say_about_any_run(dockerfiles: list[Path], tmp_path: Path) -> None:
    commands = {command for file in dockerfiles for command in runs(file)}
    for number, command in enumerate(sorted(commands)):
        (tmp_path / f"{number}.sh").write_text(f"{command}\n", encoding="utf-8")
    words = ("shellcheck", "--shell=sh", "--exclude=SC2016,SC2046", "--format=gcc")
    said = subprocess.run([TOOLS / words[0], *words[1:], *sorted(tmp_path.iterdir())], capture_output=True, check=False)
    assert len(commands) > 50
    assert (said.stdout.decode(), said.returncode) == ("", 0)


def runs(dockerfile: Path) -> list[str]:
    """What the shell gets of each RUN."""
    parser = DockerfileParser(fileobj=io.BytesIO(dockerfile.read_bytes()), env_replace=False)
    values = [item["value"] for item in parser.structure if item["instruction"] == "RUN"]
    return [FLAGS.sub("", value) for value in values]
