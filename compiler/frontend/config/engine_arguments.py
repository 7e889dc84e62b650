"""Arguments for `docker run`, words in, options out: read as its own command line is (github.com/spf13/pflag)."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.config import engine_argument_problems as problems
from caliban.compiler.input.invocation import EngineArgument


def read_engine_arguments(text: str | Sequence[str], source: str) -> tuple[EngineArgument, ...]:
    """The options, without `--rm`: that is what we do anyway; text is split as a shell would.

    Raises Rejected where the words are no options, or ones that would take the container out of our hands.
    """
    arguments = tuple(_arguments(_split(text, source) if isinstance(text, str) else text, source))
    for argument in arguments:
        if reason := meaning(argument.name).get("refused"):
            raise Rejected(problems.refused(argument.words[0], source, reason))
    return tuple(_with_quoted_devices(argument) for argument in arguments if argument.name != "--rm")


def meaning(name: str) -> Mapping[str, Any]:
    """Return the facts about an option from `data/docker_run.json`; empty for an option that engines learned since."""
    known: Mapping[str, Any] = table("docker_run")["options"].get(name, {})
    return known


def _split(text: str, source: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Rejected(problems.not_shell_words(source, text, str(error))) from None


def _arguments(words: Sequence[str], source: str) -> Iterator[EngineArgument]:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word in ("-", "--"):
            raise Rejected(problems.no_option(word, source))
        yield from _long(word, rest, source) if word.startswith("--") else _short(word, rest, source)


def _long(word: str, rest: list[str], source: str) -> Iterator[EngineArgument]:
    name, equals, value = word.partition("=")
    known = name in table("docker_run")["options"]
    name = meaning(name).get("same_as", name)
    if equals or meaning(name).get("flag") or not (known or _has_value(rest)):
        yield EngineArgument(name=name, value=value if equals else None, words=(word,))
    elif not rest:
        raise Rejected(problems.without_value(word, source))
    else:
        yield EngineArgument(name=name, value=rest[0], words=(word, rest.pop(0)))


def _has_value(rest: Sequence[str]) -> bool:
    """Guess whether an unknown option has a value: the next word is no option."""
    return bool(rest) and not rest[0].startswith("-")


def _short(word: str, rest: list[str], source: str) -> Iterator[EngineArgument]:
    """Letters may be joined, the value of the last one too: `-itu0` is `-i -t -u 0`, `-m=2g` is `-m 2g`."""
    letters = word[1:]
    while letters:
        letter, letters = f"-{letters[0]}", letters[1:]
        name = _letters().get(letter, letter)
        if meaning(name).get("flag") and not letters.startswith("="):
            yield EngineArgument(name=name, value=None, words=(letter,))
        elif letters:
            yield EngineArgument(name=name, value=letters.removeprefix("="), words=(f"{letter}{letters}",))
            return
        elif not rest:
            raise Rejected(problems.without_value(letter, source))
        else:
            yield EngineArgument(name=name, value=rest[0], words=(letter, rest.pop(0)))


def _with_quoted_devices(argument: EngineArgument) -> EngineArgument:
    """`--gpus device=0,1` as docker reads it, `"device=0,1"`: unquoted, the 1 is a field of its own, a count."""
    value = argument.value or ""
    if argument.name != "--gpus" or '"' in value:
        return argument
    fields: list[str] = []
    for field in value.split(","):
        if fields and fields[-1].startswith("device=") and "=" not in field:
            fields[-1] += f",{field}"
        else:
            fields.append(field)
    quoted = ",".join(f'"{field}"' if "," in field else field for field in fields)
    words = (*argument.words[:-1], argument.words[-1].removesuffix(value) + quoted)
    return EngineArgument(name=argument.name, value=quoted, words=words) if value else argument


@cache
def _letters() -> Mapping[str, str]:
    options = table("docker_run")["options"]
    return {facts["short"]: name for name, facts in options.items() if "short" in facts}
