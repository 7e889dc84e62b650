"""What users of the older tool type and have, on the real engine: docs/older_tool.md, docs/experiments.md."""

import json
from collections.abc import Iterator

import pytest
from conftest import MakeProject
from support import BASE, docker

ALIAS = "dlvm:tf2-{}-2.1"
IMAGE = "gcr.io/deeplearning-platform-release/tf2-cpu.2-1"
PARSES = """
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--offset", type=float)
parser.add_argument("--name")
print(vars(parser.parse_args()))
"""


@pytest.fixture
def google_image() -> Iterator[None]:
    """The image of the alias, which no registry is asked for: it is on the engine."""
    docker("tag", BASE, IMAGE)
    yield
    docker("image", "rm", IMAGE)


def test_values_that_begin_with_a_dash_reach_a_script_that_uses_argparse(make: MakeProject) -> None:
    experiment = json.dumps({"offset": [-1e-05, -2.5], "name": ["-x", "-1,2"]})
    project = make({"m.py": PARSES})
    ran = project.run("--experiment_config", "STDIN", "m.py", stdin=experiment.encode())
    assert (ran.code, ran.stdout.decode().splitlines()) == (
        0,
        [
            "{'offset': -1e-05, 'name': '-x'}",
            "{'offset': -1e-05, 'name': '-1,2'}",
            "{'offset': -2.5, 'name': '-x'}",
            "{'offset': -2.5, 'name': '-1,2'}",
        ],
    ), ran.stderr


@pytest.mark.usefixtures("google_image")
def test_a_config_of_the_older_tool_builds_on_its_base_in_its_mode(make: MakeProject) -> None:
    config = {"base_image": ALIAS, "default_mode": "CPU", "uv": {"mlflow": {"pubsub_topic": "mlflow"}}}
    project = make({"m.py": "print('ran')\n", ".calibanconfig.json": json.dumps(config)})
    ran = project.run("m.py", env={"CALIBAN_DEFAULT_MODE": ""})
    assert (ran.code, ran.stdout, ran.stderr.count("warning[older-key]")) == (0, b"ran\n", 1), ran.stderr


def test_the_image_that_build_prints_opens_a_shell_as_the_word_on_shell_says(make: MakeProject) -> None:
    project = make({"requirements.txt": "six==1.17.0\n", "m.py": ""})
    image = project.build("m.py", "--nogpu")
    said = docker("run", "--rm", image, "bash", "-c", "ls m.py && python -c 'import six; print(six.__version__)'")
    assert said == "m.py\n1.17.0\n"
