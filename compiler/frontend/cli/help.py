"""The help: from the tables of options to the text that people read."""

import textwrap
from collections.abc import Iterator, Mapping

from caliban.compiler.frontend.cli.options import (
    COMMANDS,
    ENVIRONMENT,
    STARTS_NO_SCRIPT,
    CommandSpec,
    Option,
    options_of,
)

_WIDTH = 100
_COLUMN = 34  # where the descriptions begin

_MODULE = (
    "a module (trainer.train), a Python script (trainer/train.py) or any other script; the current directory is the "
    "project, and only the first folder of MODULE is copied, or all of it for a script in its root"
)
_ARGUMENTS = "passed to the script as they are, byte for byte"


def render_help(command: str | None, *, full: bool, config_keys: Mapping[str, str]) -> str:
    """The help of a command, or of caliban; `config_keys` (name → description) are shown with `full`."""
    specs = [spec for spec in COMMANDS if spec.name == command]
    lines = list(_command(specs[0]) if specs else _caliban())
    if full:
        if not specs:
            for spec in COMMANDS:
                lines += ["", "", *_command(spec)]
        lines += ["", "config keys (.calibanconfig.json, or [tool.caliban] in pyproject.toml):"]
        lines += [line for name, text in config_keys.items() for line in _row(name, text)]
        lines += ["", "environment variables:"]
        lines += [line for name, text in ENVIRONMENT.items() for line in _row(name, text)]
    return "\n".join(lines) + "\n"


def _caliban() -> Iterator[str]:
    yield "usage: caliban [command] [options] MODULE [-- ARGS]"
    yield ""
    yield "Runs a folder of machine-learning code in an isolated container, with exactly the dependencies it declares."
    yield ""
    yield "commands (without one: run):"
    for spec in COMMANDS:
        yield from _row(spec.name, spec.help)
    yield ""
    yield "general options:"
    for option in options_of(""):
        yield from _option(option)
    yield ""
    yield "for example:"
    yield "  caliban run --nogpu trainer.train -- --epochs 2"
    yield "  caliban compile --nogpu trainer.train"
    yield "  caliban run --help"


def _command(spec: CommandSpec) -> Iterator[str]:
    yield f"usage: {spec.usage}"
    yield ""
    yield f"{spec.help[0].upper()}{spec.help[1:]}."
    yield ""
    if spec.operand is not None:
        yield "arguments:"
    if spec.operand == "MODULE":
        yield from _row("MODULE", _MODULE)
        if "ARGS" in spec.usage:
            yield from _row("-- ARGS", _ARGUMENTS)
    elif spec.operand is not None:
        yield from _row("CONFIG", "path of an experiment config, or 'stdin'")
    if spec.operand is not None:
        yield ""
    takes_arguments = spec.operand is not None and spec.name not in STARTS_NO_SCRIPT
    yield "options, all of them before MODULE:" if takes_arguments else "options:"
    for option in options_of(spec.name):
        yield from _option(option)


def _option(option: Option) -> Iterator[str]:
    names = option.name if option.short is None else f"{option.short}, {option.name}"
    value = f" {option.value}" if option.value else ""
    yield from _row(f"{names}{value}", option.help + ("; repeatable" if option.repeatable else ""))


def _row(name: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, _WIDTH - _COLUMN)
    first = f"  {name}"
    if len(first) >= _COLUMN - 1:
        yield first
    else:
        yield f"{first:<{_COLUMN}}{lines.pop(0)}"
    for line in lines:
        yield " " * _COLUMN + line
