"""The command line into what it asks for; says what is wrong with it in terms of what was typed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli import problems
from caliban.compiler.frontend.cli.command_line import split_command_line
from caliban.compiler.frontend.cli.options import COMMANDS, HELP, HELP_FULL, RUN, VERSION
from caliban.compiler.input.questions import Help, Version
from caliban.compiler.quick_import import importing_without

if TYPE_CHECKING:
    from caliban.compiler.input.invocation import Invocation

_COMMANDS = {spec.name: spec for spec in COMMANDS}


def parse(argv: Sequence[str]) -> "Invocation | Help | Version":
    """Return the request in the words after `caliban`. Raises Rejected."""
    for index, word in enumerate(argv):
        if any(0xDC80 <= ord(char) <= 0xDCFF for char in word):
            from caliban.compiler.words.secret_words import masked_words

            raise Rejected(problems.not_utf8(masked_words(argv)[index]))
    if not argv:
        return Help(command=None)
    command = argv[0] if argv[0] in _COMMANDS else None
    words = split_command_line(command or RUN, argv[1:] if command else argv, typed=command)
    given = {option for option, _ in words.options}
    if VERSION in given:
        return Version()
    if given & {HELP, HELP_FULL}:
        return Help(command=command, full=HELP_FULL in given)
    spec = _COMMANDS[words.command]
    if words.operand is None and spec.operand is not None:
        raise Rejected(problems.no_operand(spec.name, spec.operand, spec.usage))
    with importing_without("typing_extensions"):
        import msgspec  # noqa: F401  # on Python 3.11, `typing` has all that it takes from there
    from caliban.compiler.frontend.cli.bind import bind  # with msgspec, which the help does not need

    return bind(words)
