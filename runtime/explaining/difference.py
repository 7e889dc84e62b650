"""`caliban diff`: why the last build of the project in this folder differs from the one before it."""

from caliban.backends.report.difference import BuildSummary, render_difference
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.input.invocation import Diff, Mode
from caliban.compiler.words.quoting import quoted
from caliban.runtime.building.records import Record, last_log, last_records, read_log
from caliban.runtime.explaining import problems
from caliban.runtime.explaining.explain import ago, instructions
from caliban.runtime.say import print_text
from caliban.runtime.session import Session

_MODES: tuple[Mode, Mode] = ("cpu", "gpu")


def difference(invocation: Diff, session: Session) -> int:
    """Prints it, of the mode that is asked for or was built last. Raises Rejected where there are no two builds."""
    folder = session.known_folder
    modes = _MODES if invocation.mode is None else (invocation.mode,)
    found = [last_records(folder, session.root, mode, 2) for mode in modes] if folder is not None else []
    pairs = [(mode, *records) for mode, records in zip(modes, found, strict=False) if len(records) == 2]
    if not pairs:
        raise Rejected(problems.no_two_builds(session.root))
    mode, after, before = max(pairs, key=lambda pair: pair[1].when)
    for line in render_difference(_build(before), _build(after)):
        print_text(f"{line}\n")
    path = last_log(folder, session.root, mode) if folder is not None else None
    if path is not None and invocation.verbose:
        print_text(f"\nthe whole log of the last build, {quoted(path)}\n\n{read_log(path)}")
    elif path is not None:
        print_text(f"\nits whole log: {quoted(path)}\n")
    return 0


def _build(record: Record) -> BuildSummary:
    return BuildSummary(
        ago=ago(record),
        files=record.files,
        dockerfile=instructions(record.dockerfile),
        base=record.base,
        owner=record.owner,
        platform=record.platform,
        epoch=record.epoch,
        indexes=record.indexes,
        steps=[(vertex.name, vertex.cached, vertex.seconds) for vertex in record.timeline],
    )
