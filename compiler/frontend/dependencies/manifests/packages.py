"""A folder of the project into the `Package` that it is, from its pyproject.toml, setup.py and setup.cfg together."""

import posixpath
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.pep508 import is_name, normalized
from caliban.compiler.frontend.dependencies.manifests import problems
from caliban.compiler.frontend.dependencies.manifests.declared import SetupMetadata, combined
from caliban.compiler.frontend.dependencies.manifests.git_version import fallback_version, takes_version_from_git
from caliban.compiler.frontend.dependencies.manifests.pyproject import read_pyproject
from caliban.compiler.frontend.dependencies.manifests.setup_cfg import read_setup_cfg
from caliban.compiler.frontend.dependencies.manifests.setup_py import read_setup_py
from caliban.compiler.frontend.dependencies.requirement import is_from_git
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.invocation import Mode
from caliban.compiler.input.project import Package, Requirement

__all__ = ["check_listed", "read_package", "select_extras", "takes_version_from_git"]


def read_package(disk: Disk, folder: str, *, locked: bool = False) -> Package | None:
    """The distribution in a folder ('.', 'libs/foo'), or None if it declares none.

    A `[project]` table rules alone, as it does for setuptools. `locked`: a lock says where requirements come from.
    Raises Rejected where a manifest cannot be understood.
    """
    declared = read_pyproject(disk, _in(folder, "pyproject.toml"), locked=locked)
    if declared is not None:
        return declared
    setup = read_setup_py(disk, _in(folder, "setup.py"))
    config = read_setup_cfg(disk, _in(folder, "setup.cfg"))
    if setup is None and config is None:
        return None
    both = combined(setup or SetupMetadata(), config or SetupMetadata())
    return Package(
        path=folder,
        manifest=_in(folder, "setup.cfg" if setup is None else "setup.py"),
        extras=None if both.optional is None else tuple(extra for extra, _ in both.optional),
        requirements=both.requirements,
        optional=both.optional or (),
        python=both.python,
        advice=both.advice,
        # uv and pip want one of these beside a setup.cfg (uv 0.13.9: "does not appear to be a Python project")
        installable=setup is not None or disk.is_file(_in(folder, "pyproject.toml")),
        git_version=takes_version_from_git(disk, folder),
        fallback_version=fallback_version(disk, folder),
        git=next((found.place for found in both.requirements or () if is_from_git(found)), None),
    )


def select_extras(package: Package, requested: Sequence[str], mode: Mode) -> Package:
    """The package with the extras that are asked for, with what they add among its requirements, and with the groups.

    A name is an extra's, else a group's. GPU mode adds both that are called `gpu`, CPU mode `cpu`, if declared. Where
    only a build can tell which extras are declared, those requested are taken as they are. Raises Rejected with all
    names that are none or are not declared.
    """
    check_names(requested)
    names = tuple(dict.fromkeys(map(normalized, requested)))
    grouped = {group.name for group in package.groups}
    extras = package.extras
    if extras is None:
        extras = tuple(name for name in names if name not in grouped)
    unknown = [name for name in names if name not in extras and name not in grouped]
    if unknown:
        known = (*extras, *(group.name for group in package.groups))
        raise Rejected(*(problems.unknown_extra(name, package.manifest, known) for name in unknown))
    selected = tuple(dict.fromkeys(name for name in (*names, mode) if name in extras))
    chosen = tuple(
        group for group in package.groups if group.name == mode or (group.name in names and group.name not in extras)
    )
    added = tuple(found for extra, adds in package.optional if extra in selected for found in adds)
    fetched = (*added, *(found for group in chosen for found in group.requirements))
    asked = {found.name for found in (*(package.requirements or ()), *fetched)}
    folders = tuple(folder for folder in package.folders if folder.name in asked)
    if missing := [folder.problem for folder in folders if folder.problem is not None]:
        raise Rejected(*missing)
    local = {folder.name for folder in folders}
    own = None if package.requirements is None else (*package.requirements, *added)
    return replace(
        package,
        selected=selected,
        chosen_groups=tuple(replace(group, requirements=_without(group.requirements, local)) for group in chosen),
        folders=folders,
        requirements=None if own is None else _without(own, local),
        git=package.git or next((found.place for found in fetched if is_from_git(found)), None),
    )


def check_listed(package: Package, *, others: bool = False) -> tuple[Diagnostic, ...]:
    """Warnings where the requirements themselves are installed, and caliban does not know all they say.

    A package that is built, and a lock, say them in their own way. Raises Rejected for a constraint that would be lost,
    and where no `others` are declared, so that nothing would be installed.
    """
    if package.locked_by is not None:
        return ()
    listed = [found for group in package.chosen_groups for found in group.requirements]
    listed += () if package.installable else package.requirements or ()
    if unwritten := [found for found in listed if found.unwritten]:
        raise Rejected(*(problems.unwritten_constraint(found.place, found.unwritten) for found in unwritten))
    if package.requirements is not None or package.installable:
        return ()
    unknown = problems.unknown_requirements(package.manifest, fatal=not others)
    if not others:
        raise Rejected(unknown)
    return (unknown,)


def _without(requirements: tuple[Requirement, ...], names: Collection[str]) -> tuple[Requirement, ...]:
    return tuple(found for found in requirements if found.name not in names)


def check_names(requested: Sequence[str]) -> None:
    """Raises Rejected with all that cannot be the name of an extra."""
    wrong = [name for name in requested if not is_name(name)]
    if wrong:
        raise Rejected(*(problems.bad_extra(name) for name in wrong))


def _in(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))
