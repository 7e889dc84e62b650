"""The build backends whose rules we know: a manifest in, the folders that its distribution has its modules in, out.

None where something else decides too: a hook, an extension, files from elsewhere, a name that several folders have.
Of setuptools 84, hatchling 1.33, flit_core 4.2 and uv_build 0.13. All paths are relative to the manifest's folder.
"""

import ast
import posixpath
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies.manifests.literals import literals, parsed
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.frontend.project.disk import Disk

Folders = tuple[str, ...]


class Backend(NamedTuple):
    """One that installs in place."""

    requires: frozenset[str]  # what a build with it needs, and nothing that could hook into it
    since: str | None  # the release that could do so first; None: all can
    folders: Callable[[Disk, Toml], Folders | None]
    version: Callable[[Disk, Toml], str | None]  # the one file that a dynamic version is read from


_MODULE = 1 << 20  # bytes of a module that are looked at
# Of setuptools: what says where modules are, and what says which other files a wheel takes from beside them.
_SETUPTOOLS = {
    *("packages", "package-dir"),
    *("package-data", "include-package-data", "exclude-package-data", "zip-safe"),
}
# Folders beside a package that setuptools takes for none (setuptools/discovery.py, FlatLayoutPackageFinder).
NO_PACKAGES = {
    *("ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog"),
    *("test", "tests", "unit_test", "unit_tests", "example", "examples", "scripts", "tools", "util", "utils"),
    *("python", "build", "dist", "venv", "env", "requirements", "tasks", "fabfile", "site_scons"),
    *("benchmark", "benchmarks", "exercise", "exercises", "htmlcov"),
}
# Modules at the root that it takes for none (FlatLayoutModuleFinder).
NO_MODULES = {
    *("setup", "conftest", "test", "tests", "example", "examples", "build", "toxfile", "noxfile", "pavement", "dodo"),
    *("tasks", "fabfile", "SConstruct", "conanfile", "manage", "benchmark", "benchmarks", "exercise", "exercises"),
}


def _setuptools(disk: Disk, manifest: Toml) -> Folders | None:
    table = manifest.table("tool", "setuptools")
    if not table.keys() - {"dynamic"} <= _SETUPTOOLS or any(
        disk.exists(_in(manifest, name)) for name in ("setup.py", "setup.cfg")
    ):
        return None
    packages, roots = table.get("packages"), table.get("package-dir", {})
    if isinstance(packages, list) and all(isinstance(name, str) for name in packages) and roots in ({}, {"": "src"}):
        return tuple(posixpath.join(roots.get("", ""), *name.split(".")) for name in packages)
    if isinstance(packages, dict) and packages.keys() == {"find"} and roots in ({}, {"": "src"}):
        return _found(disk, manifest, packages["find"])
    if packages is not None or roots != {}:
        return None
    if disk.exists(_in(manifest, "src")):
        loose = any(name.endswith(".py") for name in disk.names(_in(manifest, "src")))
        return None if loose else _all_in(disk, manifest, "src", ("*",))
    candidates = (name for name in _folders(disk, manifest, "") if name.isidentifier() and name not in NO_PACKAGES)
    flat = tuple(name for name in candidates if not name.startswith("_"))
    return flat if len(flat) == 1 else None


def _setuptools_version(disk: Disk, manifest: Toml) -> str | None:
    dynamic = manifest.table("tool", "setuptools", "dynamic")
    given = dynamic.get("version") if dynamic.keys() == {"version"} else None
    if not isinstance(given, dict) or len(given) != 1:
        return None
    ((how, where),) = given.items()
    if how == "file":
        return str(where) if isinstance(where, str) else None
    module, _, name = str(where).rpartition(".")
    stems = (posixpath.join(root, *module.split(".")) for root in ("src", "") if module)
    paths = (path for stem in stems for path in (f"{stem}/__init__.py", f"{stem}.py"))
    for path in paths:
        if _is_literal(disk.head(_in(manifest, path), _MODULE).decode("utf-8", "replace"), name):
            return path
    return None


