"""Variables of the environment that a build is lent: a name that is typed must be set, others need not be."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compilation
from caliban.runtime.building.secrets import check_secrets

CONFIG = '{"build_secrets": ["OF_CONFIG"]}'


def check(folder: Path, line: str, environment: Mapping[str, str]) -> None:
    project(folder, {"train.py": "", ".calibanconfig.json": CONFIG})
    caller = Caller(
        root=str(folder),
        python="3.11",
        platform="linux/amd64",
        environment=dict(environment),
    )
    invocation = parse([*line.split(), "train.py"])
    assert isinstance(invocation, Compilation)
    check_secrets(survey(invocation, caller), environment)


@pytest.mark.parametrize("command", ["run --nogpu", "build --nogpu", "lock --nogpu"])
def test_a_name_that_is_typed_and_not_set_is_an_error(command: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        check(tmp_path, f"{command} --build_secret TYPED --build_secret SET", {"SET": "x"})
    assert told(caught.value) == (
        "error[bad-variable]: --build_secret TYPED takes the value from the environment, where TYPED is not set\n"
        "  --> --build_secret\n"
        "  hint: export TYPED=…, or leave the option out"
    )


@pytest.mark.parametrize(
    ("line", "environment"),
    [
        ("build --nogpu", {}),
        ("build --nogpu", {"CALIBAN_BUILD_SECRETS": "FOR_ALL,OF_CONFIG"}),
        ("build --nogpu --build_secret TYPED", {"TYPED": ""}),
    ],
)
def test_names_of_a_config_and_those_for_all_projects_need_not_be_set(
    line: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    check(tmp_path, line, environment)


def test_a_config_that_asks_for_a_variable_which_is_set_needs_consent(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="asks for variables of your environment"):
        check(tmp_path, "build --nogpu", {"OF_CONFIG": "x"})
