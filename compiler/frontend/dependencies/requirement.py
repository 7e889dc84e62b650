"""Reads a requirement that a manifest declares, and what pip and uv accept beside it (PEP 508)."""

import re

from caliban.compiler.diagnostics import Place
from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.input.project import Requirement

LONGEST_NAME = 255  # of a file, in bytes

_EGG = r"[#&]egg=([A-Za-z0-9][\w.-]*)"
_ARCHIVE = r"(.+?)-\d.*\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.[a-z0-9]+)"


def requirement(text: str, place: Place) -> Requirement | None:
    """Return the requirement that a text declares; None if it declares none."""
    read = parse_requirement(text.strip())
    return None if read is None else Requirement(name=normalized(read.name), text=text.strip(), place=place)


def without_marker(target: str) -> str:
    """A URL or path without the marker behind it, which white space must set apart (PEP 508)."""
    return re.split(r"\s;", target, maxsplit=1)[0].rstrip()


def name_in_target(target: str) -> str | None:
    """The distribution that a URL or path is of, as far as its text tells: by `#egg=` or the name of the archive."""
    egg = re.search(_EGG, target)
    if egg is not None:
        return normalized(egg[1])
    archive = re.fullmatch(_ARCHIVE, target.partition("#")[0].rpartition("/")[2][:LONGEST_NAME])
    return None if archive is None else normalized(archive[1])


def is_from_git(found: Requirement) -> bool:
    """Return whether git must fetch a requirement."""
    return found.text.startswith("git+") or re.search(r"@\s*git\+", found.text) is not None
