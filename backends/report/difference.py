"""Two builds of a project into why the second was not the first: files, Dockerfile, base, and what was rebuilt."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from caliban.backends.report.words import counted, seconds
from caliban.compiler.diagnostics import printable

_MOST_FILES = 12  # that are named
NO_STEPS = ("[internal]", "[context")  # the builder's own business
_MOST_WORDS = 88  # characters of a step


class BuildSummary(NamedTuple):
    """The recipe of a build, and its result."""

    ago: str  # '3 min ago'
    files: Mapping[str, str]  # path → digest
    dockerfile: Sequence[str]  # its lines, without comments
    base: str | None  # the id of its base
    owner: str  # '1000:1000'
    platform: str | None
    indexes: str  # what tells those that were asked from others
    steps: Sequence[tuple[str, bool, float]]  # each with its words, whether it was cached, and its seconds
    epoch: int | None = None  # $SOURCE_DATE_EPOCH


def render_difference(before: BuildSummary, after: BuildSummary) -> Iterator[str]:
    """The lines of the report."""
    yield f"the last build, {after.ago}, and the one before it, {before.ago}"
    yield ""
    reasons = [*_files(before, after), *_facts(before, after), *_dockerfile(before, after)]
    yield from reasons or ["no difference in files, Dockerfile or base: it was rebuilt because it was asked for"]
    yield ""
    yield from _work(after)


def _files(before: BuildSummary, after: BuildSummary) -> Iterator[str]:
    both = before.files.keys() & after.files.keys()
    kinds = {
        "changed": [path for path in both if before.files[path] != after.files[path]],
        "added": [path for path in after.files if path not in both],
        "removed": [path for path in before.files if path not in both],
    }
    for kind, paths in kinds.items():
        if paths:
            named = ", ".join(map(printable, sorted(paths)[:_MOST_FILES]))
            more = f" and {len(paths) - _MOST_FILES} more" if len(paths) > _MOST_FILES else ""
            yield f"{counted(len(paths), 'file')} {kind}: {named}{more}"


def _facts(before: BuildSummary, after: BuildSummary) -> Iterator[str]:
    if before.base != after.base:
        yield "the base image is another one under the same name, or another base"
    if before.owner != after.owner:
        yield f"the files belong to {after.owner}, before to {before.owner}"
    if before.indexes != after.indexes:
        yield "other package indexes are asked"
    if before.platform != after.platform:
        yield f"the platform is {after.platform or 'this machine'}, before {before.platform or 'this machine'}"
    if before.epoch != after.epoch:
        epochs = ("not set" if epoch is None else epoch for epoch in (after.epoch, before.epoch))
        yield "$SOURCE_DATE_EPOCH is {}, before {}".format(*epochs)


def _dockerfile(before: BuildSummary, after: BuildSummary) -> Iterator[str]:
    changed = list(difflib.unified_diff(before.dockerfile, after.dockerfile, n=0, lineterm=""))[2:]
    if changed:
        yield "the Dockerfile:"
        yield from (f"  {printable(line)}" for line in changed if not line.startswith("@@"))


def _work(build: BuildSummary) -> Iterator[str]:
    steps = [step for step in build.steps if not step[0].startswith(NO_STEPS) and " FROM " not in step[0]]
    again = [(words, took) for words, cached, took in steps if not cached]
    yield f"{counted(len(steps) - len(again), 'step')} taken from the cache, rebuilt:"
    for words, took in again:
        text = " ".join(word for word in words.split() if not word.startswith("--mount="))
        shown = text if len(text) <= _MOST_WORDS else f"{text[: _MOST_WORDS - 1]}…"
        yield f"  {seconds(took):>7}  {printable(shown)}"
