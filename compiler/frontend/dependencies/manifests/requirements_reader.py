"""Goes through the statements of requirements files and collects what they declare, include and leave to others."""

import posixpath
import re
from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected, closest
from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.frontend.dependencies import problems as dependencies_problems
from caliban.compiler.frontend.dependencies.locks.targets import ARCHIVES, Fetched, Local, Named, target_of
from caliban.compiler.frontend.dependencies.manifests import requirement_problems as problems
from caliban.compiler.frontend.dependencies.manifests.line_options import (
    BINARY_OPTIONS,
    IGNORED_OPTIONS,
    OTHER_OPTIONS,
    PATH_OPTIONS,
    VALUE_OPTIONS,
    unquoted,
)
from caliban.compiler.frontend.dependencies.manifests.listings import is_exported, listing_of
from caliban.compiler.frontend.dependencies.manifests.old_indexes import old_index
from caliban.compiler.frontend.dependencies.manifests.statements import Line, Statement, statements
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.dependencies.pythons import python_fact
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.frontend.dependencies.requirement import name_in_target
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.file_problems import not_text
from caliban.compiler.input.project import LineEdit, PythonFact, Requirement, RequirementsFile

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
        self._unnamed = 0
        self._pythons: list[PythonFact] = []
        self._encodings: dict[str, str] = {}
        self._among_constraints: list[Place] = []  # options of files that only constrain

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
                unnamed=self._unnamed,
                encodings=tuple(self._encodings.items()),
            ),
            local_packages=tuple(self._packages.values()),
            python=_all_of(self._pythons),
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
            encodings=tuple(each for each in read.file.encodings if each[0] in mounted),
        )
        return replace(read, file=file)

    def unlisted_options(self) -> tuple[Diagnostic, ...]:
        """Problems of the options that count only where the installer is given lines instead of files."""
        return tuple(map(problems.option_among_constraints, self._among_constraints))

    def read(self, path: str, written: tuple[str, str], *, only_constrains: bool) -> None:
        """All of a file, which is its text and its encoding."""
        self._seen.add((path, only_constrains))
        text, encoding = written
        if "\0" in text:
            self.problems.append(not_text(path, text.count("\n", 0, text.index("\0")) + 1, text.encode()))
            return
        if encoding != "utf-8-sig":
            self._encodings[path] = encoding
        listed = tuple(statements(text))
        if (listing := listing_of(listed)) is not None:
            place = Place(source=path, line=listed[0].line, text=listed[0].written[:LONGEST_QUOTE])
            self.problems.append(problems.printed_list(place, listing, for_awk=encoding == "utf-8-sig"))
            return
        condas = [statement for statement in listed if is_exported(statement)]
        if len(condas) > 1:  # one may be a slip of the pen, and has its own remedy
            place = Place(source=path, line=condas[0].line, text=condas[0].written[:LONGEST_QUOTE])
            self.problems.append(problems.conda_lines_among_others(place, len(condas)))
            listed = tuple(statement for statement in listed if not is_exported(statement))
        self.follow(path, listed, only_constrains=only_constrains)

    def follow(self, path: str, listed: Iterable[Statement], *, only_constrains: bool) -> None:
        """Statements, wherever in the file they stand."""
        for statement in listed:
            if len(self.problems) >= MOST_PROBLEMS:
                return
            place = Place(source=path, line=statement.line, text=statement.written[:LONGEST_QUOTE])
            single = statement.single()
            if len(single) > 1:  # pip reads them all, uv the first alone
                self._edits[LineEdit(path=path, line=statement.line, action="split")] = None
            for each in single:
                line = Line(each, place, only_constrains)
                try:
                    text = self._follow(line)
                except Rejected as rejected:
                    self.problems += rejected.diagnostics
                    continue
                if text is not None and (not only_constrains or self._is_hoisted(line)):
                    self._lines.append(text)

    def _is_hoisted(self, line: Line) -> bool:
        """Return whether an option stands among constraints, where pip reads it and uv does not (0.13.9, tried)."""
        hoisted = line.statement.option in (*OTHER_OPTIONS, "-f", "--find-links")
        if hoisted:
            self._among_constraints.append(line.place)
        return hoisted

    def _follow(self, line: Line) -> str | None:
        """Return the line for the installer, wherever it stands; None if a step of its own handles it."""
        option, value = line.statement.option, line.statement.value
        if line.statement.continued:  # pip joins such lines, uv only those before a --hash
            self._edits[LineEdit(path=line.place.source, line=line.statement.line, action="join")] = None
        if option in VALUE_OPTIONS and not value:
            raise Rejected(problems.option_without_value(line.place, option))
        if option in VALUE_OPTIONS and _holds_option(line.statement):
            raise Rejected(problems.several_options(line.place))
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
            case _ if option in BINARY_OPTIONS and "," in value:
                raise Rejected(problems.several_names(line.place, option, value.split(",")))
            case _ if option in IGNORED_OPTIONS:
                self.warnings.append(problems.ignored_option(_bare(line.place), option))
                return None
            case _:
                self._options.append(line.statement.text)
        return line.statement.text

    def _include(self, line: Line, value: str, *, only_constrains: bool) -> str | None:
        if "://" in value and not value.startswith("file:"):
            self._leave_unread(line)
            self._unnamed += not only_constrains
            return line.statement.text
        base = posixpath.dirname(line.place.source)
        path = path_in_project(self._disk, unquoted(value), base=base, place=line.place)
        if path is None:
            raise Rejected(problems.include_by_variable(line.place, value))
        if (path, only_constrains) in self._seen:
            return None
        if len(self._includes) == MOST_INCLUDES:
            raise Rejected(problems.too_many_includes(line.place, MOST_INCLUDES))
        written = self._disk.encoded_text(path)
        if written is None:
            raise Rejected(problems.no_include(line.place, path, resembling(self._disk, path)))
        self._includes[path] = None
        self.read(path, written, only_constrains=only_constrains)
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
        target = target_of(text, editable=line.editable)
        for option in options:
            if not option.startswith("--hash"):
                name = target.name if target is not None else None
                raise Rejected(problems.option_behind(line.place, *_parts(option), text, name))
        if options or "${" in text:  # hashes of its own, or what a variable of the build says
            self._leave_unread(line)
        match target:
            case Named(name=name) if name.lower() == "python" and not line.only_constrains:
                self._choose_python(line, text)
                return None
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
        self._delete(line)

    def _choose_python(self, line: Line, text: str) -> None:
        """`python>=3.9`, a habit of conda's: no index has such a package, so it says which Python is wanted."""
        read = parse_requirement(text)
        assert read is not None, "it has a name"
        specifier = str(read.specifier)
        minor = re.fullmatch(r"==(\d+(?:\.\d+)?)", specifier)
        fact = python_fact(f"=={minor[1]}.*" if minor else specifier, line.place)
        self._pythons += [replace(fact, place=_bare(line.place))] if fact is not None else []
        self._delete(line)

    def _delete(self, line: Line) -> None:
        start = line.statement.line
        for number in range(start, start + line.statement.lines):
            self._edits[LineEdit(path=line.place.source, line=number, action="delete")] = None

    def _declare(self, line: Line, name: str | None, text: str) -> None:
        if name is not None:
            declared = self._constraints if line.only_constrains else self._requirements
            declared.append(Requirement(name=normalized(name), text=text, place=_bare(line.place)))
        else:
            self._leave_unread(line)
            self._unnamed += not line.only_constrains

    def _must_exist(self, line: Line, path: str) -> None:
        if not self._disk.is_file(path) and not self._disk.is_folder(path):
            raise Rejected(dependencies_problems.no_local_file(line.place, path, resembling(self._disk, path)))


def _holds_option(statement: Statement) -> bool:
    """Return whether the value continues with an option: in a line with quotes, which is not split."""
    return statement.option not in ("-e", "--editable") and len(statement.operand()[1]) > 0


def _parts(option: str) -> tuple[str, str]:
    """('--no-binary', ':all:') of '--no-binary=:all:'."""
    name, *value = re.split(r"[=\s]\s*", option, maxsplit=1)
    return name, value[0] if value else ""


def _all_of(facts: list[PythonFact]) -> PythonFact | None:
    """Combine all facts into one, at the place of the first."""
    return replace(facts[0], specifier=",".join(fact.specifier for fact in facts)) if facts else None


def _bare(place: Place) -> Place:
    """The place of a fact; only a diagnostic shows the line itself."""
    return Place(source=place.source, line=place.line)
