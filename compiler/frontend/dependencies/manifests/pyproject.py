"""A pyproject.toml into the `Package` that it declares: by `[project]` (PEP 621), `[tool.poetry]` or groups alone."""

import posixpath
import re
from collections.abc import Iterator, Mapping

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.frontend.dependencies.manifests import problems
from caliban.compiler.frontend.dependencies.manifests.declared import Optional
from caliban.compiler.frontend.dependencies.manifests.git_version import fallback_version, takes_version_from_git
from caliban.compiler.frontend.dependencies.manifests.groups import read_groups
from caliban.compiler.frontend.dependencies.manifests.listed import files_of, listed_requirements
from caliban.compiler.frontend.dependencies.manifests.poetry import poetry_groups, poetry_requirements, specifier_of
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.dependencies.manifests.uv_sources import (
    decides_itself,
    folder_requirements,
    index_options,
    needs_git,
)
from caliban.compiler.frontend.dependencies.pythons import classified_pythons, python_fact
from caliban.compiler.frontend.dependencies.requirement import is_from_git, requirement
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import Group, Package, PythonFact, Requirement

_SETUP_CFG = r"(?m)^\[(metadata|options)\]"  # not the one that only configures flake8


def read_pyproject(disk: Disk, path: str = "pyproject.toml", *, locked: bool = False) -> Package | None:
    """The package; None where the file is missing, only configures tools, or leaves it all to setup.py or setup.cfg.

    Raises Rejected where the file or what it declares cannot be understood, or where requirements are folders of the
    project and no lock says how they are installed.
    """
    manifest = read_toml(disk, path)
    if manifest is None:
        return None
    if "project" in manifest.root:
        return _standard(disk, manifest, locked=locked)
    builds = "build-system" in manifest.root
    if manifest.table("tool", "poetry") and (builds or not _has_setup(disk, manifest)):
        return _poetry(disk, manifest, locked=locked)
    backend = manifest.table("build-system").get("build-backend", "setuptools")
    if builds and not (isinstance(backend, str) and backend.startswith(("setuptools", "pbr"))):
        return Package(path=_folder(manifest), manifest=path, extras=None)  # flit's, pdm's old tables
    if (groups := read_groups(manifest)) and not _has_setup(disk, manifest):
        return _only_groups(disk, manifest, groups, locked=locked)
    return None


def is_static(manifest: Toml) -> bool:
    """Return whether uv reads the dependencies from the file alone (tried with uv 0.13.9).

    It does without the readme and with a dynamic version, but builds where dependencies or extras are dynamic.
    """
    project = manifest.table("project")
    dynamic = manifest.strings(project, "dynamic", "project.dynamic")
    has_version = "version" in project or "version" in dynamic
    return "name" in project and has_version and not {"dependencies", "optional-dependencies"} & {*dynamic}


def _standard(disk: Disk, manifest: Toml, *, locked: bool) -> Package:
    project = manifest.table("project")
    dynamic = manifest.strings(project, "dynamic", "project.dynamic")
    name = project.get("name")
    if name is None and _is_packaged(manifest):
        raise Rejected(problems.no_name(manifest.place("[project]")))
    requirements = _requirements(disk, manifest)
    optional = _optional(manifest, normalized(str(name)))
    groups = read_groups(manifest)
    everything = _everything(requirements, optional, groups)
    return Package(
        path=_folder(manifest),
        manifest=manifest.path,
        extras=None if "optional-dependencies" in dynamic else tuple(extra for extra, _ in optional),
        requirements=requirements,
        optional=optional,
        groups=groups,
        folders=() if locked else tuple(folder_requirements(disk, manifest, everything)),
        python=_python(manifest),
        advice=_advice(manifest, "project"),
        indexes=index_options(manifest),
        installable=_is_packaged(manifest) and ("build-system" in manifest.root or _has_setup(disk, manifest)),
        static=is_static(manifest),
        git_version=takes_version_from_git(disk, _folder(manifest)),
        fallback_version=fallback_version(disk, _folder(manifest)),
        git=next((found.place for found in requirements or () if needs_git(manifest, found)), None),
        unread=manifest.place("[tool.uv") if decides_itself(manifest) else None,
    )


def _poetry(disk: Disk, manifest: Toml, *, locked: bool) -> Package:
    requirements, optional = poetry_requirements(manifest)
    groups = (*read_groups(manifest), *poetry_groups(manifest))
    everything = _everything(requirements, optional, groups)
    return Package(
        path=_folder(manifest),
        manifest=manifest.path,
        extras=tuple(extra for extra, _ in optional),
        requirements=requirements,
        optional=optional,
        groups=groups,
        folders=() if locked else tuple(folder_requirements(disk, manifest, everything)),
        python=_python(manifest),
        advice=_advice(manifest, "tool", "poetry"),
        installable=_is_packaged(manifest) and "build-system" in manifest.root,
        git_version=takes_version_from_git(disk, _folder(manifest)),
        fallback_version=fallback_version(disk, _folder(manifest)),
        git=next((found.place for found in requirements if is_from_git(found)), None),
    )


