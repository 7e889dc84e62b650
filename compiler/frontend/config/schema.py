"""A file of settings against its JSON Schema: what is wrong in it, each with its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.config import problems

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST_PROBLEMS = 20  # that are reported at once

Path = Sequence[str | int]  # ('apt_packages', 'cpu', 0)


class PlacedValues(Protocol):
    """Values that were read from a file, and where each is written."""

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the file."""
        ...

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Return the place of a value, or of its key."""
        ...


def check(settings: PlacedValues, schema: str) -> None:
    """Raises Rejected where the settings are not as `data/SCHEMA.json` says; its titles say what is expected."""
    from jsonschema import Draft202012Validator  # only a project with settings pays for it

    errors = Draft202012Validator(table(schema)).iter_errors(settings.values)
    wrong = [problem for error in errors for leaf in _leaves(error) for problem in _explained(settings, leaf)]
    if wrong:
        raise Rejected(*sorted(wrong, key=_position)[:MOST_PROBLEMS])


def _position(problem: Diagnostic) -> tuple[int, int]:
    place = problem.place
    return (0, 0) if place is None else (place.line or 0, place.column or 0)


def _leaves(error: "ValidationError") -> "list[ValidationError]":
    """The errors that matter below one of `anyOf`: those in the branch that fits best, because they lie deepest."""
    deepest = max((len(inner.path) for inner in error.context), default=0)
    inner = [other for other in error.context if len(other.path) == deepest]
    unknown = [other for other in error.context if other.validator == "additionalProperties"]
    if deepest:
        return inner
    return unknown[:1] if unknown else [error]


def _explained(settings: PlacedValues, error: "ValidationError") -> Iterator[Diagnostic]:
    rule: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    of_key = "propertyNames" in error.schema_path
    path = (*error.absolute_path, str(error.instance)) if of_key else tuple(error.absolute_path)
    if error.validator != "additionalProperties":
        name = ".".join(str(step) for step in path if isinstance(step, str))
        yield problems.unexpected(settings.place(path, of_key=of_key), name, rule.get("title", error.message))
        return
    keys = rule["properties"]
    known = [key for key, meaning in keys.items() if not meaning.get("deprecated")]
    given: Any = error.instance
    for key in given:
        if key not in keys:
            yield problems.unknown_key(settings.place((*path, key), of_key=True), key, known)
