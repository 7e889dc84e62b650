"""A Dockerfile of the project into a `UserDockerfile`, and what it reads of the project."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, count
from typing import NamedTuple

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.frontend.dockerfile import problems
from caliban.compiler.frontend.dockerfile.instructions import Instruction, directives, instructions
from caliban.compiler.frontend.dockerfile.sources import context_sources
from caliban.compiler.frontend.dockerfile.variables import default_values, expanded
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.user_dockerfile import NamedImage, UserDockerfile

_STAGE = "base"  # the name of a last stage that has none
_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")  # moby/buildkit: instructions/parse.go, parseBuildStageName
OURS = re.compile(r"common|wheel(-.*)?|context-\d+|host-wheels")  # names of stages in `backends.docker`
_FROM_IMAGE = re.compile(r"(?<=[,=]from=)[^\s,]+|(?<=--from=)\S+")  # COPY --from=IMAGE, RUN --mount=from=IMAGE
_PLAIN_USER = re.compile(r"[\w.-]+(:[\w.-]+)?")


class ReadDockerfile(NamedTuple):
    """A Dockerfile, as far as caliban reads it."""

    dockerfile: UserDockerfile
    needed: tuple[str, ...]  # files and folders of the project that its build reads
    warnings: tuple[Diagnostic, ...]


class _Stage(Struct, frozen=True, kw_only=True):
    name: str  # '' where it has none
    word: str  # '${BASE}'
    image: str  # what that stands for; '' where the platform decides it
    origin: str  # the image that it comes from, be it by way of other stages; scratch where the platform decides it
    begin: Instruction
    user: str | None


def read_dockerfile(disk: Disk, path: str) -> ReadDockerfile:
    """The Dockerfile at a path that is there. Raises Rejected with its line where it cannot be a base."""
    text = (disk.text(path) or "").replace("\r\n", "\n").rstrip()
    warnings = tuple(_directives(text, path))
    found = instructions(text, path)
    lines = text.split("\n")
    places = {each: Place(source=path, line=each.first + 1, text=lines[each.first]) for each in found}
    stages = _stages(found, places)
    if taken := [each for each in stages if OURS.fullmatch(each.name)]:
        raise Rejected(*(problems.reserved_stage(places[each.begin], each.name) for each in taken))
    if odd := [each for each in stages if each.name and not _STAGE_NAME.fullmatch(each.name)]:
        raise Rejected(*(problems.bad_stage(places[each.begin], each.name) for each in odd))
    names = {each.name for each in stages}
    stage = stages[-1].name or _free_name(names)
    if not stages[-1].name:
        lines[stages[-1].begin.last] = f"{lines[stages[-1].begin.last].rstrip()} AS {stage}"
    return ReadDockerfile(
        UserDockerfile(
            path=path,
            text="\n".join(lines),
            stage=stage,
            images=tuple(_images(lines, found, stages)),
            origin=stages[-1].origin,
            user=_last_user(stages),
        ),
        context_sources(disk, path, found, places),
        warnings,
    )


def _directives(text: str, path: str) -> Iterator[Diagnostic]:
    """Ours stands above them, so they are comments there: that must be right, or be said."""
    lines = text.split("\n")
    for number, (name, value) in enumerate(directives(text).items()):
        place = Place(source=path, line=number + 1, text=lines[number])
        if name == "escape" and value != "\\":
            raise Rejected(problems.other_escape(place))
        if name == "syntax" and not re.fullmatch(r"(docker\.io/)?docker/dockerfile:1(\.\d+)*", value):
            yield problems.other_syntax(place, value)


def _stages(found: Sequence[Instruction], places: Mapping[Instruction, Place]) -> list[_Stage]:
    begins = [number for number, each in enumerate(found) if each.word == "FROM"]
    values = default_values(found[: begins[0]])
    stages: list[_Stage] = []
    for begin, end in zip(begins, [*begins[1:], len(found)], strict=True):
        words = [word for word in found[begin].value.split() if not word.startswith("--")]
        if not words:
            raise Rejected(problems.no_from(places[found[begin]]))
        image = expanded(words[0], values, places[found[begin]])
        users = [each.value.strip() for each in found[begin:end] if each.word == "USER"]
        parent = next((stage for stage in stages if stage.name and stage.name == image.lower()), None)
        stages.append(
            _Stage(
                name=words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else "",
                word=words[0],
                image=image,
                origin=parent.origin if parent else image or "scratch",
                begin=found[begin],
                user=users[-1] if users else parent.user if parent else None,
            )
        )
    return stages


def _free_name(taken: Collection[str]) -> str:
    return _STAGE if _STAGE not in taken else next(name for n in count(2) if (name := f"{_STAGE}-{n}") not in taken)


def _last_user(stages: Sequence[_Stage]) -> str | None:
    """A variable may be one of that stage alone, and means nothing in ours."""
    user = stages[-1].user
    return user if user is not None and _PLAIN_USER.fullmatch(user) else None


def _images(lines: Sequence[str], found: Sequence[Instruction], stages: Sequence[_Stage]) -> Iterator[NamedImage]:
    """The images that it names, each at its place; no stages."""
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    begins = {stage.begin: stage for stage in stages}
    names = {stage.name for stage in stages}
    known = {"scratch", ""}  # that FROM may name here
    for each in found:
        text = "\n".join(lines[each.first : each.last + 1])
        matches: Iterable[re.Match[str]] = ()
        if (stage := begins.get(each)) is not None:
            match = re.search(rf"(?<!\S){re.escape(stage.word)}(?!\S)", text)
            matches = (match,) if match and stage.image.lower() not in known else ()
            known.add(stage.name)
        elif each.word in ("COPY", "ADD", "RUN"):
            others = _FROM_IMAGE.finditer(text)
            matches = (m for m in others if m[0].lower() not in names and not m[0].isdecimal() and "$" not in m[0])
        for match in matches:
            yield NamedImage(
                image=stage.image if stage else match[0],
                start=starts[each.first] + match.start(),
                end=starts[each.first] + match.end(),
                line=each.first + text.count("\n", 0, match.start()) + 1,
            )
