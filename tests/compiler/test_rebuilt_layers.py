"""Whatever is changed on the command line or in the config, no layer is rebuilt that does not depend on it.

A layer of the image is rebuilt when its instruction changes, when a variable does that stands above a RUN, or when a
layer above it is.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser
from golden_cases import CALLER
from msgspec.structs import replace
from projects import project

from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.cli.options import RUN, options_of
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Credentials
from caliban.compiler.input.invocation import Launched
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.pipeline import compile_plan

MANIFEST = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "demo"
version = "1"
dependencies = ["click"]
[project.optional-dependencies]
more = ["rich"]
"""
FILES = {
    "pyproject.toml": MANIFEST,
    "other.txt": "rich\n",
    "src/demo/__init__.py": "",
    "src/demo/train.py": "",
    "src/train.py": "",
    "data/d.csv": "1",
    "data/dist/d.csv": "1",
    "more/m.csv": "1",
    "sweep.json": '{"n": [1, 2, 3, 4, 5, 6]}',
    "key.json": "{}",
    "tables.json": "{}",
}
KEY = Credentials(path="key.json", source="--cloud_key", kind="a service-account key", project="p")
# What a layer is, by a word in its instruction; the last one that is in it counts.
KINDS = {
    "--mode=1777": "folders",
    "apt-get": "system",
    "google-cloud-sdk": "gcloud",
    "uv venv": "venv",
    "--requirements": "packages",
    "--editable": "project",
    "data /usr": "data",
    "more /usr": "data",
    "src /usr": "code",
}


def compiled(folder: Path, argv: Sequence[str], config: Mapping[str, object]) -> str:
    files = FILES | {".calibanconfig.json": json.dumps(config)}
    folder.mkdir()
    project(folder, files)
    invocation = parse(("run", *argv, "--", "--epochs", "2"))
    assert isinstance(invocation, Launched)
    caller = replace(CALLER, root=str(folder), credentials=KEY if "key.json" in (*argv, *config.values()) else None)
    image = compile_plan(invocation, survey(invocation, caller), caller, Observed()).image
    assert isinstance(image, Recipe)
    return render_dockerfile(image)


def layers(dockerfile: str) -> Iterator[tuple[str, str]]:
    """The layers of the image: what each is, and what the builder knows it by, without the layers above."""
    above: list[str] = []
    stages: dict[str, str] = {}
    for each in DockerfileParser(fileobj=io.BytesIO(dockerfile.encode())).structure:
        word, text = each["instruction"], re.sub(r"\s+", " ", each["content"]) + " "
        if word == "FROM":
            stages[text.split()[-1]] = text
            yield "base", text
        elif word in {"RUN", "COPY", "WORKDIR"}:
            kinds = [kind for sign, kind in KINDS.items() if sign in text]
            yield kinds[-1] if kinds else "folders", " ".join((text, *(above if word == "RUN" else ())))
        elif word in {"ENV", "ARG"}:
            above.append(text)


def first_rebuilt(before: str, after: str) -> str | None:
    """The first layer that is rebuilt, or is new: all below it are too."""
    old = [key for _, key in layers(before)]
    for place, (kind, key) in enumerate(layers(after)):
        if place >= len(old) or key != old[place]:
            return kind
    return None


