"""Sources of requirements other than an index: `[tool.uv.sources]`, and paths of poetry."""

import posixpath
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.frontend.dependencies.manifests import problems
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.dependencies.requirement import is_from_git
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FolderRequirement, Requirement

_MOST_MEMBERS = 1000  # folders of a workspace that are looked at


def folder_requirements(disk: Disk, manifest: Toml, declared: Sequence[Requirement]) -> Iterator[FolderRequirement]:
    """Those of the requirements that are folders of the project.

    They cannot be left to an index: that may hold a stranger's package of such a name.
    """
    for found in declared:
        try:
            folder = _folder(disk, manifest, found)
        except Rejected as rejected:
            yield FolderRequirement(name=found.name, path=None, place=found.place, problem=rejected.diagnostics[0])
            continue
        if folder is not None:
            read = parse_requirement(found.text)
            extras = tuple(map(normalized, read.extras)) if read is not None else ()
            yield FolderRequirement(name=found.name, path=folder, extras=extras, place=found.place)


def index_options(manifest: Toml) -> tuple[str, ...]:
    """The indexes of `[[tool.uv.index]]`; one that is `explicit` only where a requirement always comes from it."""
    entries = manifest.table("tool", "uv").get("index")
    sources = [source for name in manifest.table("tool", "uv", "sources") for source in _sources_of(manifest, name)]
    always = {source.get("index") for source in sources if not {"extra", "group", "marker"} & {*source}}
    options: list[str] = []
    for entry in entries if isinstance(entries, list) else ():
        match entry:
            case {"url": str(), "explicit": True} if entry.get("name") not in always:
                pass
            case {"url": str(url), "default": True}:
                options.append(f"--default-index {url}")
            case {"url": str(url)}:
                options.append(f"--extra-index-url {url}")
    return tuple(options)


def _folder(disk: Disk, manifest: Toml, found: Requirement) -> str | None:
    """The folder that a requirement is; None where it is none. Raises Rejected where there is no such folder."""
    read = parse_requirement(found.text)
    if read is not None and read.url is not None:
        if read.url.startswith("file:"):  # relative or of one machine: no installer takes that from metadata
            raise Rejected(problems.file_address(found.place, found.name))
        return _named_folder(disk, manifest, found, read.url) if "://" not in read.url else None
    for source in _sources(manifest, found):
        if isinstance(path := source.get("path"), str):
            return _named_folder(disk, manifest, found, path)
        if source.get("workspace") is True:
            member = next(
                (path for path in _members(disk, _workspace(disk, manifest)) if _name(disk, path) == found.name), None
            )
            if member is None:
                raise Rejected(problems.no_member(found.place, found.name))
            return member
    return None


def _named_folder(disk: Disk, manifest: Toml, found: Requirement, written: str) -> str:
    path = path_in_project(disk, written, base=posixpath.dirname(manifest.path), place=found.place)
    if path is None or not disk.is_folder(path):
        similar = None if path is None else resembling(disk, path)
        raise Rejected(problems.not_a_local_folder(found.place, found.name, written, similar))
    return path


def needs_git(manifest: Toml, found: Requirement) -> bool:
    """Return whether git must fetch a requirement."""
    return is_from_git(found) or any("git" in source for source in _sources(manifest, found))


def decides_itself(manifest: Toml) -> bool:
    """Return whether `[tool.uv]` replaces requirements, or has them come from outside the project's folders."""
    settings = manifest.table("tool", "uv")
    if any(settings.get(key) for key in ("override-dependencies", "constraint-dependencies", "exclude-dependencies")):
        return True
    names = manifest.table("tool", "uv", "sources")
    return any(not {"path", "workspace"} & {*source} for name in names for source in _sources_of(manifest, name))


def _sources(manifest: Toml, found: Requirement) -> list[dict[str, object]]:
    names = (name for name in manifest.table("tool", "uv", "sources") if normalized(name) == found.name)
    return [source for name in names for source in _sources_of(manifest, name)]


def _sources_of(manifest: Toml, name: str) -> list[dict[str, object]]:
    value = manifest.table("tool", "uv", "sources")[name]
    return [source for source in (value if isinstance(value, list) else [value]) if isinstance(source, dict)]


def _workspace(disk: Disk, manifest: Toml) -> Toml:
    """The manifest that has the `[tool.uv.workspace]` of a member: it, or the nearest in a folder above."""
    folder, found = posixpath.dirname(manifest.path), manifest
    while folder and "workspace" not in found.table("tool", "uv"):
        folder = posixpath.dirname(folder)
        found = read_toml(disk, posixpath.join(folder, "pyproject.toml")) or found
    return found


def _members(disk: Disk, manifest: Toml) -> Iterator[str]:
    """The folders of `[tool.uv.workspace]`, whose patterns match folder by folder."""
    table = manifest.table("tool", "uv", "workspace")
    for pattern in manifest.strings(table, "members", "tool.uv.workspace.members"):
        folders = [posixpath.dirname(manifest.path) or "."]
        for part in posixpath.normpath(pattern).split("/"):
            inside = ((folder, name) for folder in folders for name in disk.names(folder) if fnmatchcase(name, part))
            paths = [posixpath.normpath(posixpath.join(folder, name)) for folder, name in inside]
            folders = [path for path in paths[:_MOST_MEMBERS] if disk.is_folder(path)]
        yield from folders


def _name(disk: Disk, folder: str) -> str | None:
    """The name of the distribution in a folder."""
    found = read_toml(disk, posixpath.join(folder, "pyproject.toml"))
    name = found.table("project").get("name") if found is not None else None
    return normalized(name) if isinstance(name, str) else None
