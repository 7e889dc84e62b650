"""Explains a failed run from the last words of its output, if they are certain: one hint, or none.

The words are those of the last line, in which a program says what ended it. What they name must be known to the project
or the plan, too: a file that the project has and the image has not, a mount that is read-only.
"""

import posixpath
import re
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.import_names import distributions, requirement_for
from caliban.compiler.frontend.project.absence import InContainer, absence
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.git_files import empty_submodules
from caliban.compiler.frontend.project.imports import has_code
from caliban.compiler.frontend.project.links import broken_links
from caliban.compiler.input.project import Package, Project
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import WORKDIR
from caliban.compiler.ir.job import BindMount
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.runtime.running import hint_problems as problems

LINES = 40  # of a stream of a failed run that count
_LONGEST = 4000  # characters of the last line, which may have no end

_NO_MODULE = (
    re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?(?:; .*)?$"),
    re.compile(r"python[\d.]*: No module named '?([\w.]+)'?$"),
    re.compile(r"Error while finding module specification .*No module named '([\w.]+)'\)$"),
)
_ERRNO = re.compile(
    r"No such file or directory: b?'(.+?)'|['\"\u2018](.+?)['\"\u2019]: No such file or directory$"
    r"|(\S+): No such file or directory$"
    r"|config directory '(.+?)' exists and readable$"  # Hydra
)
_NO_FILE = re.compile(r"no such file|does not exist|not found|can't open|cannot open|unable to open", re.IGNORECASE)
_ADDED = ("wandb: ", "Set the environment variable HYDRA_FULL_ERROR=1")
_NO_LIBRARY = re.compile(r"(lib[\w+.-]+?\.so(?:\.\w+)*): cannot open shared object file")
_READ_ONLY = re.compile(r"Read-only file system(?:: '.+')?$")
_SHM = re.compile(
    r"insufficient shared memory \(shm\)|out of shared memory\. Please try to raise your shared memory limit"
    r"|No space left on device: '/dev/shm/"
)
_OLD_DRIVER = re.compile(
    r"NVIDIA driver on your system is too old|CUDA driver version is insufficient for CUDA runtime version"
)
_NO_VALUE = re.compile(r"error: argument (\S+): expected (?:one|at least one|\d+) arguments?$")
_NEGATIVE = re.compile(r"-(?:\d|\.\d|inf\b|nan\b)")


class Ending(NamedTuple):
    """The end of a run."""

    code: int
    lines: Sequence[str]  # the last that it printed
    arguments: Sequence[str]  # of the script

    @property
    def last(self) -> str:
        """The last line that says something; what trackers of runs, and Hydra, add behind it does not."""
        said = (line.strip()[-_LONGEST:] for line in reversed(self.lines))
        return next((line for line in said if line and not line.startswith(_ADDED)), "")


def last_lines(stdout: str, stderr: str) -> list[str]:
    """The lines that tell how a run ended: where it has a terminal, both of its streams are one."""
    return (stderr if stderr.strip() else stdout).splitlines()[-LINES:]


def hint_after(ending: Ending, plan: Plan, project: Project, root: str) -> Diagnostic | None:
    """The hint; None where the words say nothing that can be known."""
    of_run: tuple[Callable[[Ending, Plan], Diagnostic | None], ...] = (_full_shm, _read_only, _old_driver, _negative)
    for read in of_run:
        if found := read(ending, plan):
            return found
    if not isinstance(plan.image, Recipe):  # nothing of the project is in it
        return None
    image = _Image(plan.image, plan.job.mounts, project, Disk(root), root)
    return image.no_module(ending.last) or image.no_library(ending.last) or image.no_file(ending.last)


def _full_shm(ending: Ending, _: Plan) -> Diagnostic | None:
    return problems.shared_memory_full() if any(map(_SHM.search, ending.lines)) else None


def _read_only(ending: Ending, plan: Plan) -> Diagnostic | None:
    if not _READ_ONLY.search(ending.last):
        return None
    lent = [mount for mount in plan.job.mounts if not mount.writable and not mount.secret]
    for path in (posixpath.normpath(posixpath.join(WORKDIR, word)) for word in _words(ending.last)):
        for mount in lent:
            if f"{path}/".startswith(f"{mount.target}/"):
                return problems.mounted_read_only(path, mount.source)
    return None


def _old_driver(ending: Ending, _: Plan) -> Diagnostic | None:
    return problems.driver_too_old() if _OLD_DRIVER.search(ending.last) else None


def _negative(ending: Ending, _: Plan) -> Diagnostic | None:
    found = _NO_VALUE.search(ending.last) if ending.code == 2 else None
    for option in found[1].split("/") if found else ():
        for word, value in zip(ending.arguments, ending.arguments[1:], strict=False):
            if word == option and _NEGATIVE.match(value):
                return problems.negative_value(option, value)
    return None


