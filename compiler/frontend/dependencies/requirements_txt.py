"""A requirements file and all that it includes, into a `RequirementsFile` and the local packages that it names.

Paths are read as uv 0.13.9 reads them (tried), which is what pip does too: `-r` and `-c` are relative to the file they
stand in, requirements (`./libs/foo`, `-e .`, `foo @ file:./foo.whl`) are relative to the working directory, which is
the project wherever the file lies. `--find-links` is relative to the file; uv, unlike pip, looks nowhere else.
`${PROJECT_ROOT}` is the working directory; any other `${NAME}` stays for the installer.
"""

import posixpath
from dataclasses import dataclass, replace
from typing import NamedTuple, assert_never

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected, closest
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.dependencies.requirement import name_in_target, normalized
from caliban.compiler.frontend.dependencies.statements import Statement, statements
from caliban.compiler.frontend.dependencies.targets import ARCHIVES, Fetched, Local, Named, target_of
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.problems import dependencies as problems
from caliban.compiler.problems.files import not_text
from caliban.compiler.project import LineEdit, Requirement, RequirementsFile

MOST_INCLUDES = 200  # files; far below Python's recursion limit
LONGEST_QUOTE = 160  # characters of a line that a diagnostic shows
MOST_PROBLEMS = 20  # that are reported at once

_PATH_OPTIONS = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-f", "--find-links")
# What else uv 0.13.9 takes in a requirements file; about those of the second line it only warns.
_OTHER_OPTIONS = (
    *("-i", "--index-url", "--extra-index-url", "--no-index", "--no-binary", "--only-binary", "--require-hashes"),
    *("--pre", "--prefer-binary", "--trusted-host", "--use-feature"),
)
_FOREIGN = ("hg+", "svn+", "bzr+", "git:")  # addresses that uv does not fetch


@dataclass(frozen=True, kw_only=True)
class LocalPackage:
    """A folder of the project that a requirements file asks to be installed."""

    path: str  # '.', 'libs/foo'
    extras: tuple[str, ...] = ()  # normalized; of all lines that name the folder
    place: Place  # of the first of these


@dataclass(frozen=True, kw_only=True)
class ReadRequirements:
    """What a requirements file says."""

    file: RequirementsFile
    local_packages: tuple[LocalPackage, ...] = ()  # each gets a step of its own; `file.edits` deletes their lines


def read_requirements(disk: Disk, path: str) -> ReadRequirements:
    """The requirements of a file and of what it includes; a marker behind a local package is taken to be true.

    Raises Rejected where the file is missing, else with the problems of all its lines.
    """
    root = path_in_project(disk, path, base="", place=None)
    text = None if root is None else disk.text(root)
    if root is None or text is None:
        raise Rejected(problems.no_requirements_file(path, resembling(disk, path)))
    reader = _Reader(disk, root)
    reader.read(root, text, only_constrains=False)
    if reader.problems:
        raise Rejected(*reader.problems[:MOST_PROBLEMS])
    return reader.result()


class _Line(NamedTuple):
    """A statement where it stands."""

    statement: Statement
    place: Place
    only_constrains: bool  # of a file that is included by `-c`: it declares nothing

    @property
    def editable(self) -> bool:
        return self.statement.option in ("-e", "--editable")


