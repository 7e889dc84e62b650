"""Packages that the entry imports and that nothing declares: what the project says it depends on in, warnings out.

Only where it can be known what is installed: nothing at all, or what a lock has. A base that the user names may hold
anything, and what requirements bring along is known once they are resolved.
"""

import posixpath
from collections.abc import Iterator, Sequence

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.import_names import distributions, is_missing, requirement_for
from caliban.compiler.frontend.project import import_problems as problems
from caliban.compiler.frontend.project.imports import Code, Foreign, foreign_imports
from caliban.compiler.input.project import FileFact, Package, RequirementsFile
from caliban.compiler.locks.lock import LocalFolder, LockedPackage, LockFile

# Of the Python images themselves, as far as nothing is installed.
_OF_IMAGES = ("pip", "setuptools", "pkg_resources", "wheel")


class DeclaredPackages(Struct, frozen=True, kw_only=True):
    """The dependencies that the project declares."""

    files: Sequence[RequirementsFile]
    packages: Sequence[Package]
    locks: Sequence[LockFile]

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing is declared that could bring a package."""
        asked = any(file.requirements or file.unread or file.includes or file.lines for file in self.files)
        return not (asked or self.locks or any(map(_may_bring, self.packages)))

    @property
    def lock(self) -> LockFile | None:
        """The lock that has all that is installed; None where other files may bring more."""
        if len(self.locks) != 1 or self.files:
            return None
        others = (package for package in self.packages if package.locked_by is None and package.requirements != ())
        return self.locks[0] if next(others, None) is None else None


def undeclared_imports(
    code: Code, copied: Sequence[str], declared: DeclaredPackages, files: Sequence[FileFact]
) -> Iterator[Diagnostic]:
    """A warning that names all packages which are surely absent from the image. `files` are those that are copied."""
    lock = declared.lock
    if lock is None and not declared.is_nothing:
        return
    found = foreign_imports(code, copied, tuple(_bases(declared)))
    foreign = [each for each in found if each.module not in _OF_IMAGES]
    if lock is not None:
        installed = [name for name, packages in lock.packages.items() if not all(map(_is_own, packages))]
        foreign = [each for each in foreign if is_missing(each.module, installed)]
    foreign = _not_of_project(foreign, files)
    if not foreign:
        return
    modules = [each.module for each in foreign]
    certain = {requirement_for(module): bool(distributions(module)) for module in modules}
    if lock is None:
        yield problems.nothing_declared(modules, certain, foreign[0].place)
    else:
        yield problems.not_locked(modules, tuple(certain), lock.path, lock.command, foreign[0].place)


def _is_own(package: LockedPackage) -> bool:
    """Return whether a package is a folder of the project."""
    return isinstance(package.source, LocalFolder)


def _may_bring(package: Package) -> bool:
    return package.requirements != () or bool(package.optional or package.groups or package.chosen_groups)


def _bases(declared: DeclaredPackages) -> Iterator[str]:
    """Yield the folders in which modules of the project's own distributions may lie."""
    for path in (".", *(package.path for package in declared.packages)):
        yield from (path, posixpath.normpath(f"{path}/src"), posixpath.normpath(f"{path}/lib"))


def _not_of_project(foreign: Sequence[Foreign], files: Sequence[FileFact]) -> list[Foreign]:
    """Without modules that nobody knows where the project has a file or folder of the name: code may make its path."""
    unknown = {each.module for each in foreign if not distributions(each.module)}
    if unknown:
        own = {part.removesuffix(".py") for fact in files for part in fact.path.split("/")}
        unknown &= own
    return [each for each in foreign if each.module not in unknown]
