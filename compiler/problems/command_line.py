"""Problems of the command line."""

import shlex
from collections.abc import Iterable, Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable


def no_operand(command: str, operand: str, usage: str) -> Diagnostic:
    """The command needs one."""
    examples = {
        "MODULE": f"caliban {command} --nogpu trainer.train -- --epochs 2",
        "CONFIG": f"caliban {command} experiment.json",
    }
    return Diagnostic(
        code="no-" + operand.lower(),
        message=f"what to {'expand' if operand == 'CONFIG' else command}? {operand} is missing",
        place=Place(source=usage),
        hint=f"for example: {examples[operand]}",
    )


def unknown_option(option: str, command: str, known: Iterable[str], elsewhere: str | None) -> Diagnostic:
    """No option of this command has that name; `elsewhere` is a command that has it."""
    match = closest(option, known)
    if elsewhere is not None:
        hint = f"it belongs to `caliban {elsewhere}`"
    elif match is not None:
        hint = f"did you mean {match}?"
    else:
        hint = f"caliban {command} --help lists the options; options of your script go after --"
    return Diagnostic(
        code="unknown-option",
        message=f"caliban {command} has no option {printable(option)}",
        place=Place(source=option),
        hint=hint,
    )


def ambiguous_option(option: str, matches: Sequence[str]) -> Diagnostic:
    """An abbreviation of several options."""
    return Diagnostic(
        code="ambiguous-option",
        message=f"{option} could be any of {', '.join(matches)}",
        place=Place(source=option),
        hint="write it out",
    )


def value_missing(option: str, value: str) -> Diagnostic:
    """The option is the last word."""
    return Diagnostic(
        code="value-missing",
        message=f"{option} needs a value",
        place=Place(source=option),
        hint=f"{option} {value}",
    )


def value_unwanted(option: str, value: str) -> Diagnostic:
    """A flag was given one with '='."""
    return Diagnostic(
        code="value-unwanted",
        message=f"{option} takes no value, but was given {printable(value)!r}",
        place=Place(source=option),
        hint=f"write {option} alone",
    )


def given_twice(option: str) -> Diagnostic:
    """Only repeatable options may be."""
    return Diagnostic(
        code="given-twice",
        message=f"{option} is given more than once",
        place=Place(source=option),
        hint="keep the one that you mean",
    )


def contradiction(one: str, other: str) -> Diagnostic:
    """Two options that exclude each other."""
    return Diagnostic(
        code="contradiction",
        message=f"{one} and {other} contradict each other",
        place=Place(source=other),
        hint="keep the one that you mean",
    )


def without_building(option: str) -> Diagnostic:
    """--image_id builds nothing."""
    return Diagnostic(
        code="nothing-to-build",
        message=f"{option} says what to build, but --image_id builds nothing",
        place=Place(source=option),
        hint=f"leave out {option}, or --image_id",
    )


def after_module(words: Sequence[str], corrected: Sequence[str]) -> Diagnostic:
    """Between MODULE and `--`."""
    shown = " ".join(printable(word) for word in words)
    return Diagnostic(
        code="misplaced-argument",
        message=f"{shown!r} stands after MODULE, but before --",
        place=Place(source="MODULE"),
        hint=f"{printable(shlex.join(corrected))}",
    )


def unexpected_operand(word: str, command: str) -> Diagnostic:
    """The command takes one operand only."""
    return Diagnostic(
        code="unexpected-argument",
        message=f"caliban {command} does not take {printable(word)!r}",
        place=Place(source=word),
        hint=f"caliban {command} --help",
    )


def no_script_for(argument: str, command: str) -> Diagnostic:
    """Arguments for a script that the command does not start."""
    return Diagnostic(
        code="unexpected-argument",
        message=f"caliban {command} starts no script, so it has no use for the argument {printable(argument)!r}",
        place=Place(source=argument),
        hint=f"leave it out: what {command} makes is the same for all arguments of a script",
    )


def not_utf8(word: str) -> Diagnostic:
    """The engine would replace the bytes silently."""
    return Diagnostic(
        code="not-utf-8",
        message="an argument is not UTF-8, and the engine would change its bytes on the way",
        place=Place(source=word),
        hint="pass it in a file, or encoded (base64, hex)",
    )


def bad_variable(source: str, name: str) -> Diagnostic:
    """An environment variable with an impossible name."""
    return Diagnostic(
        code="bad-variable",
        message=f"{printable(name)!r} is no name of an environment variable",
        place=Place(source=source),
        hint="NAME=VALUE, with letters, digits and _ in NAME, no digit first",
    )


def bad_secret(source: str, name: str) -> Diagnostic:
    """A variable is named, not spelled: every user of the machine sees the command line."""
    return Diagnostic(
        code="bad-variable",
        message=f"{printable(name.partition('=')[0])!r}: the name of an environment variable is wanted, nothing else",
        place=Place(source=source),
        hint="export the variable, and write its name",
    )


def reserved_variable(source: str, name: str) -> Diagnostic:
    """A variable that the engine's own client obeys."""
    return Diagnostic(
        code="reserved-variable",
        message=f"{name} would change how the engine's client works, because values travel by its environment",
        place=Place(source=source),
        hint=f"if its value is no secret: --docker_run_args '--env {name}=VALUE'",
    )


def bad_choice(option: str, value: str, choices: Sequence[str]) -> Diagnostic:
    """Not one of the values that exist."""
    match = closest(value, choices)
    return Diagnostic(
        code="bad-value",
        message=f"{option} cannot be {printable(value)!r}",
        place=Place(source=option),
        hint=f"did you mean {match}?" if match else f"one of {', '.join(choices)}",
    )


def bad_value(option: str, value: str, expected: str) -> Diagnostic:
    """Not of the form that the option takes."""
    return Diagnostic(
        code="bad-value",
        message=f"{option} cannot be {printable(value)!r}",
        place=Place(source=option),
        hint=f"write {expected}",
    )