class _Reader:
    """Goes through a file and, depth first, through what it includes; collects what they say."""

    def __init__(self, disk: Disk, root: str) -> None:
        self.problems: list[Diagnostic] = []
        self._disk = disk
        self._root = root
        self._seen: set[tuple[str, bool]] = set()
        self._includes: dict[str, None] = {}  # in order, each once
        self._requirements: list[Requirement] = []
        self._edits: dict[LineEdit, None] = {}
        self._packages: dict[str, LocalPackage] = {}
        self._indexes: list[str] = []
        self._git: Place | None = None

    def result(self) -> ReadRequirements:
        return ReadRequirements(
            file=RequirementsFile(
                path=self._root,
                includes=tuple(path for path in self._includes if path != self._root),
                requirements=tuple(self._requirements),
                edits=tuple(self._edits),
                indexes=tuple(self._indexes),
                git=self._git,
            ),
            local_packages=tuple(self._packages.values()),
        )

    def read(self, path: str, text: str, *, only_constrains: bool) -> None:
        self._seen.add((path, only_constrains))
        if "\0" in text:
            self.problems.append(not_text(path, text.count("\n", 0, text.index("\0")) + 1))
            return
        for statement in statements(text):
            if len(self.problems) >= MOST_PROBLEMS:
                return
            place = Place(source=path, line=statement.line, text=statement.written[:LONGEST_QUOTE])
            try:
                self._follow(_Line(statement, place, only_constrains))
            except Rejected as rejected:
                self.problems += rejected.diagnostics

    def _follow(self, line: _Line) -> None:
        option, value = line.statement.option, line.statement.value
        if line.statement.continued:  # pip joins such lines, uv only those before a --hash
            self._edits[LineEdit(path=line.place.source, line=line.statement.line, action="join")] = None
        if option in _PATH_OPTIONS and not value:
            raise Rejected(problems.option_without_value(line.place, option))
        match option:
            case None | "-e" | "--editable":
                self._require(line)
            case "-r" | "--requirement":
                self._include(line, value, only_constrains=line.only_constrains)
            case "-c" | "--constraint":
                self._include(line, value, only_constrains=True)
            case "-f" | "--find-links":
                self._indexes += [f"{option} {value}"] if "://" in value else []
                self._find_links(line, value)
            case "-i" | "--index-url" | "--extra-index-url":
                self._indexes.append(f"{option} {value}")
            case _ if option not in _OTHER_OPTIONS:
                known = (*_PATH_OPTIONS, *_OTHER_OPTIONS)
                raise Rejected(problems.unknown_line_option(line.place, option, closest(option, known)))

    def _include(self, line: _Line, value: str, *, only_constrains: bool) -> None:
        if "://" in value:
            return
        base = posixpath.dirname(line.place.source)
        path = path_in_project(self._disk, _unquoted(value), base=base, place=line.place)
        if path is None:
            raise Rejected(problems.include_by_variable(line.place, value))
        if (path, only_constrains) in self._seen:
            return
        if len(self._includes) == MOST_INCLUDES:
            raise Rejected(problems.too_many_includes(line.place, MOST_INCLUDES))
        text = self._disk.text(path)
        if text is None:
            raise Rejected(problems.no_include(line.place, path, resembling(self._disk, path)))
        self._includes[path] = None
        self.read(path, text, only_constrains=only_constrains)

    def _find_links(self, line: _Line, value: str) -> None:
        if "://" in value and not value.startswith("file:"):
            return
        base = posixpath.dirname(line.place.source)
        path = path_in_project(self._disk, _unquoted(value), base=base, place=line.place)
        if path is not None:
            self._must_exist(line, path)
            self._includes[path] = None

    def _require(self, line: _Line) -> None:
        text, options = line.statement.operand()
        for option in options:
            if not option.startswith("--hash"):
                raise Rejected(problems.unknown_line_option(line.place, option.partition("=")[0].split()[0], None))
        target = target_of(text, editable=line.editable)
        match target:
            case Named():
                self._declare(line, target.name, text)
            case Fetched():
                self._fetch(line, target, text)
            case Local():
                self._use_local(line, target, text)
            case None:
                raise Rejected(problems.not_a_requirement(line.place))
            case _ as never:
                assert_never(never)

    def _fetch(self, line: _Line, target: Fetched, text: str) -> None:
        if target.url.startswith(_FOREIGN):
            raise Rejected(problems.unsupported_vcs(line.place, target.url.partition(":")[0]))
        if "://" not in target.url:
            raise Rejected(problems.scp_address(line.place, target.url))
        if target.url.startswith("git+"):
            self._git = self._git or _bare(line.place)
            if line.editable:
                edit = LineEdit(path=line.place.source, line=line.statement.line, action="not-editable")
                self._edits[edit] = None
        elif line.editable:
            raise Rejected(problems.not_editable(line.place))
        self._declare(line, target.name, text)

    def _use_local(self, line: _Line, target: Local, text: str) -> None:
        path = path_in_project(self._disk, target.path, base="", place=line.place)
        if path is None:  # a variable decides it
            self._declare(line, target.name, text)
            return
        self._must_exist(line, path)
        if self._disk.is_folder(path):
            self._install_folder(line, path, target.extras)
        elif path.endswith(ARCHIVES) and not line.editable:
            self._includes[path] = None
            self._declare(line, target.name or name_in_target(path), text)
        else:
            raise Rejected(problems.not_a_requirement(line.place))

    def _install_folder(self, line: _Line, path: str, extras: tuple[str, ...]) -> None:
        manifests = (posixpath.join(path, name) for name in ("pyproject.toml", "setup.py"))
        if not any(self._disk.is_file(manifest) for manifest in manifests):
            raise Rejected(problems.not_a_package(line.place, path))
        first = self._packages.setdefault(path, LocalPackage(path=path, place=_bare(line.place)))
        both = dict.fromkeys((*first.extras, *map(normalized, extras)))
        self._packages[path] = replace(first, extras=tuple(both))
        start = line.statement.line
        for number in range(start, start + line.statement.lines):
            self._edits[LineEdit(path=line.place.source, line=number, action="delete")] = None

    def _declare(self, line: _Line, name: str | None, text: str) -> None:
        if name is not None and not line.only_constrains:
            self._requirements.append(Requirement(name=normalized(name), text=text, place=_bare(line.place)))

    def _must_exist(self, line: _Line, path: str) -> None:
        if not self._disk.is_file(path) and not self._disk.is_folder(path):
            raise Rejected(problems.no_local_file(line.place, path, resembling(self._disk, path)))


def _bare(place: Place) -> Place:
    """The place of a fact; only a diagnostic shows the line itself."""
    return Place(source=place.source, line=place.line)


def _unquoted(value: str) -> str:
    r"""The path behind an option: uv takes quotes and backslashes off (`-r "my file.txt"`, `-r my\ file.txt`)."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.replace("\\ ", " ")
