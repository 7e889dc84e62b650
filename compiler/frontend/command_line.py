"""The words of a command line taken apart: options with their values, MODULE, and what goes to the script untouched."""

from collections.abc import Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.options import (
    BUILD,
    COMMANDS,
    DIFF,
    EXPANSION,
    GENERAL,
    LOCK,
    OPTIONS,
    Option,
    options_of,
)
from caliban.compiler.problems import command_line as problems

_STARTS_NO_SCRIPT = (BUILD, LOCK)


class Words(NamedTuple):
    """A command line taken apart."""

    command: str
    options: tuple[tuple[Option, str], ...]  # with their values; '' for a flag
    operand: str | None
    arguments: tuple[str, ...]  # after `--`


def take_apart(command: str, argv: Sequence[str], *, typed: str | None) -> Words:
    """The parts; `typed` is the command as typed, None where it was left out. Raises Rejected."""
    known = options_of(command)
    options: list[tuple[Option, str]] = []
    rest = list(argv)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        option, value = _option(rest, known, command)
        if option in GENERAL:
            return Words(command, ((option, ""),), None, ())
        if not option.repeatable and any(option is other for other, _ in options):
            raise Rejected(problems.given_twice(option.name))
        options.append((option, value))
    if command == DIFF and rest:
        raise Rejected(problems.unexpected_operand(rest[0], command))
    operand = rest.pop(0) if rest and rest[0] != "--" else None
    stray = rest[: rest.index("--")] if "--" in rest else rest
    arguments = tuple(rest[len(stray) + 1 :])
    if operand is not None and stray:
        if command == EXPANSION or (command in _STARTS_NO_SCRIPT and not stray[0].startswith("-")):
            raise Rejected(problems.unexpected_operand(stray[0], command))
        before = argv[: len(argv) - len(rest) - 1]
        corrected = _corrected(typed, command, before, operand, stray, arguments)
        if command in _STARTS_NO_SCRIPT and "--" in corrected:
            raise Rejected(problems.no_script_for(corrected[corrected.index("--") + 1], command))
        raise Rejected(problems.after_module(stray, corrected))
    if arguments and command in _STARTS_NO_SCRIPT:
        raise Rejected(problems.no_script_for(arguments[0], command))
    if arguments and command == EXPANSION:
        raise Rejected(problems.unexpected_operand(arguments[0], command))
    return Words(command, tuple(options), operand, arguments)


def _option(rest: list[str], known: Sequence[Option], command: str) -> tuple[Option, str]:
    """Takes the first option off the words."""
    word = rest.pop(0)
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        option = _long_option(name, known, command)
        if option.value is None and equals:
            raise Rejected(problems.value_unwanted(option.name, value))
    else:
        name, value = word[:2], word[2:]
        equals = value
        found = next((option for option in known if option.short == name), None)
        if found is None or (found.value is None and value):
            raise _unknown(word, known, command)
        option = found
    if option.value is None or equals:
        return option, value
    if not rest:
        raise Rejected(problems.value_missing(name, option.value))
    return option, rest.pop(0)


def _long_option(typed: str, known: Sequence[Option], command: str) -> Option:
    name = "--" + typed[2:].replace("-", "_")
    exact = [option for option in known if option.name == name]
    matches = exact or [option for option in known if option.name.startswith(name)]
    if len(matches) > 1:
        raise Rejected(problems.ambiguous_option(typed, [option.name for option in matches]))
    if not matches:
        raise _unknown(typed, known, command)
    return matches[0]


def _unknown(typed: str, known: Sequence[Option], command: str) -> Rejected:
    name = "--" + typed[2:].replace("-", "_") if typed.startswith("--") else typed
    owners = next((option.commands for option in OPTIONS if name in (option.name, option.short)), frozenset[str]())
    elsewhere = next((spec.name for spec in COMMANDS if spec.name in owners), None)
    return Rejected(problems.unknown_option(typed, command, [option.name for option in known], elsewhere))


def _corrected(
    typed: str | None,
    command: str,
    before: Sequence[str],
    operand: str,
    stray: Sequence[str],
    arguments: Sequence[str],
) -> list[str]:
    """The command line that the user probably meant: our options in front, everything else behind `--`."""
    ours: list[str] = []
    theirs: list[str] = []
    rest = list(stray)
    while rest:
        length = len(rest)
        words = rest[:]
        try:
            if theirs or not rest[0].startswith("-"):
                theirs.append(rest.pop(0))
                continue
            _option(rest, options_of(command), command)
            ours += words[: length - len(rest)]
        except Rejected:
            theirs += words[: length - len(rest)]
    line = ["caliban", *([typed] if typed else []), *before, *ours, operand]
    return [*line, "--", *theirs, *arguments] if theirs or arguments else line
