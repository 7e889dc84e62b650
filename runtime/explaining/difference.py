"""`caliban diff`: why the last build of the project in this folder differs from the one before it."""

import os
import sys

from caliban.backends.report.difference import Build, spell_difference
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.invocation import Diff, Mode
from caliban.runtime.building.records import Record, last_records
from caliban.runtime.explaining.explain import ago, instructions
from caliban.runtime.problems import build as problems
from caliban.runtime.state.folder import existing_folder

_MODES: tuple[Mode, Mode] = ("cpu", "gpu")


def difference(invocation: Diff, root: str) -> int:
    """Prints it, of the mode that is asked for or was built last. Raises Rejected where there are no two builds."""
    folder = existing_folder(os.environ)
    modes = _MODES if invocation.mode is None else (invocation.mode,)
    found = [last_records(folder, root, mode, 2) for mode in modes] if folder is not None else []
    pairs = [records for records in found if len(records) == 2]
    if not pairs:
        raise Rejected(problems.no_two_builds(root))
    after, before = max(pairs, key=lambda records: records[0].when)
    for line in spell_difference(_build(before), _build(after)):
        sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
    return 0


def _build(record: Record) -> Build:
    return Build(
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