class _Image:
    """The content of an image, compared with the project."""

    def __init__(self, recipe: Recipe, mounts: Sequence[BindMount], project: Project, disk: Disk, root: str) -> None:
        self._recipe = recipe
        self._mounts = mounts
        self._project = project
        self._disk = disk
        self._root = root
        self._container = InContainer(
            folders=(project.entry.code.path, *(folder.path for folder in project.directories)),
            files=project.files,
            patterns=project.ignore_patterns,
            keys=project.keys_left_out,
        )

    def no_module(self, last: str) -> Diagnostic | None:
        """A module of the project that was not copied, or a package that nothing declares."""
        module = next((found[1] for pattern in _NO_MODULE if (found := pattern.search(last))), None)
        if module is None or module.partition(".")[0] in sys.stdlib_module_names:
            return None
        if path := self._path_of(module):
            why = absence(self._disk, path, self._container)
            return problems.module_not_copied(module, path, why) if why else None
        wanted = requirement_for(module)
        names = {wanted, *distributions(module)}
        if names & {name for package in self._project.packages for name in _named(package)}:
            return None
        for package in self._project.packages:
            for extra, requirements in (
                *package.optional,
                *((group.name, group.requirements) for group in package.groups),
            ):
                if names & {requirement.name for requirement in requirements}:
                    return problems.module_of_extra(module, extra)
        if names & self._installed():
            return None
        if not distributions(module) and (empty := next(empty_submodules(self._disk, self._container), None)):
            return problems.module_of_submodule(module, empty)
        return problems.module_not_declared(
            module, wanted, self._place_to_declare(), certain=bool(distributions(module))
        )

    def no_library(self, last: str) -> Diagnostic | None:
        """A library of the system for which there is a Debian package."""
        found = _NO_LIBRARY.search(last)
        package = table("shared_libraries")["libraries"].get(found[1]) if found else None
        if found is None or package is None:
            return None
        base = self._recipe.base.image if isinstance(self._recipe.base, BaseImage) else ""
        for release, renamed in table("shared_libraries")["renamed"].items():
            package = renamed.get(package, package) if release in base else package
        packages = sorted({*self._project.settings.apt_packages, package})
        return problems.no_library(found[1], packages, self._project.config.source)

    def no_file(self, last: str) -> Diagnostic | None:
        """A path that the project has and the container has not."""
        for word in _missing(last):
            here = word.removeprefix(f"{self._root}/")
            path = posixpath.normpath(word.removeprefix(f"{WORKDIR}/") if here == word else here)
            if path.startswith(("/", "../")) or path in (".", ".."):
                continue
            if link := self._broken_link(path):
                return link
            if not self._disk.exists(path):
                continue
            found = absence(self._disk, path, self._container)
            if found or here != word:
                return problems.file_not_copied(path, found, by_root=here != word)
        return None

    def _broken_link(self, path: str) -> Diagnostic | None:
        """Return the problem of a link, at the path or above it, that leads nowhere in the container."""
        parts = path.split("/")
        above = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
        links = {each: target for each in above if (target := self._disk.link_target(each)) is not None}
        mounted = [mount.target for mount in self._mounts]
        return next(broken_links(self._disk, links, self._container, self._root, mounted), None)

    def _path_of(self, module: str) -> str | None:
        """Return the file or folder of the project to which most of a module's name leads."""
        for base in (posixpath.dirname(self._project.entry.file), "", "src"):
            parts = module.split(".")
            if not has_code(self._disk, base, parts[0]):
                continue
            stems = [posixpath.join(base, *parts[:length]) for length in range(len(parts), 0, -1)]
            return next(path for stem in stems for path in (f"{stem}.py", stem) if self._disk.exists(path))
        return None

    def _installed(self) -> set[str]:
        """The names of what is declared or locked."""
        files = {requirement.name for file in self._project.requirements_files for requirement in file.requirements}
        return files.union(*(lock.packages for lock in self._project.locks))

    def _place_to_declare(self) -> str | None:
        """The file in which one more requirement is to be written; None where none is there yet."""
        if self._project.locks:
            return self._project.locks[0].path
        files = [file.path for file in self._project.requirements_files]
        return next(iter((*files, *(package.manifest for package in self._project.packages))), None)


def _named(package: Package) -> set[str]:
    """Return the requirements of an installed package, without those of its extras."""
    extras = (requirements for extra, requirements in package.optional if extra in package.selected)
    groups = (group.requirements for group in package.chosen_groups)
    asked = (*(package.requirements or ()), *(each for many in (*extras, *groups) for each in many))
    return {requirement.name for requirement in asked}


def _missing(line: str) -> list[str]:
    """Return the paths that a line reports as missing: any after the system's own words, else likely paths."""
    if found := _ERRNO.search(line):
        return [word for word in found.groups() if word]
    return [word for word in _words(line) if re.search(r"[/.]\w", word)] if _NO_FILE.search(line) else []


def _words(line: str) -> list[str]:
    """Return the words of a line that may be paths: quoted text, and each word without surrounding punctuation."""
    quoted = re.findall(r"'([^']+)'|\"([^\"]+)\"", line)
    bare = (word.strip("\"'`()[]{}<>:;,") for word in line.split())
    return [word for word in (*(one or other for one, other in quoted), *bare) if word and len(word) < _LONGEST]
