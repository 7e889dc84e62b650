"""Limits the arguments for `docker run` in a project's config: Rejected if one reaches for the host.

`data/docker_run.json` lists what is harmless, not what is dangerous: engines learn new options.
"""

import shlex
from collections.abc import Iterable

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.config import engine_argument_problems as problems
from caliban.compiler.frontend.config.engine_arguments import meaning
from caliban.compiler.input.invocation import EngineArgument
from caliban.compiler.words.secret_words import masked_words


def check_privileges(arguments: Iterable[EngineArgument], place: Place) -> None:
    """Raises Rejected where an argument may do more than limit or describe the container."""
    for argument in arguments:
        facts = meaning(argument.name)
        values = ("true", "false", None) if facts.get("flag") else facts.get("values", (argument.value,))
        if "config" not in facts or argument.value not in values:
            raise Rejected(problems.privileged(place, shlex.join(masked_words(argument.words))))
        if argument.name == "--env" and "=" not in (argument.value or ""):
            raise Rejected(problems.variable_of_host(place, shlex.join(argument.words)))
