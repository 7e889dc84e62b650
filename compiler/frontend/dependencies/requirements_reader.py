"""Goes through the statements of requirements files and collects what they declare, include and leave to others."""

import posixpath
from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected, closest
from caliban.compiler.frontend.dependencies.line_options import OTHER_OPTIONS, PATH_OPTIONS, unquoted
from caliban.compiler.frontend.dependencies.old_indexes import old_index
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.frontend.dependencies.requirement import name_in_target, normalized
from caliban.compiler.frontend.dependencies.statements import Line, Statement, statements
from caliban.compiler.frontend.dependencies.targets import ARCHIVES, Fetched, Local, Named, target_of
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.problems import dependencies as problems
from caliban.compiler.problems.files import not_text
from caliban.compiler.project import LineEdit, Requirement, RequirementsFile

MOST_INCLUDES = 200  # files; far below Python's recursion limit
LONGEST_QUOTE = 160  # characters of a line that a diagnostic shows
MOST_PROBLEMS = 20  # that are reported at once

_ROOT = "${PROJECT_ROOT}"  # uv puts its working directory in its place
_FOREIGN = ("hg+", "svn+", "bzr+", "git:")  # addresses that uv does not fetch


class RequirementsReader:
    """Goes through a file and, depth first, through what it includes; collects what they say."""

    def __init__(self, disk: Disk, root: str) -> None:
        self.problems: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []
        self._disk = disk
        self._root = root
        self._seen: set[tuple[str, bool]] = set()
        self._includes: dict[str, None] = {}  # in order, each once
        self._requirements: list[Requirement] = []
        self._edits: dict[LineEdit, None] = {}
        self._packages: dict[str, LocalPackage] = {}
        self._indexes: list[str] = []
        self._git: Place | None = None
        self._constraints: list[Requirement] = []
        self._lines: list[str] = []
        self._options: list[str] = []
        self._unread: Place | None = None

    def result(self) -> ReadRequirements:
        """All that was collected."""
        return ReadRequirements(
            file=RequirementsFile(
                path=self._root,
                includes=tuple(path for path in self._includes if path != self._root),
                requirements=tuple(self._requirements),
                edits=tuple(self._edits),
                indexes=tuple(self._indexes),
                git=self._git,
                constraints=tuple(self._constraints),
                options=tuple(self._options),
                unread=self._unread,
            ),
            local_packages=tuple(self._packages.values()),
            warnings=tuple(self.warnings),
        )

    def result_in_lines(self) -> ReadRequirements:
        """The same for an installer that is given lines instead of files: options as they came, requirements sorted."""
        read = self.result()
        listed = {path for path, only_constrains in self._seen if not only_constrains} | {self._root}
        mounted = {path for path, only_constrains in self._seen if only_constrains}
        lines = sorted(self._lines, key=lambda line: () if line.startswith("-") else (line.lower(), line))
        file = replace(
            read.file,
            lines=tuple(dict.fromkeys(lines)),
            listed=tuple(sorted(listed)),
            includes=tuple(path for path in read.file.includes if path not in listed - mounted),
            edits=tuple(edit for edit in read.file.edits if edit.path in mounted),
        )
        return replace(read, file=file)

    def read(self, path: str, text: str, *, only_constrains: bool) -> None:
        """All of a file."""
        self._seen.add((path, only_constrains))
        if "\0" in text:
            self.problems.append(not_text(path, text.count("\n", 0, text.index("\0")) + 1))
            return
        self.follow(path, statements(text), only_constrains=only_constrains)

    def follow(self, path: str, listed: Iterable[Statement], *, only_constrains: bool) -> None:
        """Statements, wherever in the file they stand."""
        for statement in listed:
            if len(self.problems) >= MOST_PROBLEMS:
                return
            place = Place(source=path, line=statement.line, text=statement.written[:LONGEST_QUOTE])
            try:
                line = self._follow(Line(statement, place, only_constrains))
            except Rejected as rejected:
                self.problems += rejected.diagnostics
                continue
            if line is not None and not only_constrains:
                self._lines.append(line)

    def _follow(self, line: Line) -> str | None:
        """What an installer is to read in its place, wherever that stands; None where a step of its own does it."""
        option, value = line.statement.option, line.statement.value
        if line.statement.continued:  # pip joins such lines, uv only those before a --hash
            self._edits[LineEdit(path=line.place.source, line=line.statement.line, action="join")] = None
        if option in PATH_OPTIONS and not value:
            raise Rejected(problems.option_without_value(line.place, option))
        match option:
            case None | "-e" | "--editable":
                return self._require(line)
            case "-r" | "--requirement":
                return self._include(line, value, only_constrains=line.only_constrains)
            case "-c" | "--constraint":
                return self._include(line, value, only_constrains=True)
            case "-f" | "--find-links":
                if "://" in value:
                    self._leave_unread(line)
                    self._indexes.append(f"{option} {value}")
                return self._find_links(line, value)
            case "-i" | "--index-url" | "--extra-index-url":
                self._ask_index(line, option, value)
            case _ if option not in OTHER_OPTIONS:
                known = (*PATH_OPTIONS, *OTHER_OPTIONS)
                raise Rejected(problems.unknown_line_option(line.place, option, closest(option, known)))
            case _:
                self._options.append(line.statement.text)
        return line.statement.text

    def _include(self, line: Line, value: str, *, only_constrains: bool) -> str | None:
        if "://" in value:
            self._leave_unread(line)
            return line.statement.text
        base = posixpath.dirname(line.place.source)
        path = path_in_project(self._disk, unquoted(value), base=base, place=line.place)
        if path is None:
            raise Rejected(problems.include_by_variable(line.place, value))
        if (path, only_constrains) in self._seen:
            return None
        if len(self._includes) == MOST_INCLUDES:
            raise Rejected(problems.too_many_includes(line.place, MOST_INCLUDES))
        text = self._disk.text(path)
        if text is None:
            raise Rejected(problems.no_include(line.place, path, resembling(self._disk, path)))
        self._includes[path] = None
        self.read(path, text, only_constrains=only_constrains)
        return f"{line.statement.option} {_ROOT}/{path}" if only_constrains else None  # its lines follow one by one

    def _find_links(self, line: Line, value: str) -> str:
        if "://" in value and not value.startswith("file:"):
            return line.statement.text
        base = posixpath.dirname(line.place.source)
        path = path_in_project(self._disk, unquoted(value), base=base, place=line.place)
        if path is None:
            return line.statement.text
        self._must_exist(line, path)
        self._includes[path] = None
        self._options.append(f"--find-links {path}")
        return f"{line.statement.option} {_ROOT}/{path}"

    def _leave_unread(self, line: Line) -> None:
        self._unread = self._unread or _bare(line.place)

    def _ask_index(self, line: Line, option: str, url: str) -> None:
        self._indexes.append(f"{option} {url}")
        old = old_index(url, line.place)
        if old is not None:
            (self.problems if old.severity == "error" else self.warnings).append(old)

    def _require(self, line: Line) -> str | None:
        text, options = line.statement.operand()
        for option in options:
            if not option.startswith("--hash"):
                raise Rejected(problems.unknown_line_option(line.place, option.partition("=")[0].split()[0], None))
        if options or "${" in text:  # hashes of its own, or what a variable of the build says
            self._leave_unread(line)
        target = target_of(text, editable=line.editable)
        match target:
            case Named():
                self._declare(line, target.name, text)
            case Fetched():
                self._fetch(line, target, text)
            case Local():
                return self._use_local(line, target, text)
            case None:
                raise Rejected(problems.not_a_requirement(line.place))
            case _ as never:
                assert_never(never)
        return text if line.editable else line.statement.text

    def _fetch(self, line: Line, target: Fetched, text: str) -> None:
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

    def _use_local(self, line: Line, target: Local, text: str) -> str | None:
        path = path_in_project(self._disk, target.path, base="", place=line.place)
        if path is None:  # a variable decides it
            self._declare(line, target.name, text)
            return line.statement.text
        self._must_exist(line, path)
        if self._disk.is_folder(path):
            self._install_folder(line, path, target.extras)
            return None
        if not path.endswith(ARCHIVES) or line.editable:
            raise Rejected(problems.not_a_requirement(line.place))
        self._includes[path] = None
        self._declare(line, target.name or name_in_target(path), text)
        return line.statement.text

    def _install_folder(self, line: Line, path: str, extras: tuple[str, ...]) -> None:
        manifests = (posixpath.join(path, name) for name in ("pyproject.toml", "setup.py"))
        if not any(self._disk.is_file(manifest) for manifest in manifests):
            raise Rejected(problems.not_a_package(line.place, path))
        first = self._packages.setdefault(path, LocalPackage(path=path, place=_bare(line.place)))
        both = dict.fromkeys((*first.extras, *map(normalized, extras)))
        self._packages[path] = replace(first, extras=tuple(both))
        start = line.statement.line
        for number in range(start, start + line.statement.lines):
            self._edits[LineEdit(path=line.place.source, line=number, action="delete")] = None

    def _declare(self, line: Line, name: str | None, text: str) -> None:
        if name is not None:
            declared = self._constraints if line.only_constrains else self._requirements
            declared.append(Requirement(name=normalized(name), text=text, place=_bare(line.place)))
        else:
            self._leave_unread(line)

    def _must_exist(self, line: Line, path: str) -> None:
        if not self._disk.is_file(path) and not self._disk.is_folder(path):
            raise Rejected(problems.no_local_file(line.place, path, resembling(self._disk, path)))


def _bare(place: Place) -> Place:
    """The place of a fact; only a diagnostic shows the line itself."""
    return Place(source=place.source, line=place.line)
