"""Maps packages of conda: to a wheel of PyPI, a package of Debian, or neither."""

from fnmatch import fnmatchcase

from msgspec import Struct

from caliban.compiler.facts.data_files import table
from caliban.compiler.input.invocation import Mode


class Wheel(Struct, frozen=True, kw_only=True):
    """PyPI has it."""

    name: str  # 'torch'
    numbers: int  # of a whole version: 3 of '1.11.0', 4 of '4.5.5.64'


class LeftOut(Struct, frozen=True, kw_only=True):
    """Wheels, the base image or the installer bring what is needed of it."""


class Program(Struct, frozen=True, kw_only=True):
    """No wheel brings it, but a Debian package does."""

    debian: str  # 'ffmpeg'


class CondaOnly(Struct, frozen=True, kw_only=True):
    """Nobody else has it."""


def elsewhere(name: str, mode: Mode) -> Wheel | LeftOut | Program | CondaOnly:
    """Return the counterpart of a conda package; a name that the table lacks is assumed to be the same on PyPI."""
    known = table("conda")
    if name in known["wheels"]:
        wheel = known["wheels"][name]
        named = wheel if isinstance(wheel, str) else wheel[mode]
        return Wheel(name=named, numbers=4 if named in known["four_numbers"] else 3)
    if name in known["debian"]:
        return Program(debian=known["debian"][name])
    if any(fnmatchcase(name, pattern) for pattern in known["only"]):
        return CondaOnly()
    if name not in known["kept"] and any(fnmatchcase(name, pattern) for pattern in known["left"]):
        return LeftOut()
    return Wheel(name=name, numbers=3)
