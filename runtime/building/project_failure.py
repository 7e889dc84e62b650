"""Explains a failed build of the project itself: its output in, one problem with cause, place and remedy out."""

import posixpath
import re
from collections.abc import Callable, Sequence
from itertools import takewhile

from caliban.compiler.context.ignore import Ignore, locate
from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.input.project import Package, Project
from caliban.runtime.building import project_problems as problems

_FRAME = re.compile(r'\s*File "(?:(?:/tmp/build|/usr/app)/([^"]+)|<string>)", line (\d+), in (\S+)')
_CALL = re.compile(r"Call to `([\w.]+)(?::[\w.]+)?\.\w+` failed")


def raised_by(log: Sequence[str]) -> str | None:
    """The exception that ended the build of a package: 'KeyError: 'MY_VAR''."""
    traces = [number for number, line in enumerate(log) if line.strip().startswith("Traceback (most recent call last)")]
    behind = (line.strip() for line in log[traces[-1] + 1 :]) if traces else iter(())
    return next((line for line in behind if re.match(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b", line)), None)


def project_failed(
    raised: str,
    log: Sequence[str],
    told: Sequence[str],
    step: str,
    project: Project,
    hint: Callable[[str], str | None],
) -> Diagnostic:
    """The exception is the cause, and not what uv (`told`) says of it; `hint` knows remedies for words of others."""
    package = _package(step, project)
    folder = package.path if package is not None else "."
    place = _place(log, folder, project)
    quotes = list(takewhile(lambda line: not line.startswith(("caliban: ", "hint: ", "[stderr]", "[stdout]")), told))
    if found := re.fullmatch(r"ModuleNotFoundError: No module named '([\w.]+)'", raised):
        return _module_missing(found[1].partition(".")[0], " ".join(told), place, quotes, folder, project)
    if found := re.fullmatch(r"FileNotFoundError: .*No such file or directory: '([^']+)'", raised):
        if "/" not in found[1] and any('/subprocess.py"' in line for line in log):
            return problems.program_missing(found[1], place, quotes)
        path = posixpath.normpath(posixpath.join(folder, re.sub(r"^/(tmp/build|usr/app)/", "", found[1])))
        return _file_missing(raised, path, place, quotes, project)
    if found := re.fullmatch(r"KeyError: '([A-Za-z_][A-Za-z0-9_]*)'", raised):
        return problems.variable_missing(raised, found[1], place, quotes)
    remedy = hint(f"{raised} {' '.join(told)}") or problems.without_it(_is_known(package))
    return problems.project_failed(raised, quotes, place, remedy)


def _package(step: str, project: Project) -> Package | None:
    """The distribution that a step builds, by the folder that it mounts or installs."""
    mounted = re.search(r"source=([^,\s]+),target=/tmp/project\b", step) or re.search(
        r"--editable /usr/app/?(\S*)", step
    )
    path = (mounted[1] or ".") if mounted is not None else "."
    return next((package for package in project.packages if package.path == path), None)


def _is_known(package: Package | None) -> bool:
    """Return whether the build may be skipped: the package is the project, and its dependencies are known."""
    return package is not None and package.path == "." and package.requirements is not None


def _place(log: Sequence[str], folder: str, project: Project) -> Place | None:
    """The last line of the project's own code that the traceback names; `<string>` is setup.py, but for uv's script."""
    frames = [match for line in log if (match := _FRAME.match(line))]
    known = {fact.path for fact in project.files}
    for number, frame in reversed(list(enumerate(frames))):
        is_script = frame[1] is None and frame[3] == "<module>" and any(each[1] is None for each in frames[:number])
        name = frame[1] or ("setup.py" if is_script else "")
        path = posixpath.normpath(posixpath.join(folder, name))
        if name and path in known:
            return Place(source=path, line=int(frame[2]))
    return None


def _module_missing(
    module: str, told: str, place: Place | None, quotes: Sequence[str], folder: str, project: Project
) -> Diagnostic:
    """A build sees what it requires itself: not what the project does and, but for setup.py, no module of its own."""
    manifest = posixpath.normpath(posixpath.join(folder, "pyproject.toml"))
    has_backend = "__legacy__" not in told  # what builds where no [build-system] names one
    call = _CALL.search(told)
    if call is not None and call[1].partition(".")[0] == module:
        return problems.no_backend(call[1], manifest, quotes)
    own = posixpath.normpath(posixpath.join(folder, module))
    if any(fact.path == f"{own}.py" or fact.path.startswith(f"{own}/") for fact in project.files):
        return problems.own_module_missing(module, place, manifest, quotes)
    return problems.build_requirement_missing(module, place, manifest, quotes, has_backend=has_backend)


def _file_missing(raised: str, path: str, place: Place | None, quotes: Sequence[str], project: Project) -> Diagnostic:
    pattern = Ignore(project.ignore_patterns).excluded_by(path)
    if pattern is None:
        return problems.file_missing(path, raised, place, quotes)
    return problems.file_ignored(path, pattern, locate(pattern, project.ignore_text, ".dockerignore"), place, quotes)
