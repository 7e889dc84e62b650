"""The command line into what it asks for; says what is wrong with it in terms of what was typed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.command_line import take_apart
from caliban.compiler.frontend.options import COMMANDS, HELP, HELP_FULL, RUN, VERSION
from caliban.compiler.problems import command_line as problems
from caliban.compiler.questions import Help, Version
from caliban.compiler.quick_import import import_msgspec

if TYPE_CHECKING:
    from caliban.compiler.invocation import Invocation

_COMMANDS = {spec.name: spec for spec in COMMANDS}


def parse(argv: Sequence[str]) -> "Invocation | Help | Version":
    """What the words after `caliban` ask for. Raises Rejected."""
    for word in argv:
        if any(0xDC80 <= ord(char) <= 0xDCFF for char in word):
            raise Rejected(problems.not_utf8(word))
    command = argv[0] if argv and argv[0] in _COMMANDS else None
    words = take_apart(command or RUN, argv[1:] if command else argv, typed=command)
    given = {option for option, _ in words.options}
    if VERSION in given:
        return Version()
    if given & {HELP, HELP_FULL}:
        return Help(command=command, full=HELP_FULL in given)
    spec = _COMMANDS[words.command]
    if words.operand is None and spec.operand is not None:
        raise Rejected(problems.no_operand(spec.name, spec.operand, spec.usage))
    import_msgspec()
    from caliban.compiler.frontend.typed import invocation_of  # with msgspec, of which the help has no need

    return invocation_of(words)
