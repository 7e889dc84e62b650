"""Chooses the files of requirements: those that are named, else the root's, else the nearest to the entry."""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.dependencies.locks.found_locks import is_lock
from caliban.compiler.frontend.dependencies.paths import has_file, path_in_project, resembling
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.invocation import BuildOptions

CONDA_FILES = ("environment.yml", "environment.yaml", "conda.yaml", "conda.yml")

MANIFESTS = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
_OTHERS = r"(?i)(.*requirements.*\.(txt|in)|(env|environment|conda).*\.ya?ml|cog\.yaml)"


class RequirementSources(NamedTuple):
    """The content of the files of requirements, in the order of installation."""

    read: tuple[ReadRequirements, ...] = ()
    packages: tuple[LocalPackage, ...] = ()  # distributions whose manifest was named
    warnings: tuple[Diagnostic, ...] = ()


def named_sources(disk: Disk, options: BuildOptions, config: Config, settings: Settings) -> RequirementSources:
    """Read the files of `--requirements` or the config, each by its name. Raises Rejected."""
    source = "--requirements" if options.requirements else config.source or ""
    read: list[ReadRequirements] = []
    packages: list[LocalPackage] = []
    for written in dict.fromkeys(options.requirements or config.dependencies):
        place = Place(source=source)
        path = path_in_project(disk, written, base="", place=place)
        if path is not None and disk.is_folder(path):
            raise Rejected(problems.folder_of_requirements(path, place, _first_file(disk, path)))
        if path is None or not disk.is_file(path):
            raise Rejected(problems.no_requirements_file(written, resembling(disk, written), place))
        if is_lock(path):  # the lock of a manifest, which is read with it
            continue
        if posixpath.basename(path) in MANIFESTS:
            packages.append(LocalPackage(path=posixpath.dirname(path) or ".", place=Place(source=path)))
        else:
            read.append(_read(disk, path, config, settings))
    return RequirementSources(tuple(read), tuple(packages))


def found_sources(disk: Disk, config: Config, settings: Settings) -> RequirementSources:
    """Read the root's files: conda's environment, requirements.txt with that of the mode, a Pipfile without a lock."""
    paths = [path for path in CONDA_FILES if has_file(disk, path)]
    conda = next((read for path in paths if (read := _conda(disk, path, config, settings)) is not None), None)
    unread = paths[paths.index(conda.file.path) + 1 :] if conda is not None else []
    of_mode = (f"requirements{dash}{settings.mode}.txt" for dash in "-_")
    files = [
        _requirements(disk, path, config, settings) for path in ("requirements.txt", *of_mode) if has_file(disk, path)
    ]
    if has_file(disk, "Pipfile") and not has_file(disk, "Pipfile.lock"):
        files.append(_read(disk, "Pipfile", config, settings))
    return RequirementSources(
        read=(*((conda,) if conda is not None else ()), *files),
        warnings=(problems.one_environment(conda.file.path, unread),) if conda is not None and unread else (),
    )


def nearest_sources(disk: Disk, entry: str, config: Config, settings: Settings) -> RequirementSources:
    """Read the requirements.txt nearest to the entry, if the root declares nothing; else warn of existing files.

    Raises Rejected.
    """
    folder = posixpath.dirname(entry)
    while folder:
        path = posixpath.join(folder, "requirements.txt")
        if has_file(disk, path):
            read = _requirements(disk, path, config, settings)
            remark = f"the nearest to {entry}; the root declares nothing"
            return RequirementSources((replace(read, file=replace(read.file, remark=remark)),))
        if (manifest := _manifest(disk, folder)) is not None:
            return RequirementSources(warnings=(problems.nested_project(folder, manifest),))
        folder = posixpath.dirname(folder)
    others = tuple(_others(disk))
    return RequirementSources(warnings=(problems.unused(others),) if others else ())


def _read(disk: Disk, path: str, config: Config, settings: Settings) -> ReadRequirements:
    if posixpath.basename(path) == "Pipfile":
        from caliban.compiler.frontend.dependencies.manifests.pipfile import read_pipfile

        return read_pipfile(disk, path)
    if not path.endswith((".yml", ".yaml")):
        return _requirements(disk, path, config, settings)
    read = _conda(disk, path, config, settings)
    if read is None:
        raise Rejected(problems.no_environment(path))
    return read


def _requirements(disk: Disk, path: str, config: Config, settings: Settings) -> ReadRequirements:
    from caliban.compiler.frontend.dependencies.manifests.requirements_txt import conda_list, read_requirements

    listed = conda_list(disk, path)
    if not listed:
        return read_requirements(disk, path)
    from caliban.compiler.frontend.dependencies.manifests.conda import read_conda_list

    return read_conda_list(disk, path, listed, config, settings)


def _conda(disk: Disk, path: str, config: Config, settings: Settings) -> ReadRequirements | None:
    from caliban.compiler.frontend.dependencies.manifests.conda import (
        read_conda,  # with YAML: 20 ms that few projects need
    )

    return read_conda(disk, path, config, settings)


def _first_file(disk: Disk, folder: str) -> str | None:
    """The file in a folder that was most likely meant: 'reqs/base.txt'."""
    names = [name for name in disk.names(folder) if name.endswith((".txt", ".in", ".yml", ".yaml", ".toml"))]
    return posixpath.join(folder, min(names, key=lambda name: ("requirements" not in name, name))) if names else None


def _manifest(disk: Disk, folder: str) -> str | None:
    """Return the manifest of a folder that is a distribution of its own; a pyproject.toml may only configure tools."""
    for name, declares in (("pyproject.toml", r"(?m)^\[(project|tool\.poetry)\]"), ("setup.py", "")):
        path = posixpath.join(folder, name)
        if disk.is_file(path) and re.search(declares, disk.text(path) or ""):
            return path
    return None


def _others(disk: Disk) -> Iterator[str]:
    """Files at the root and in `requirements/` whose names promise dependencies."""
    yield from (name for name in disk.names(".") if re.fullmatch(_OTHERS, name) and disk.is_file(name))
    yield from (f"requirements/{name}" for name in disk.names("requirements") if name.endswith((".txt", ".in")))
