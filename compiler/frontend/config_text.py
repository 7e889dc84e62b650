"""Where a project keeps its config, as plain values and the places of them; checked against the schema."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caliban.compiler.data_files import table
from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.frontend.dependencies.toml import Toml, read_toml
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.problems import config as problems
from caliban.compiler.problems.files import too_large

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from caliban.compiler.frontend.json_tree import Document

FILE = ".calibanconfig.json"
LARGEST = 1 << 20  # characters; a config that is larger is none, and its check would take minutes
MOST_PROBLEMS = 20  # that are reported at once

Path = Sequence[str | int]  # ('apt_packages', 'cpu', 0)


@dataclass(frozen=True, kw_only=True)
class ConfigText:
    """A config that was read and has the form that the schema demands."""

    source: str  # '.calibanconfig.json', 'pyproject.toml'
    values: Mapping[str, Any]
    document: "Document | Toml"

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Where a value, or its key, is written; in TOML, where Python's reader tells no positions, its line."""
        if not isinstance(self.document, Toml):
            return self.document.place_of_key(path) if of_key else self.document.place_of_value(path)
        words = [step for step in path if isinstance(step, str)]
        value: Any = self.values
        for step in path:
            value = value[step]
        if isinstance(value, str) and not of_key:
            words.append(value)
        return self.document.place("tool.caliban", *words)


def read_config_text(disk: Disk) -> ConfigText | None:
    """The config, or None where the project has none.

    Raises Rejected where it cannot be read, is not as the schema says, or is there twice.
    """
    found = [config for config in (_json(disk), _toml(disk)) if config is not None]
    if len(found) > 1:
        raise Rejected(problems.two_configs(*(config.source for config in found)))
    for config in found:
        if wrong := sorted(_problems(config), key=_position):
            raise Rejected(*wrong[:MOST_PROBLEMS])
        return config
    return None


def _json(disk: Disk) -> ConfigText | None:
    text = disk.text(FILE)
    if text is None:
        return None
    if len(text) > LARGEST:
        raise Rejected(too_large(FILE, LARGEST))
    from caliban.compiler.frontend.json_text import read_json  # only who has a config pays for its reader
    from caliban.compiler.frontend.json_tree import plain

    document = read_json(text, FILE, code="bad-config")
    values = plain(document.root)
    if not isinstance(values, dict):
        raise Rejected(problems.unexpected(document.place_of_value(()), "", "an object"))
    return ConfigText(source=FILE, values=values, document=document)


def _toml(disk: Disk) -> ConfigText | None:
    manifest = read_toml(disk, "pyproject.toml")
    if manifest is None or "caliban" not in manifest.table("tool"):
        return None
    return ConfigText(source=manifest.path, values=manifest.table("tool", "caliban"), document=manifest)


def _problems(config: ConfigText) -> Iterator[Diagnostic]:
    from jsonschema import Draft202012Validator  # only a project with a config pays for it

    for error in Draft202012Validator(table("config.schema")).iter_errors(config.values):
        for leaf in _leaves(error):
            yield from _explained(config, leaf)


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


def _explained(config: ConfigText, error: "ValidationError") -> Iterator[Diagnostic]:
    path = tuple(error.absolute_path)
    rule: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if error.validator != "additionalProperties":
        name = ".".join(str(step) for step in path if isinstance(step, str))
        yield problems.unexpected(config.place(path), name, rule.get("title", error.message))
        return
    keys = rule["properties"]
    known = [key for key, meaning in keys.items() if not meaning.get("deprecated")]
    given: Any = error.instance
    for key in given:
        if key not in keys:
            yield problems.unknown_key(config.place((*path, key), of_key=True), key, known)