def _only_groups(disk: Disk, manifest: Toml, groups: tuple[Group, ...], *, locked: bool) -> Package:
    """A manifest that declares no package, but what may be installed for it."""
    return Package(
        path=_folder(manifest),
        manifest=manifest.path,
        extras=(),
        requirements=(),
        groups=groups,
        folders=() if locked else tuple(folder_requirements(disk, manifest, _everything((), (), groups))),
        indexes=index_options(manifest),
        installable=False,
    )


def _everything(
    requirements: tuple[Requirement, ...] | None, optional: Optional, groups: tuple[Group, ...]
) -> tuple[Requirement, ...]:
    """All that may be asked for."""
    added = (*(adds for _, adds in optional), *(group.requirements for group in groups))
    return (*(requirements or ()), *(found for adds in added for found in adds))


def _requirements(disk: Disk, manifest: Toml) -> tuple[Requirement, ...] | None:
    project = manifest.table("project")
    if "dependencies" in manifest.strings(project, "dynamic", "project.dynamic"):
        files = files_of(manifest, "dependencies")
        return listed_requirements(disk, _folder(manifest), files) if files else None
    texts = manifest.strings(project, "dependencies", "project.dependencies")
    return tuple(_each(manifest, texts, "project.dependencies"))


def _optional(manifest: Toml, name: str) -> Optional:
    """Return the requirements of each extra; `all = ["me[gpu,dev]"]` has those of `gpu` and `dev`."""
    table = manifest.table("project", "optional-dependencies")
    direct = {
        normalized(extra): tuple(_each(manifest, manifest.strings(table, extra, key), key))
        for extra in table
        for key in (f"project.optional-dependencies.{extra}",)
    }
    return tuple((extra, tuple(_unfolded(direct, extra, name))) for extra in direct)


def _unfolded(direct: Mapping[str, tuple[Requirement, ...]], extra: str, name: str) -> Iterator[Requirement]:
    queue = [extra]
    for current in queue:  # which grows
        for found in direct.get(current, ()):
            if found.name != name:
                yield found
                continue
            read = parse_requirement(found.text)
            named = map(normalized, read.extras if read is not None else ())
            queue += [other for other in named if other not in queue]


def _each(manifest: Toml, texts: tuple[str, ...], key: str) -> Iterator[Requirement]:
    wrong: list[Diagnostic] = []
    for text in texts:
        place = manifest.place_of_string(text)
        found = requirement(text, place)
        if found is None:
            wrong.append(problems.not_a_dependency(place, key, text))
        else:
            yield found
    if wrong:
        raise Rejected(*wrong)


def _python(manifest: Toml) -> PythonFact | None:
    text = manifest.table("project").get("requires-python")
    if text is None:
        place = manifest.place("[tool.poetry.dependencies]", "\npython", "python")
        constraint = manifest.table("tool", "poetry", "dependencies").get("python")
        specifier = specifier_of(constraint) if isinstance(constraint, str) else None
        return python_fact(specifier, place) if specifier else None
    place = manifest.place("requires-python")
    if not isinstance(text, str):
        raise Rejected(problems.wrong_type(place, "project.requires-python", "a string"))
    return python_fact(text, place)


def _advice(manifest: Toml, *table: str) -> PythonFact | None:
    """The Pythons that the package's classifiers name."""
    texts = manifest.strings(manifest.table(*table), "classifiers", ".".join((*table, "classifiers")))
    return classified_pythons(texts, manifest.place("classifiers")) if texts else None


def _is_packaged(manifest: Toml) -> bool:
    """Return whether no tool is told that this is an application without a package."""
    tool = manifest.table("tool", "uv").get("package"), manifest.table("tool", "poetry").get("package-mode")
    return False not in tool and manifest.table("tool", "pdm").get("distribution") is not False


def _has_setup(disk: Disk, manifest: Toml) -> bool:
    """Return whether setuptools would find its own files beside the manifest."""
    folder = _folder(manifest)
    config = disk.text(posixpath.join(folder, "setup.cfg"))
    return disk.is_file(posixpath.join(folder, "setup.py")) or (
        config is not None and bool(re.search(_SETUP_CFG, config))
    )


def _folder(manifest: Toml) -> str:
    return posixpath.dirname(manifest.path) or "."
