"""The commands that a distribution of the project installs: its manifests in, names and what they call out.

https://packaging.python.org/en/latest/specifications/entry-points; what only running setup.py tells is not known.
"""

import ast
import configparser
from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec import Struct

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.literals import literals, parsed
from caliban.compiler.frontend.dependencies.manifests.toml import line_of, read_toml
from caliban.compiler.frontend.project.disk import Disk


class ConsoleScript(Struct, frozen=True, kw_only=True):
    """One command."""

    name: str  # 'mytrain'
    module: str  # 'pkg.cli'
    place: Place  # where it is declared


def console_scripts(disk: Disk) -> Mapping[str, ConsoleScript]:
    """Those that the project's root declares, by name. A manifest that cannot be read declares none here."""
    found: dict[str, ConsoleScript] = {}
    for reader in (_of_pyproject, _of_setup_cfg, _of_setup_py):
        with suppress(Rejected):  # whoever needs the manifest says so
            for name, reference, place in reader(disk):
                module = reference.partition(":")[0].strip()
                if name and "/" not in name and name.isprintable() and module:
                    found.setdefault(name, ConsoleScript(name=name, module=module, place=place))
    return found


def _of_pyproject(disk: Disk) -> Iterator[tuple[str, str, Place]]:
    manifest = read_toml(disk, "pyproject.toml")
    if manifest is None:
        return
    for keys in (("project", "scripts"), ("tool", "poetry", "scripts")):
        for name, value in manifest.table(*keys).items():
            reference = value.get("reference") if isinstance(value, dict) and value.get("type") != "file" else value
            if isinstance(reference, str):
                header = f"{'.'.join(keys)}]"
                places = (manifest.place(header, f"{name}{equals}") for equals in (" =", "=", ""))
                yield name, reference, next((place for place in places if place.line), Place(source=manifest.path))


def _of_setup_cfg(disk: Disk) -> Iterator[tuple[str, str, Place]]:
    text = disk.text("setup.cfg")
    if text is None:
        return
    parser = configparser.RawConfigParser()
    with suppress(configparser.Error, AttributeError):
        parser.read_string(text)
        lines = parser.get("options.entry_points", "console_scripts", fallback="").splitlines()
        yield from _read_lines(lines, "setup.cfg", text)


def _of_setup_py(disk: Disk) -> Iterator[tuple[str, str, Place]]:
    text = disk.text("setup.py")
    module = parsed(text) if text is not None else None
    if text is None or module is None:
        return
    known = literals(module)
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "entry_points":
            value = known.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            with suppress(ValueError, TypeError, MemoryError, RecursionError):
                points = ast.literal_eval(value) if value is not None else {}
                if isinstance(points, str):
                    parser = configparser.RawConfigParser()
                    with suppress(configparser.Error):
                        parser.read_string(points)
                    points = {"console_scripts": [f"{name}={to}" for name, to in _items(parser, "console_scripts")]}
                lines = points.get("console_scripts", []) if isinstance(points, dict) else []
                yield from _read_lines(lines.splitlines() if isinstance(lines, str) else lines, "setup.py", text)


def _items(parser: configparser.RawConfigParser, section: str) -> list[tuple[str, str]]:
    return parser.items(section) if parser.has_section(section) else []


def _read_lines(lines: list[str], path: str, text: str) -> Iterator[tuple[str, str, Place]]:
    """Lines as `name = module:function`."""
    for line in lines:
        if isinstance(line, str):
            name, equals, reference = line.partition("=")
            if equals and not line.lstrip().startswith(("#", ";")):
                yield name.strip(), reference, Place(source=path, line=line_of(text, (name.strip(), reference.strip())))
