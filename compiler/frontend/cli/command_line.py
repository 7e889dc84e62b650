"""The words of a command line taken apart: options with their values, MODULE, and what goes to the script untouched."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Rejected, closest
from caliban.compiler.frontend.cli import problems
from caliban.compiler.frontend.cli.options import (
    COMMANDS,
    DIFF,
    EXPANSION,
    GENERAL,
    OPTIONS,
    STARTS_NO_SCRIPT,
    Option,
    options_of,
)

_INTERPRETER = re.compile(r"(?:.*/)?(?:python[\d.]*|bash|sh)")
# Commands that other tools have; one that caliban gets is none of these any more.
_ELSEWHERE = frozenset({"clean", "doctor", "exec", "help", "images", "init", "logs", "ps", "push", "results", "start",
                        "version"})  # fmt: skip


class Words(NamedTuple):
    """A command line taken apart."""

    command: str
    options: tuple[tuple[Option, str], ...]  # with their values; '' for a flag
    operand: str | None
    arguments: tuple[str, ...]  # after `--`


def split_command_line(command: str, argv: Sequence[str], *, typed: str | None) -> Words:
    """The parts; `typed` is the command as typed, None where it was left out. Raises Rejected."""
    options: list[tuple[Option, str]] = []
    rest = list(argv)
    _take_options(rest, options, command)
    if command == DIFF and rest:
        raise Rejected(problems.unexpected_operand(rest[0], command))
    operand = rest.pop(0) if rest and rest[0] != "--" else None
    before = argv[: len(argv) - len(rest) - 1]
    if operand is not None and command in STARTS_NO_SCRIPT:  # whose options could these be but ours?
        _take_options(rest, options, command)
    if asked := [option for option, _ in options if option in GENERAL]:
        return Words(command, ((asked[0], ""),), None, ())
    stray = rest[: rest.index("--")] if "--" in rest else rest
    arguments = tuple(rest[len(stray) + 1 :])
    if operand is not None and stray:
        if command in STARTS_NO_SCRIPT:
            raise Rejected(problems.unexpected_operand(stray[0], command))
        if _INTERPRETER.fullmatch(operand) and (script := _script(stray)) is not None:
            module, others = script
            line = _corrected(typed, command, before, module, others, arguments)
            raise Rejected(problems.starts_python_itself((operand, *stray), line))
        corrected = _corrected(typed, command, before, operand, stray, arguments)
        if typed is None and not before:
            from caliban.compiler.frontend.cli.older_commands import OLDER_COMMANDS  # only with a mistake to explain

            if operand in OLDER_COMMANDS:
                raise Rejected(problems.older_command(operand, OLDER_COMMANDS[operand], corrected))
        if typed is None and not before and (meant := _meant(argv)) is not None:
            raise Rejected(problems.unknown_command(operand, *meant, corrected))
        if typed is None and not before and operand in _ELSEWHERE and "--" not in corrected:
            raise Rejected(problems.no_command(operand, corrected))
        raise Rejected(problems.after_module(stray, corrected))
    if arguments and command == EXPANSION:
        raise Rejected(problems.unexpected_operand(arguments[0], command))
    if arguments and command in STARTS_NO_SCRIPT:
        raise Rejected(problems.no_script_for(arguments[0], command))
    return Words(command, tuple(options), operand, arguments)


def _take_options(rest: list[str], options: list[tuple[Option, str]], command: str) -> None:
    """Moves the options in front of the words to those that were found, up to a request for help."""
    known = options_of(command)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        option, value = _option(rest, known, command)
        if not option.repeatable and any(option is other for other, _ in options):
            raise Rejected(problems.given_twice(option.name))
        options.append((option, value))
        if option in GENERAL:
            return


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


def _script(words: Sequence[str]) -> tuple[str, list[str]] | None:
    """Return the script that an interpreter would start, and the words after it: `-u train.py --lr 1`."""
    rest = list(words)
    while rest and re.fullmatch(r"-[bBdEiIOPqsSuvx]+", rest[0]):  # flags of Python that take no value
        rest.pop(0)
    if rest and rest[0] == "-m":
        rest.pop(0)
    return (rest[0], rest[1:]) if rest and not rest[0].startswith("-") else None


def _meant(argv: Sequence[str]) -> tuple[str, str] | None:
    """The command that the first word resembles, and the command line with it; None where that is none either."""
    command = closest(argv[0], [spec.name for spec in COMMANDS]) if argv[0].isalpha() else None
    if command is None:
        return None
    from caliban.compiler.words.secret_words import masked_line  # only somebody who mistyped pays for it

    try:
        words = split_command_line(command, argv[1:], typed=command)
    except Rejected as rejected:
        [problem] = rejected.diagnostics
        return (command, problem.hint) if problem.code == problems.MISPLACED and problem.hint else None
    return (command, masked_line(["caliban", command, *argv[1:]])) if words.operand is not None else None


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
