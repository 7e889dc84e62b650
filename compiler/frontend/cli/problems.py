"""Problems of the command line."""

import re
from collections.abc import Iterable, Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.frontend.cli.options import STARTS_NO_SCRIPT
from caliban.compiler.words.quoting import quoted_file
from caliban.compiler.words.secret_words import is_secret, masked_line, masked_words

MISPLACED = "misplaced-argument"
# What people type for an option of another name, as other tools have it.
_MEANT = {
    "--cpu": "--nogpu",
    "--cuda": "--gpu",
    "--config": "--experiment_config",
    "--data": "--dir",
    "--directory": "--dir",
    "--interactive": "--tty",
    "--no_cache_dir": "--no_cache",
    "--rebuild": "--no_cache",
    "--results": "--output",
    "--volume": "--mount",
    "--volumes": "--mount",
}


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
    [shown] = masked_words((option,))
    match = _meant(option, list(known))
    if elsewhere is not None:
        hint = f"it belongs to `caliban {elsewhere}`"
    elif re.search(r"\.[A-Za-z]\w*$", option):
        hint = f"a script of this name is written {quoted_file(option)}"
    elif match is not None:
        hint = f"did you mean {match}?"
    elif command in STARTS_NO_SCRIPT:
        hint = f"`caliban {command} --help` lists the options; leave out those of your script, which it does not start"
    else:
        hint = f"`caliban {command} --help` lists the options; options of your script go after --"
    return Diagnostic(
        code="unknown-option",
        message=f"caliban {command} has no option {printable(shown)}",
        place=Place(source=shown),
        hint=hint,
    )


def _meant(option: str, known: Sequence[str]) -> str | None:
    """The option that was probably meant; only those that are known."""
    synonym = _MEANT.get(option.replace("-", "_").replace("__", "--", 1))
    if synonym in known:
        return synonym
    match = closest(option.lstrip("-"), [name.lstrip("-") for name in known])  # dashes make all alike
    return f"--{match}" if match is not None and option.startswith("--") else None


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
        message=f"{option} takes no value, but was given {printable(masked_words((value,))[0])!r}",
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


def only_for_sweeps(option: str) -> Diagnostic:
    """A single run has no further runs."""
    return Diagnostic(
        code="no-sweep",
        message=f"{option} is for sweeps, but there is no --experiment_config",
        place=Place(source=option),
        hint=f"leave out {option}, or add --experiment_config PATH",
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
    shown = printable(" ".join(masked_words(words)))
    return Diagnostic(
        code=MISPLACED,
        message=f"{shown!r} stands after MODULE, but before --",
        place=Place(source="MODULE"),
        hint=masked_line(corrected),
    )


def unknown_command(word: str, command: str, meant: str, corrected: Sequence[str]) -> Diagnostic:
    """A first word that is no command is MODULE; with one that resembles a command, `meant` may be what was meant."""
    return Diagnostic(
        code="unknown-command",
        message=f"{printable(word)!r} is no command; as MODULE, it needs -- before its arguments",
        place=Place(source=word),
        hint=f"did you mean {command}? {meant}\nto run {printable(word)}: {masked_line(corrected)}",
    )


def older_command(word: str, instead: str, corrected: Sequence[str]) -> Diagnostic:
    """A first word that is a command of the older tool, with words behind it that no MODULE takes."""
    return Diagnostic(
        code="older-command",
        message=f"'{word}' is a command of the older tool that this one does not have",
        place=Place(source=word),
        hint=f"{instead}\nto run a script called {word}: {masked_line(corrected)}",
    )


def no_command(word: str, corrected: Sequence[str]) -> Diagnostic:
    """A first word that is a command elsewhere, with our options behind it."""
    return Diagnostic(
        code="unknown-command",
        message=f"{printable(word)!r} is no command of this caliban; as MODULE, it stands behind the options",
        place=Place(source=word),
        hint=f"`caliban --help` lists the commands\nto run {printable(word)}: {masked_line(corrected)}",
    )


def starts_python_itself(words: Sequence[str], corrected: Sequence[str]) -> Diagnostic:
    """An interpreter stands in place of MODULE, and the script behind it."""
    shown = printable(" ".join(masked_words(words)))
    return Diagnostic(
        code=MISPLACED,
        message=f"MODULE is the script or module itself, not what starts it: {shown!r}",
        place=Place(source="MODULE"),
        hint=masked_line(corrected),
    )


def unexpected_operand(word: str, command: str) -> Diagnostic:
    """The command takes one operand only."""
    [shown] = masked_words((word,))
    return Diagnostic(
        code="unexpected-argument",
        message=f"caliban {command} does not take {printable(shown)!r}",
        place=Place(source=shown),
        hint=f"`caliban {command} --help` says what it takes",
    )


def no_script_for(argument: str, command: str) -> Diagnostic:
    """Arguments for a script that the command does not start."""
    [shown] = masked_words((argument,))
    return Diagnostic(
        code="unexpected-argument",
        message=f"caliban {command} starts no script, so it has no use for the argument {printable(shown)!r}",
        place=Place(source=shown),
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
        hint="give the variable another name in the container"
        if is_secret(name, "value")
        else f"if its value is no secret: --docker_run_args '--env {name}=VALUE'",
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


def index_of_one_build(source: str, url: str, build: str) -> Diagnostic:
    """A URL of torch that ends with the build, which caliban appends: it chooses another one for another mode."""
    return Diagnostic(
        code="bad-value",
        message=f"the URL ends with /{build}, and caliban appends the build itself",
        place=Place(source=source),
        hint=f"write {url}",
    )


def secret_in_url(source: str, variable: str | None) -> Diagnostic:
    """A URL with what is a password or a token, or may be one, where it would be seen."""
    seen = (
        "what is written here is seen in lists of processes, comments and logs" if variable else "a Dockerfile has it"
    )
    return Diagnostic(
        code="secret-in-url",
        message=f"the URL holds a password or a token, and {seen}",
        place=Place(source=source),
        hint=f"set it in your environment instead: export {variable}=URL" if variable else "name a mirror without one",
    )


def bad_value(option: str, value: str, expected: str) -> Diagnostic:
    """Not of the form that the option takes."""
    return Diagnostic(
        code="bad-value",
        message=f"{option} cannot be {printable(value)!r}",
        place=Place(source=option),
        hint=f"write {expected}",
    )
