"""Build arguments in FROM: their defaults, since caliban gives none."""

import re
import shlex
from collections.abc import Mapping, Sequence

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dockerfile import problems
from caliban.compiler.frontend.dockerfile.instructions import Instruction

_VARIABLE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")
# The builder sets these: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
_OF_PLATFORM = re.compile(r"(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)")


def default_values(arguments: Sequence[Instruction]) -> dict[str, str]:
    """Those that have one; a default may name an earlier argument."""
    values: dict[str, str] = {}
    for each in arguments:
        try:
            words = shlex.split(each.value)
        except ValueError:
            words = each.value.split()
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                values[name] = _VARIABLE.sub(lambda match: values.get(_name(match), match["default"] or ""), value)
    return values


def expanded(word: str, values: Mapping[str, str], place: Place) -> str:
    """The word with its variables replaced; '' where the platform decides. Raises Rejected where one has no value."""
    names = [_name(match) for match in _VARIABLE.finditer(word)]
    if any(_OF_PLATFORM.fullmatch(name) for name in names):
        return ""

    def value(match: "re.Match[str]") -> str:
        found = values.get(_name(match)) or match["default"]
        if not found:
            raise Rejected(problems.no_value(place, _name(match)))
        return found

    return _VARIABLE.sub(value, word)


def _name(match: "re.Match[str]") -> str:
    return match["bare"] or match["name"]
