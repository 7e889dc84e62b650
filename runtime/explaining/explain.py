"""`caliban explain`: the report on the terminal, the passes at work, or a page."""

import os
import posixpath
import sqlite3
import time
from collections.abc import Iterator, Mapping

from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.backends.report.page import Span, is_page, render_page
from caliban.backends.report.passes import render_pass
from caliban.backends.report.text import ReportOptions, Since, render_report
from caliban.backends.report.words import duration
from caliban.compiler.context.ignore import Ignore
from caliban.compiler.cost.cache_model import rebuilt_by
from caliban.compiler.cost.explanation import Scenario, scenarios
from caliban.compiler.cost.measured import Measured
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli import problems as command_line
from caliban.compiler.input.invocation import Explain
from caliban.compiler.input.project import Project
from caliban.compiler.ir.as_json import render_recipe
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.pipeline import PASSES, after_each_pass
from caliban.compiler.verify import secrets_of
from caliban.runtime import problems
from caliban.runtime.building.content import hash_files
from caliban.runtime.building.measured import last_measured
from caliban.runtime.building.records import Record, last_records
from caliban.runtime.say import print_text, say
from caliban.runtime.session import Session
from caliban.runtime.settings.asked import asked_indexes

_HEAD = 1000  # characters in which a page says what it is


def explain(invocation: Explain, plan: Plan, project: Project, naive: Plan, session: Session) -> int:
    """Prints what is asked for, or writes the page. Raises Rejected."""
    folder = session.known_folder
    record = next(iter(last_records(folder, session.root, plan.mode, 1)), None) if folder is not None else None
    since = _since(plan, project, session, record) if record is not None else None
    measured = _measured(plan, project, session)
    if invocation.html is not None:
        _write(invocation.html, page(invocation, plan, project, since, record, measured))
        return 0
    for line in lines(invocation, plan, project, naive, since, measured, style=os.isatty(1)):
        print_text(f"{line}\n")
    return 0


def lines(
    invocation: Explain,
    plan: Plan,
    project: Project,
    naive: Plan,
    since: Since | None,
    measured: Mapping[str, Measured],
    *,
    style: bool = False,
) -> Iterator[str]:
    """Return the lines to print. Raises Rejected if no such pass exists."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    if invocation.print_after is not None:
        return _passes(invocation.print_after, project, naive)
    options = _options(invocation, plan, plan.image, project, since)._replace(measured=measured)
    return render_report(plan, plan.image, options, style=style)


def page(
    invocation: Explain,
    plan: Plan,
    project: Project,
    since: Since | None,
    record: Record | None,
    measured: Mapping[str, Measured],
) -> str:
    """The page of `--html`."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    spans = [Span(*vertex) for vertex in (record.timeline if record is not None else ())]
    options = _options(invocation, plan, plan.image, project, since)._replace(measured=measured)
    return render_page(plan, plan.image, options, spans)


def _options(invocation: Explain, plan: Plan, recipe: Recipe, project: Project, since: Since | None) -> ReportOptions:
    ignore = Ignore(plan.ignore_patterns)
    paths = [posixpath.normpath(path) for path in invocation.changed]
    return ReportOptions(
        typed=invocation.build.directories,
        changed=scenarios(recipe, paths, ignore.excludes),
        left_out=(*project.left_out, *project.keys_left_out),
        since=since,
    )


def _write(path: str, text: str) -> None:
    """Writes the page; over an earlier page of ours, and over nothing else."""
    try:
        if os.path.lexists(path) and not _is_page(path):
            raise Rejected(problems.output_exists(path, "--html"))
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except OSError as error:
        raise Rejected(problems.output_unusable(path, error, "--html")) from None
    say(f"wrote {path}")


def _is_page(path: str) -> bool:
    with open(path, encoding="utf-8", errors="replace") as file:
        return is_page(file.read(_HEAD))


def _passes(asked: str, project: Project, naive: Plan) -> Iterator[str]:
    """Yield the changes of one pass, or of all, in the plan."""
    names = [each.__name__ for each in PASSES]
    name = asked.replace("-", "_")
    if name not in ("all", *names):
        raise Rejected(command_line.bad_choice("--print_after", asked, ("all", *names)))
    assert isinstance(naive.image, Recipe), "explain has no --image_id"
    before = ""
    for after, now in after_each_pass(naive.image, secrets=secrets_of(project.secrets, project.ignore_patterns)):
        text = render_recipe(now)
        if before and name in ("all", after):
            yield from render_pass(after, before, text)
        before = text


def _measured(plan: Plan, project: Project, session: Session) -> dict[str, Measured]:
    """Return the measured times and sizes of layers; empty if the index cannot be read."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    if session.known_index is None:
        return {}
    try:
        files = hash_files(session.known_index, session.root, project.files)
        return last_measured(plan.image, files, session.known_index)
    except (sqlite3.Error, OSError):
        return {}


def _since(plan: Plan, project: Project, session: Session, record: Record) -> Since | None:
    """Return the differences since the last build; None if nothing is remembered."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    if session.known_index is None:
        return None
    try:
        now = hash_files(session.known_index, session.root, project.files)
    except (sqlite3.Error, OSError):
        return None
    both = record.files.keys() & now.keys()
    changed = tuple(sorted(path for path in both if record.files[path] != now[path]))
    added, removed = (tuple(sorted(paths)) for paths in (now.keys() - both, record.files.keys() - both))
    touched = (*changed, *added, *removed)
    return Since(
        ago=ago(record),
        changed=changed,
        added=added,
        removed=removed,
        dockerfile=instructions(record.dockerfile) != instructions(render_dockerfile(plan.image)),
        indexes=asked_indexes(plan.image, project.requirements_files, session.installers, project.settings.torch_index)
        != record.indexes,
        scenario=Scenario(touched, rebuilt_by(plan.image, touched)),
    )


def ago(record: Record) -> str:
    """'3 min ago'; a clock that was set back makes nothing negative."""
    passed = time.time() - record.when
    return f"{duration(passed)} ago" if passed >= 1 else "just now"


def instructions(dockerfile: str) -> list[str]:
    """A Dockerfile without its comments, which build nothing."""
    return [line for line in dockerfile.splitlines() if not line.startswith("#")]