def _is_literal(text: str, name: str) -> bool:
    """Return whether a variable is set once, to a string: then setuptools reads it, and else it imports the module."""
    module = parsed(text)
    value = None if module is None else literals(module).get(name)
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _found(disk: Disk, manifest: Toml, find: Any) -> Folders | None:
    """By `[tool.setuptools.packages.find]`, where patterns say which folders, or all are in one for modules alone."""
    if not isinstance(find, dict) or not find.keys() <= {"where", "include", "namespaces"}:
        return None
    where, include = find.get("where", ["."]), find.get("include", ["*"])
    plain = isinstance(include, list) and all(isinstance(each, str) and "." not in each for each in include)
    if where not in (["."], ["src"]) or not plain or (where == ["."] and "*" in include):
        return None
    return _all_in(disk, manifest, "src" if where == ["src"] else "", tuple(include))


def _all_in(disk: Disk, manifest: Toml, root: str, patterns: tuple[str, ...]) -> Folders | None:
    """All folders in one that match: setuptools takes each for a package."""
    names = [name for name in _folders(disk, manifest, root) if any(fnmatchcase(name, each) for each in patterns)]
    return tuple(posixpath.join(root, name) for name in names) or None


def _folders(disk: Disk, manifest: Toml, root: str) -> Iterator[str]:
    for name in disk.names(_in(manifest, root)):
        if "." not in name and name != "__pycache__" and disk.is_folder(_in(manifest, posixpath.join(root, name))):
            yield name


def _hatchling(disk: Disk, manifest: Toml) -> Folders | None:
    build, metadata = manifest.table("tool", "hatch", "build"), manifest.table("tool", "hatch", "metadata")
    wheel = manifest.table("tool", "hatch", "build", "targets", "wheel")
    if not build.keys() <= {"targets"} or not wheel.keys() <= {"packages"} or disk.exists(_in(manifest, "hatch.toml")):
        return None
    if not metadata.keys() <= {"allow-direct-references", "allow-ambiguous-features"}:
        return None
    if wheel:
        packages = manifest.strings(wheel, "packages", "tool.hatch.build.targets.wheel.packages")
        return tuple(posixpath.normpath(each) for each in packages) or None
    name = str(manifest.table("project").get("name"))
    written = (re.sub(r"[^\w.]+", "_", name), _module_name(name))
    return _named(disk, manifest, written, ("", "src"))


def _hatchling_version(_: Disk, manifest: Toml) -> str | None:
    table = manifest.table("tool", "hatch", "version")
    return str(table["path"]) if "path" in table and table.keys() <= {"path", "pattern"} else None


def _module_name(distribution: str) -> str:
    return normalized(distribution).replace("-", "_")


def _flit(disk: Disk, manifest: Toml) -> Folders | None:
    if not manifest.table("tool", "flit").keys() <= {"module", "sdist"} or "description" not in manifest.table(
        "project"
    ):
        return None
    name = manifest.table("tool", "flit", "module").get("name") or manifest.table("project").get("name")
    return _named(disk, manifest, (str(name).replace("-", "_"),), ("", "src"))


def _uv(disk: Disk, manifest: Toml) -> Folders | None:
    table = manifest.table("tool", "uv", "build-backend")
    if not table.keys() <= {"module-name", "module-root"}:
        return None
    if "license-files" in manifest.table("project"):  # which it leaves out of an editable install
        return None
    name = table.get("module-name") or _module_name(str(manifest.table("project").get("name")))
    return _named(disk, manifest, (str(name),), (str(table.get("module-root", "src")),))


def _no_version(_: Disk, __: Toml) -> None:
    """The version is read from the module that runs, or not at all."""


def _named(disk: Disk, manifest: Toml, names: tuple[str, ...], roots: tuple[str, ...]) -> Folders | None:
    """The first package of one of these names, if no single module has it."""
    if any(disk.exists(_in(manifest, posixpath.join(root, f"{name}.py"))) for name in names for root in roots):
        return None
    paths = (posixpath.normpath(posixpath.join(root, name)) for name in names for root in roots)
    return next(((path,) for path in paths if disk.is_file(_in(manifest, f"{path}/__init__.py"))), None)


def _in(manifest: Toml, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(manifest.path), path))


BACKENDS = {
    "setuptools.build_meta": Backend(frozenset({"setuptools", "wheel"}), "64", _setuptools, _setuptools_version),
    "hatchling.build": Backend(frozenset({"hatchling"}), None, _hatchling, _hatchling_version),
    "flit_core.buildapi": Backend(frozenset({"flit-core"}), "3.4", _flit, _no_version),
    "uv_build": Backend(frozenset({"uv-build"}), None, _uv, _no_version),
}
