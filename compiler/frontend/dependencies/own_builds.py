"""Predicts the build of a package from its manifests: the files that it will miss."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from caliban.compiler.context.ignore import Ignore, locate, parse_ignore
from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies import build_problems as problems
from caliban.compiler.frontend.dependencies.manifests.build_backends import NO_MODULES, NO_PACKAGES
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import Package

# Backends that fail where a readme or license that the manifest names is missing (each tried); setuptools only warns.
_STRICT = (
    *("hatchling.build", "flit_core.buildapi", "uv_build", "pdm.backend", "scikit_build_core.build", "mesonpy"),
    *("poetry.core.masonry.api", "poetry_dynamic_versioning.backend", "maturin", "flit_scm:buildapi"),
)
_NAMED_MODULES = re.compile(r"(?m)^[^#\n]*\b(packages|py_modules|ext_modules|package_dir)\s*=")


def unreadable_files(disk: Disk, packages: Sequence[Package]) -> Iterator[Diagnostic]:
    """A problem for each file that a manifest names and its build will not find. Raises Rejected for bad manifests."""
    text = disk.text(".dockerignore") or ""
    ignore = Ignore(parse_ignore(text, ".dockerignore"))
    for package in packages:
        manifest = _manifest(disk, package) if package.installable else None
        if manifest is None or manifest.table("build-system").get("build-backend") not in _STRICT:
            continue
        for key, name in _named_files(manifest):
            path = posixpath.normpath(posixpath.join(package.path, name))
            pattern = ignore.excluded_by(path)
            if not disk.is_file(path):
                yield problems.no_build_file(_place(manifest, key, name), key, name)
            elif pattern is not None:
                place = locate(pattern, text, ".dockerignore") or Place(source=".dockerignore")
                exception = f"!{escape_pattern(path)}"
                yield problems.build_file_ignored(place, key, path, str(_place(manifest, key, name)), exception)


def discovers_modules(disk: Disk, package: Package) -> bool:
    """Return whether setuptools discovers the modules of a flat layout by itself, as far as its manifests tell."""
    manifest = _manifest(disk, package)
    system: Mapping[str, Any] = {} if manifest is None else manifest.table("build-system")
    if not str(system.get("build-backend", "setuptools")).startswith("setuptools"):
        return False
    table: Mapping[str, Any] = {} if manifest is None else manifest.table("tool", "setuptools")
    texts = [disk.text(posixpath.normpath(posixpath.join(package.path, name))) for name in ("setup.py", "setup.cfg")]
    named = table.keys() & {"packages", "py-modules", "package-dir", "ext-modules"} or any(
        _NAMED_MODULES.search(text or "") for text in texts
    )
    return not named and not disk.is_folder(posixpath.normpath(posixpath.join(package.path, "src")))


def has_nothing_to_package(disk: Disk, package: Package) -> bool:
    """Return whether poetry finds no module of the project's name to package (poetry-core 2, utils/module.py)."""
    manifest = _manifest(disk, package)
    if manifest is None or manifest.table("build-system").get("build-backend") != "poetry.core.masonry.api":
        return False
    poetry, name = manifest.table("tool", "poetry"), manifest.table("project").get("name")
    name = name or poetry.get("name")
    if poetry.keys() & {"packages", "include"} or not isinstance(name, str):
        return False
    names = {re.sub(r"[-.]+", "_", name), normalized(name).replace("-", "_")}
    stems = [posixpath.normpath(posixpath.join(package.path, root, each)) for each in names for root in ("", "src")]
    return not any(disk.is_folder(stem) or disk.is_file(f"{stem}.py") for stem in stems)


def found_by_setuptools(files: Iterable[str], folder: str) -> tuple[str, ...]:
    """The packages of a flat layout that setuptools' discovery finds, else its modules; it refuses more than one.

    `files` are all that the build sees (setuptools 84, discovery.py).
    """
    prefix = "" if folder == "." else f"{folder}/"
    inside = [path.removeprefix(prefix) for path in files if path.startswith(prefix)]
    tops = {path.partition("/")[0] for path in inside if "/" in path}
    packages = (name for name in tops if name.isidentifier() and name not in NO_PACKAGES and not name.startswith("_"))
    if found := tuple(sorted(packages)):
        return found
    stems = (path.removesuffix(".py") for path in inside if path.endswith(".py") and "/" not in path)
    return tuple(sorted(stem for stem in stems if stem not in NO_MODULES and not stem.startswith(("_", "."))))


def _manifest(disk: Disk, package: Package) -> Toml | None:
    return read_toml(disk, posixpath.normpath(posixpath.join(package.path, "pyproject.toml")))


def _named_files(manifest: Toml) -> Iterator[tuple[str, str]]:
    """Yield the files that the manifest names, with their keys: ('readme', 'README.md')."""
    if "project" in manifest.root:
        project = manifest.table("project")
        yield from (("readme", name) for name in _files(project.get("readme"), plain=True))
        yield from (("license", name) for name in _files(project.get("license"), plain=False))
        return
    readme = manifest.table("tool", "poetry").get("readme")
    for each in readme if isinstance(readme, list) else [readme]:
        yield from (("readme", name) for name in _files(each, plain=True))


def _files(value: Any, *, plain: bool) -> Iterable[str]:
    """The file of `"README.md"` or `{ file = "README.md" }`."""
    name = value.get("file") if isinstance(value, Mapping) else value if plain else None
    return (name,) if isinstance(name, str) else ()


def _place(manifest: Toml, key: str, name: str) -> Place:
    place = manifest.place(f"\n{key}", name)
    return place if place.line is not None else manifest.place(name)
