"""The words of the examples that stand in docstrings of the compiler; pytest runs these where they stand.

A constructor is given what an example is about, and fills in the rest; `show` leaves out again what it would fill in.
A requirement is its text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import Any, get_args

import pytest

from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.demand import Demand, Pin, PythonNeed
from caliban.compiler.ir.effects import Changes
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Compiled, Resolution
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.python import FindPython
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages
from caliban.compiler.locks.lock import Artifact, Edge, LockedPackage, LockFile, LockIndex
from caliban.compiler.locks.resolved import Answer, Locking, ResolutionRequest, Resolved

# For fields without a default: those that few examples are about.
FILLED_IN: Mapping[type, Mapping[str, object]] = {
    Demand: {"mode": "cpu", "platform": "linux/amd64", "host_python": "3.11"},
    BaseNeed: {},
    BaseImage: {"platform": "linux/amd64", "image": "", "reason": "", "python": None},
    InstallSystemPackages: {"reason": ""},
    FindPython: {"reason": ""},
    CopyFolder: {"kind": "data", "size": 0, "files": 0},
    LockedPackage: {"line": None, "source": LockIndex(), "optional": {}},
    LockFile: {"manifest": None},
    ResolutionRequest: {"platform": "linux/amd64", "python": "3.11"},
    Resolved: {"asked": ResolutionRequest(platform="linux/amd64", python="3.11"), "answer": None, "base": ""},
    Locking: {"command": "caliban lock train.py"},
    Pin: {},
    LockedPin: {"hashes": (), "by": ()},
}
KINDS = (
    *get_args(Step),
    *FILLED_IN,
    *(Answer, Changes, Compiled, PythonNeed, Resolution, Artifact, Edge, HostWheel),
)

# The fields that hold requirements, and where these stand: each in a line of its own.
REQUIREMENTS: Mapping[tuple[type, str], tuple[type, str]] = {
    (Demand, "packages"): (Pin, "requirements.txt"),
    (Demand, "constraints"): (Pin, "constraints.txt"),
    (InstallPins, "pins"): (LockedPin, "uv.lock"),
    (Answer, "pins"): (LockedPin, "caliban.lock"),
}


@pytest.fixture(scope="session")
def doctest_namespace() -> dict[str, object]:
    """What an example may say, besides the names of its module."""
    return {kind.__name__: _constructor(kind) for kind in KINDS} | {"recipe": recipe, "show": show}


def recipe(*parts: Demand | BaseNeed | BaseImage | Step, **fields: Any) -> Recipe:
    """The recipe of these steps; a demand or a base may come first."""
    demand, *rest = parts if isinstance(parts[0], Demand) else (_constructor(Demand)(), *parts)
    own = BaseNeed() if isinstance(parts[0], Demand) else _constructor(BaseImage)()
    base, *steps = rest if rest and isinstance(rest[0], BaseNeed | BaseImage) else (own, *rest)
    return Recipe(demand=demand, base=base, steps=tuple(steps), **fields)


def show(shown: Recipe) -> None:
    """Prints the demand until a base is chosen, the base, the steps and the notes, a line each."""
    above = (*((shown.demand,) if isinstance(shown.base, BaseNeed) else ()), shown.base)
    lines = [line for line in map(_spelled, above) if not line.endswith("()")]
    lines += [*map(_spelled, shown.steps), *(f"note: {note}" for note in shown.notes)]
    print("\n".join(lines))


def _constructor(kind: type) -> Callable[..., Any]:
    def construct(*values: object, **fields: object) -> object:
        filled_in = FILLED_IN.get(kind, {})
        return kind(*values, **{**filled_in, **{name: _read(kind, name, value) for name, value in fields.items()}})

    return construct


def _read(kind: type, name: str, value: Any) -> object:
    if (kind, name) not in REQUIREMENTS:
        return value
    of, file = REQUIREMENTS[kind, name]
    return tuple(
        _constructor(of)(name=_name(each), text=each, source=f"{file}:{line}") if isinstance(each, str) else each
        for line, each in enumerate(value, start=1)
    )


def _name(text: str) -> str:
    return re.split(r"[^\w-]", text, maxsplit=1)[0]


def _spelled(value: object) -> str:
    """The call that makes it; of a tuple the parts."""
    if isinstance(value, tuple) and not isinstance(value, HostWheel):
        return f"({', '.join(map(_spelled, value))}{',' if len(value) == 1 else ''})"
    if not isinstance(value, KINDS) or isinstance(value, HostWheel):
        return repr(value)
    fields = list(_fields(value))
    if isinstance(value, Pin | LockedPin) and fields == [f"text={value.text!r}"]:
        return repr(value.text)
    return f"{type(value).__name__}({', '.join(fields)})"


def _fields(value: object) -> Iterator[str]:
    """Those that differ from what is filled in; of a requirement just what is installed."""
    filled_in = FILLED_IN.get(type(value), {})
    for name, field in signature(type(value)).parameters.items():
        hidden = isinstance(value, Pin | LockedPin) and name in ("name", "source", "by")
        if not hidden and getattr(value, name) != filled_in.get(name, field.default):
            yield f"{name}={_spelled(getattr(value, name))}"
