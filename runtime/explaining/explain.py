"""`caliban explain`: the report on the terminal, the passes at work, or a page."""

import os
import posixpath
import sqlite3
import sys
import time
from collections.abc import Iterator

from caliban.backends.docker.dockerfile import spell_dockerfile
from caliban.backends.report.page import Span, spell_page
from caliban.backends.report.passes import spell_pass
from caliban.backends.report.text import Asked, Since, spell_report
from caliban.backends.report.words import duration
from caliban.compiler.as_json import spell_recipe
from caliban.compiler.cache_model import rebuilt_by
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.explanation import Scenario, scenarios
from caliban.compiler.frontend.ignore import Ignore
from caliban.compiler.host import Host
from caliban.compiler.invocation import Explain
from caliban.compiler.lower import lower
from caliban.compiler.pipeline import PASSES, after_each_pass
from caliban.compiler.plan import Plan, Recipe
from caliban.compiler.problems import command_line
from caliban.compiler.project import Project
from caliban.compiler.verify import secrets_of
from caliban.runtime.building.content import look
from caliban.runtime.building.records import Record, last_records
from caliban.runtime.lending.asked import asked_indexes
from caliban.runtime.problems import run as problems
from caliban.runtime.say import say
from caliban.runtime.state.folder import existing_folder
from caliban.runtime.state.index import State


def explain(invocation: Explain, plan: Plan, project: Project, host: Host) -> int:
    """Prints what is asked for, or writes the page. Raises Rejected."""
    folder = existing_folder(os.environ)
    record = next(iter(last_records(folder, host.root, plan.mode, 1)), None) if folder is not None else None
    since = _since(plan, project, host.root, folder, record) if folder is not None and record is not None else None
    if invocation.html is not None:
        _write(invocation.html, page(invocation, plan, project, since, record))
        return 0
    for line in lines(invocation, plan, project, host, since, style=sys.stdout.isatty()):
        sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
    return 0


def lines(
    invocation: Explain, plan: Plan, project: Project, host: Host, since: Since | None, *, style: bool = False
) -> Iterator[str]:
    """What is printed. Raises Rejected where there is no such pass."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    if invocation.print_after is not None:
        return _passes(invocation, invocation.print_after, project, host)
    return spell_report(plan, plan.image, _asked(invocation, plan, plan.image, project, since), style=style)


def page(invocation: Explain, plan: Plan, project: Project, since: Since | None, record: Record | None) -> str:
    """The page of `--html`."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    spans = [Span(*vertex) for vertex in (record.timeline if record is not None else ())]
    return spell_page(plan, plan.image, _asked(invocation, plan, plan.image, project, since), spans)


def _asked(invocation: Explain, plan: Plan, recipe: Recipe, project: Project, since: Since | None) -> Asked:
    ignore = Ignore(plan.ignore_patterns)
    paths = [posixpath.normpath(path) for path in invocation.changed]
    return Asked(
        typed=invocation.build.directories,
        changed=scenarios(recipe, paths, ignore.excludes),
        left_out=(*project.left_out, *project.keys_left_out),
        since=since,
    )


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except OSError as error:
        raise Rejected(problems.output_unusable(path, error.strerror or str(error), "--html")) from None
    say(f"wrote {path}")


def _passes(invocation: Explain, asked: str, project: Project, host: Host) -> Iterator[str]:
    """What a pass, or each of them, changed in the plan."""
    names = [each.__name__ for each in PASSES]
    name = asked.replace("-", "_")
    if name not in ("all", *names):
        raise Rejected(command_line.bad_choice("--print_after", asked, ("all", *names)))
    recipe = lower(invocation, project, host).image
    assert isinstance(recipe, Recipe), "explain has no --image_id"
    before = ""
    for after, now in after_each_pass(recipe, secrets=secrets_of(project.secrets, project.ignore_patterns)):
        text = spell_recipe(now)
        if before and name in ("all", after):
            yield from spell_pass(after, before, text)
        before = text


def _since(plan: Plan, project: Project, root: str, folder: str, record: Record) -> Since | None:
    """What is different since the last build; None where nobody remembers."""
    assert isinstance(plan.image, Recipe), "explain has no --image_id"
    try:
        now = look(State(folder), root, project.files)
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
        dockerfile=instructions(record.dockerfile) != instructions(spell_dockerfile(plan.image)),
        indexes=asked_indexes(plan.image, project.requirements_files, os.environ) != record.indexes,
        scenario=Scenario(touched, rebuilt_by(plan.image, touched)),
    )


def ago(record: Record) -> str:
    """'3 min ago'; a clock that was set back makes nothing negative."""
    passed = time.time() - record.when
    return f"{duration(passed)} ago" if passed >= 1 else "just now"


def instructions(dockerfile: str) -> list[str]:
    """A Dockerfile without its comments, which build nothing."""
    return [line for line in dockerfile.splitlines() if not line.startswith("#")]
