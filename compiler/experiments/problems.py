"""Problems of an experiment config that is valid JSON."""

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.jsonc.problems import quoted

CODE = "bad-experiment"
_VALUES = "a number, string, true/false or a list of these"


def expected_object(place: Place) -> Diagnostic:
    """A string, number, true, false or null where an experiment must stand."""
    return Diagnostic(
        code=CODE,
        message="expected an object, or a list of objects",
        place=place,
        hint='write the flags as an object: {"lr": [0.1, 0.2]}',
    )


def no_experiments(place: Place) -> Diagnostic:
    """An empty list of experiments."""
    return Diagnostic(
        code=CODE,
        message="this list has no experiments, so nothing would run",
        place=place,
        hint="remove it, or write {} for one run without flags",
    )


def no_values(place: Place, key: str) -> Diagnostic:
    """A key whose list of values is empty."""
    return Diagnostic(
        code=CODE,
        message=f"{quoted(key)} has no values, so nothing would run",
        place=place,
        hint=f"give it a value, or remove {quoted(key)}",
    )


def too_many_runs(place: Place, limit: int) -> Diagnostic:
    """More runs than can be counted, let alone run."""
    return Diagnostic(
        code=CODE, message=f"more than {limit:,} runs", place=place, hint="remove keys or values, or split the config"
    )


def empty_name(place: Place, key: str) -> Diagnostic:
    """A key, or a part of a compound key, that is empty."""
    hint = "write a name between every two commas" if key else "write the name of a flag"
    return Diagnostic(code=CODE, message=f"{quoted(key)} leaves a flag without a name", place=place, hint=hint)


def dashed_name(place: Place, name: str) -> Diagnostic:
    """A name that brings its own dashes."""
    bare = name.lstrip("-")
    hint = f"write {quoted(bare)}; the two dashes come by themselves" if bare else "write the name of a flag"
    return Diagnostic(code=CODE, message=f"the flag {quoted(name)} must not start with a dash", place=place, hint=hint)


def bad_name(place: Place, name: str, character: str) -> Diagnostic:
    """A name with a comma, a bracket, an equals sign, white space or a control character."""
    hint = None
    if character == "," and name.isprintable():
        hint = f'for flags that change together write "[{name}]"'
    elif character == "=":
        hint = f"write the name alone, {quoted(name.partition('=')[0])}, and its value behind the colon"
    return Diagnostic(
        code=CODE,
        message=f"the flag {quoted(name)} must not contain {quoted(character)}",
        place=place,
        hint=hint or "use letters, digits, _ - and . in the name of a flag",
    )


def name_repeated(place: Place, key: str, name: str) -> Diagnostic:
    """A compound key with one name twice."""
    return Diagnostic(
        code=CODE,
        message=f"{quoted(key)} names {quoted(name)} twice",
        place=place,
        hint="write it once, and one value for it",
    )


def flag_set_twice(place: Place, name: str, *, first_key: str, first: Place, key: str) -> Diagnostic:
    """One flag in two keys of an object: `a` and `[a,b]`."""
    return Diagnostic(
        code=CODE,
        message=f"the flag {quoted(name)} is set by {quoted(key)} and by {quoted(first_key)} at {first}",
        place=place,
        hint="set it by one key only",
    )


def null_value(place: Place, key: str) -> Diagnostic:
    """A value that is null."""
    return Diagnostic(
        code=CODE,
        message=f"null is not a value for {quoted(key)}",
        place=place,
        hint=f"write {_VALUES}; false passes no flag",
    )


def object_value(place: Place, key: str) -> Diagnostic:
    """A value that is an object."""
    return Diagnostic(
        code=CODE, message=f"an object is not a value for {quoted(key)}", place=place, hint=f"write {_VALUES}"
    )


def list_value(place: Place, key: str) -> Diagnostic:
    """A list where one value must stand."""
    return Diagnostic(
        code=CODE,
        message=f"a list is not one value for {quoted(key)}",
        place=place,
        hint='write its values side by side; for flags that change together use a key like "[a,b]"',
    )


def nul_value(place: Place, key: str) -> Diagnostic:
    """A string with a NUL, which no argument of a process can hold."""
    return Diagnostic(
        code=CODE,
        message=f"an argument cannot hold a NUL character, but a value of {quoted(key)} does",
        place=place,
        hint="remove \\u0000",
    )


def expected_row(place: Place, key: str, arity: int) -> Diagnostic:
    """No list where a compound key must have one value per flag."""
    return Diagnostic(
        code=CODE,
        message=f"expected a list with one value for each flag of {quoted(key)}",
        place=place,
        hint=f"write {_row(arity)}, or a list of such lists",
    )


def wrong_arity(place: Place, key: str, *, arity: int, found: int) -> Diagnostic:
    """A row of a compound key with too few or too many values."""
    return Diagnostic(
        code=CODE,
        message=f"{quoted(key)} takes {arity} {'value' if arity == 1 else 'values'}, but this list has {found}",
        place=place,
        hint=f"write {_row(arity)}, or a list of such lists",
    )


def _row(arity: int) -> str:
    return "[value]" if arity == 1 else "[value, value]" if arity == 2 else f"a list of {arity} values"
