"""Explains a failed build by the user's base: the missing feature, and the place where the user names the base."""

import re
from collections.abc import Sequence

from caliban.compiler.diagnostics import Place
from caliban.compiler.facts.images import mirrored
from caliban.compiler.facts.missing_features import MISSING_FEATURES, NO_SHELL, NO_UV, MissingFeature
from caliban.compiler.input.project import Project

_POINTED = re.compile(r"^ *(\d+) \| >>> ")  # how the builder shows the line that failed


def missing_feature(log: Sequence[str]) -> MissingFeature | None:
    """Return the feature that the base lacks, as a step of ours or the builder reports it."""
    text = "\n".join(log)
    if re.search(r'exec: "/bin/sh": .*no such file|executable file .?/bin/sh.? not found', text):
        return NO_SHELL
    if re.search(r"\buv: (not found|No such file|cannot execute|command not found)", text):
        return NO_UV
    return next((lack for lack in MISSING_FEATURES if f"caliban: {lack.words}" in log), None)


def where_named(project: Project) -> Place | None:
    """Return the place where the base is named."""
    source = project.settings.base_source
    return None if source is None else Place(source=source)


def where_image_is_named(image: str, project: Project) -> Place | None:
    """Return the place where the user names an image: as the base, or in a Dockerfile that is the base."""
    named = [(project.base_image, where_named(project))]
    if (theirs := project.base_dockerfile) is not None:
        named += [(each.image, Place(source=theirs.path, line=each.line)) for each in theirs.images]
    for name, place in named:
        found = familiar(mirrored(name or "", project.settings.mirror))
        if familiar(image) in (found, f"{found}:latest"):
            return place
    return None


def familiar(image: str) -> str:
    """The name as people write it: 'python:3.11' for 'docker.io/library/python:3.11'."""
    return image.removeprefix("docker.io/").removeprefix("library/")


def line_of_users(remarks: Sequence[str], project: Project) -> Place | None:
    """The line of the user's own Dockerfile at which the builder's client points; ours has one line above them."""
    theirs = project.base_dockerfile
    pointed = next((int(match[1]) - 1 for line in remarks if (match := _POINTED.match(line))), None)
    written = theirs.text.split("\n") if theirs is not None else []
    if theirs is None or pointed is None or not 0 < pointed <= len(written):
        return None
    return Place(source=theirs.path, line=pointed, text=written[pointed - 1])
