"""Reads a project's config as plain values with their places, checked against the schema."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.config import problems
from caliban.compiler.frontend.config.schema import Path, check
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.file_problems import too_large

if TYPE_CHECKING:
    from caliban.compiler.jsonc.tree import Document

FILE = ".calibanconfig.json"
LARGEST = 1 << 20  # characters; what is larger is no file of settings, and its check would take minutes


class ConfigText(Struct, frozen=True, kw_only=True):
    """A file of settings that was read."""

    source: str  # '.calibanconfig.json', 'pyproject.toml'
    values: Mapping[str, Any]
    document: "Document | Toml"

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Return the place of a value, or of its key; in TOML, whose reader reports no positions, its line."""
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
        check(config, "config.schema")
        return config
    return None


def json_settings(text: str, source: str) -> ConfigText:
    """The settings that a JSON text holds. Raises Rejected where it holds something else, or too much."""
    if len(text) > LARGEST:
        raise Rejected(too_large(source, LARGEST))
    from caliban.compiler.jsonc.text import read_json  # only who has such a file pays for its reader
    from caliban.compiler.jsonc.tree import plain

    document = read_json(text, source, code="bad-config")
    values = plain(document.root)
    if not isinstance(values, dict):
        raise Rejected(problems.unexpected(document.place_of_value(()), "", "an object"))
    return ConfigText(source=source, values=values, document=document)


def _json(disk: Disk) -> ConfigText | None:
    text = disk.text(FILE)
    return None if text is None else json_settings(text, FILE)


def _toml(disk: Disk) -> ConfigText | None:
    manifest = read_toml(disk, "pyproject.toml")
    if manifest is None or "caliban" not in manifest.table("tool"):
        return None
    return ConfigText(source=manifest.path, values=manifest.table("tool", "caliban"), document=manifest)
