"""Variables whose values are secrets leave the options of `docker run`, the last option of a name counts."""

import pytest

from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.input.invocation import Variable
from caliban.compiler.input.secret_variables import secret_variables


@pytest.mark.parametrize(
    ("typed", "variables", "rest"),
    [
        ("-e API_KEY=x -m 2g", {"API_KEY": "x"}, "-m 2g"),
        ("-eAPI_KEY=x --env=HF_TOKEN=y=z", {"API_KEY": "x", "HF_TOKEN": "y=z"}, ""),
        ("-e API_KEY=x -e API_KEY=y", {"API_KEY": "y"}, ""),
        ("-e API_KEY=x -e API_KEY=false", {}, "-e API_KEY=false"),
        ("-e API_KEY=false -e API_KEY=x", {"API_KEY": "x"}, ""),
        ("-e API_KEY -e MAX_TOKENS=5 -e A=b", {}, "-e API_KEY -e MAX_TOKENS=5 -e A=b"),
        ("-e https_proxy=http://me:hunter2@proxy:1", {"https_proxy": "http://me:hunter2@proxy:1"}, ""),
        ("-e DB=postgres://me:hunter2@db/x", {"DB": "postgres://me:hunter2@db/x"}, ""),
        ("-e HOOK=https://hooks.slack.com/services/T/B/x", {"HOOK": "https://hooks.slack.com/services/T/B/x"}, ""),
        ("-e DATA=https://h/x?sig=hunter2", {"DATA": "https://h/x?sig=hunter2"}, ""),
        ("-e DATA=https://h/x?page=2", {}, "-e DATA=https://h/x?page=2"),
        ("--label API_KEY=x", {}, "--label API_KEY=x"),
    ],
)
def test_secrets_travel_as_variables(typed: str, variables: dict[str, str], rest: str) -> None:
    found, others = secret_variables(read_engine_arguments(typed, "--docker_run_args"))
    assert found == tuple(Variable(name=name, value=value) for name, value in variables.items())
    assert [word for other in others for word in other.words] == rest.split()