BEFORE = ("--nogpu", "-d", "data", "demo.train")
OPTIONS: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "--nogpu": (
        ("--gpu", "-d", "data", "demo.train"),
        "packages",
    ),  # another build of torch, if a package should need it
    "--gpu": (("--gpu", "-d", "data", "demo.train"), "packages"),
    "--cloud_key": (("--cloud_key", "key.json", *BEFORE), "gcloud"),
    "--no_credentials": (("--no_credentials", *BEFORE), None),
    "--extras": (("--extras", "more", *BEFORE), "packages"),
    "--dir": (("-d", "more", *BEFORE), "data"),
    "--experiment_config": (("--experiment_config", "sweep.json", *BEFORE), None),
    "--dry_run": (("--dry_run", *BEFORE), None),
    "--docker_run_args": (("--docker_run_args", "--cpus 1", *BEFORE), None),
    "--env": (("--env", "A=1", *BEFORE), None),
    "--mount": (("--mount", "more", *BEFORE), None),
    "--output": (("--output", "out", *BEFORE), None),
    "--include": (("--include", "data/dist", *BEFORE), None),  # what is in a copy decides about its content alone
    "--requirements": (("--requirements", "other.txt", *BEFORE), "packages"),
    "--base_image": (("--base_image", "python:3.12", *BEFORE), "base"),
    "--build_secret": (("--build_secret", "TOKEN", *BEFORE), "packages"),
    "--python": (("--python", "3.12", *BEFORE), "base"),
    "--platform": (("--platform", "linux/arm64", *BEFORE), None),  # another image, by the same instructions
    "--no_install_project": (("--no_install_project", *BEFORE), "data"),  # what came before is no more
    "--no_rewrites": (("--no_rewrites", *BEFORE), None),
    "--max_image_size": (("--max_image_size", "5GB", *BEFORE), None),
    "--torch_index": (("--torch_index", "https://mirror.example/whl", *BEFORE), "packages"),
    "--apt_mirror": (("--apt_mirror", "https://mirror.example/debian", *BEFORE), None),  # nothing of Debian is wanted
    "--no_cache": (("--no_cache", *BEFORE), None),  # the builder's word
    "--xgroup": (("--xgroup", "g", *BEFORE), None),
    "--fail_fast": (("--experiment_config", "sweep.json", "--fail_fast", *BEFORE), None),
    "--max_failures": (("--experiment_config", "sweep.json", "--max_failures", "2", *BEFORE), None),
    "--timeout": (("--timeout", "2h", *BEFORE), None),
    "--tty": (("--tty", *BEFORE), None),
    "--verbose": (("--verbose", *BEFORE), None),
    "--quiet": (("--quiet", *BEFORE), None),
}
# No image is built, or a lock decides.
ELSEWHERE = {"--image_id", "--locked", "--help", "--helpfull", "--version"}
KEYS: Mapping[str, tuple[object, str | None]] = {
    "apt_packages": (["git"], "system"),
    "base_image": ("python:3.12", "base"),
    "dependencies": (["other.txt"], "packages"),
    "python": ("3.12", "base"),
    "env": ({"A": "1"}, None),
    "docker_run_args": (["--cpus", "1"], None),
    "default_mode": ("gpu", None),
    "build_secrets": (["TOKEN"], "packages"),
    "registry_mirror": ("mirror.example", "base"),
    "platform": ("linux/arm64", None),
    "install_project": (False, "data"),
    "torch_index": ("https://mirror.example/whl", "packages"),
    "apt_mirror": ("https://mirror.example/debian", None),  # nothing of Debian is wanted
    "tables": ("tables.json", None),
    "rewrite_requirements": (False, None),
    "build_time_credentials": (True, None),
    "cloud_key": ("key.json", "gcloud"),
    "julia_version": ("1.9", None),
    "mlflow_config": ({}, None),
    "project_id": ("p", None),
    "uv": ({}, None),
    "$schema": ("s", None),
    "gcloud": (True, "gcloud"),  # above all else, since it is the same for every project
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_rebuilds_what_depends_on_it(option: str, tmp_path: Path) -> None:
    argv, rebuilt = OPTIONS[option]
    assert first_rebuilt(compiled(tmp_path / "a", BEFORE, {}), compiled(tmp_path / "b", argv, {})) == rebuilt


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_the_config_rebuilds_what_depends_on_it(key: str, tmp_path: Path) -> None:
    value, rebuilt = KEYS[key]
    after = compiled(tmp_path / "b", BEFORE, {key: value})
    assert first_rebuilt(compiled(tmp_path / "a", BEFORE, {}), after) == rebuilt


def test_another_module_installs_nothing_anew(tmp_path: Path) -> None:
    def of(name: str, module: str) -> str:
        return compiled(tmp_path / name, ("--nogpu", "-d", "data", module), {})

    first = of("a", "demo.train")
    others = {"b": "src.demo.train", "c": "src/train.py"}
    assert {module: first_rebuilt(first, of(name, module)) for name, module in others.items()} == dict.fromkeys(
        others.values()
    )


def test_all_options_and_keys_are_looked_at() -> None:
    assert {*OPTIONS, *ELSEWHERE} == {option.name for option in options_of(RUN)}
    assert {*KEYS} == {*table("config.schema")["properties"]}
