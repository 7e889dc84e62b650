"""Decides whether a package may be installed in place (PEP 660), so that an edit of its code builds nothing.

It may where that gives what its wheel would: by a build backend whose rules we know, from metadata that stand in the
manifest and in files that it names, with modules that the run copies anyway. Then no module decides about anything
but itself. Everything else is built from the whole folder.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec.structs import replace

from caliban.compiler.context.ignore import Ignore, parse_ignore
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.pep508 import exclude_each_other, normalized, parse_requirement, read_specifier
from caliban.compiler.frontend.dependencies.manifests.build_backends import BACKENDS, Backend
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.dependencies.paths import is_mountable
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import EditableInstall, Package

# What backends take beside the manifest unless it says otherwise (PEP 639 leaves that to them); one more does no harm.
_LICENSES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")


def with_editable_install(disk: Disk, package: Package, copied: Sequence[str]) -> Package:
    """The package with what an editable install of it reads, where its modules are in the folders that are copied.

    Never Rejected: what is odd in a manifest, its backend reports, and the project still runs.
    """
    try:
        return replace(package, editable=_editable_install(disk, package, copied))
    except Rejected:
        return package


def _editable_install(disk: Disk, package: Package, copied: Sequence[str]) -> EditableInstall | None:
    manifest = read_toml(disk, package.manifest) if package.installable and package.manifest.endswith(".toml") else None
    backend = None if manifest is None else _backend(manifest)
    if manifest is None or backend is None:
        return None
    folders, files = backend.folders(disk, manifest), _files(disk, manifest, backend)
    if folders is None or files is None or not {"", "."}.isdisjoint(folders):
        return None
    modules = tuple(_in(manifest, folder) for folder in folders)
    ignore = Ignore(parse_ignore(disk.text(".dockerignore") or "", ".dockerignore"))
    there = all(_is_package(disk, folder) and _is_in(folder, copied) for folder in modules)
    if not there or any(ignore.excludes(path) or not is_mountable(path) for path in (*files, *modules)):
        return None
    name = normalized(str(manifest.table("project")["name"]))
    return EditableInstall(name=name, files=files, modules=modules)


def _backend(manifest: Toml) -> Backend | None:
    """The build backend, where nothing but its own rules counts."""
    system = manifest.table("build-system")
    backend = BACKENDS.get(str(system.get("build-backend")))
    if backend is None or "backend-path" in system:
        return None
    return backend if _is_alone(backend, manifest.strings(system, "requires", "build-system.requires")) else None


def _is_alone(backend: Backend, requires: Iterable[str]) -> bool:
    """Return whether a build needs only the backend, in a release that installs in place."""
    for text in requires:
        read = parse_requirement(text)
        if read is None or read.url is not None or normalized(read.name) not in backend.requires:
            return False
        limited = backend.since is not None and normalized(read.name) != "wheel"
        if limited and exclude_each_other((read.specifier, read_specifier(f">={backend.since}"))):
            return False
    return True


def _files(disk: Disk, manifest: Toml, backend: Backend) -> tuple[str, ...] | None:
    """Return the files that decide the metadata; None if that is uncertain."""
    project = manifest.table("project")
    dynamic = manifest.strings(project, "dynamic", "project.dynamic")
    version = backend.version(disk, manifest) if dynamic == ("version",) else None
    if version is None and (dynamic or "version" not in project):
        return None
    named = [
        *([version] if version else []),
        *_named(project.get("readme")),
        *_named(project.get("license"), plain=False),
    ]
    beside = disk.names(posixpath.dirname(manifest.path) or ".")
    licenses = manifest.strings(project, "license-files", "project.license-files") or _LICENSES
    if any("/" in pattern for pattern in licenses):
        return None
    named += [name for name in beside if any(fnmatchcase(name, pattern) for pattern in licenses)]
    paths = tuple(dict.fromkeys((manifest.path, *(_in(manifest, name) for name in named))))
    return paths if all(disk.is_file(path) and disk.inside(path) == path for path in paths) else None


def _named(value: Any, *, plain: bool = True) -> Iterator[str]:
    """The file that a readme or a license is in: `"README.md"`, `{file = "README.md"}`."""
    if isinstance(value, Mapping):
        value = value.get("file")
    elif not plain:  # `license = "MIT"`
        return
    if isinstance(value, str):
        yield value


def _is_package(disk: Disk, folder: str) -> bool:
    """Return whether a folder is a package and no link: a copy of a link is a link."""
    return disk.inside(folder) == folder and disk.is_file(f"{folder}/__init__.py")


def _is_in(folder: str, copied: Iterable[str]) -> bool:
    return any(each in (".", folder) or folder.startswith(f"{each}/") for each in copied)


def _in(manifest: Toml, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(manifest.path), path))
