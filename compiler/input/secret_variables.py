"""Variables for the container whose values are secrets: they travel by the environment, in no argument list."""

from collections.abc import Iterable

from caliban.compiler.input.invocation import EngineArgument, Variable
from caliban.compiler.words.secret_words import find_secrets, is_secret


def holds_secret(name: str, value: str) -> bool:
    """Return whether the value of a variable is secret: by its name, or because of a password in a URL."""
    return is_secret(name, value) or any(word.secret for word in find_secrets((value,)))


def secret_variables(arguments: Iterable[EngineArgument]) -> tuple[tuple[Variable, ...], tuple[EngineArgument, ...]]:
    """The variables that options of `docker run` set to secrets, and the options that remain.

    Of several options for one variable the last one counts, as it does for docker.
    """
    found: dict[str, Variable] = {}
    others: list[EngineArgument] = []
    for argument in arguments:
        name, equals, value = (argument.value or "").partition("=")
        if argument.name != "--env":
            others.append(argument)
            continue
        found.pop(name, None)
        if equals and holds_secret(name, value):
            found[name] = Variable(name=name, value=value)
            others = [other for other in others if other.name != "--env" or _variable(other) != name]
        else:
            others.append(argument)
    return tuple(found.values()), tuple(others)


def _variable(argument: EngineArgument) -> str:
    return (argument.value or "").partition("=")[0]
