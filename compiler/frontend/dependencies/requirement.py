"""One requirement as PEP 508 spells it, taken apart: a line of text in, its parts or a `Requirement` out."""

import re
from typing import NamedTuple

from caliban.compiler.diagnostics import Place
from caliban.compiler.input.project import Requirement

LONGEST_NAME = 255  # of a file, in bytes

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_HEAD = re.compile(rf"({_NAME})\s*(?:\[([^\]]*)\])?\s*")
_CLAUSE = re.compile(r"(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;()=<>~]+")
_EGG = rf"[#&]egg=({_NAME})"
_ARCHIVE = r"(.+?)-\d.*\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.[a-z0-9]+)"


class Parts(NamedTuple):
    """A requirement taken apart."""

    name: str  # as written
    extras: tuple[str, ...]
    url: str | None  # 'https://…', './libs/foo'
    specifier: str  # '>=1,<2', without what is around it


def split_command_line(text: str) -> Parts | None:
    """The parts of `name[extra] >=1; marker` or `name @ url; marker`, or None if it is no requirement.

    Cheap on purpose: importing packaging takes 40 ms. Versions and markers are left to the installer.
    """
    head = _HEAD.match(text)
    if head is None or not text.replace("\t", " ").isprintable():
        return None
    extras = tuple(extra.strip() for extra in (head[2] or "").split(",")) if (head[2] or "").strip() else ()
    if not all(is_extra(extra) for extra in extras):
        return None
    rest = text[head.end() :].strip()
    if rest.startswith("@"):
        url = without_marker(rest[1:].strip())
        return Parts(head[1], extras, url, "") if url else None
    specifier, semicolon, marker = rest.partition(";")
    specifier = specifier.strip()
    if specifier.startswith("(") and specifier.endswith(")"):
        specifier = specifier[1:-1].strip()
    if (semicolon and not marker.strip()) or not is_specifier(specifier):
        return None
    return Parts(head[1], extras, None, specifier)


def requirement(text: str, place: Place) -> Requirement | None:
    """The requirement that a text declares, or None if it declares none."""
    parts = split_command_line(text)
    return None if parts is None else Requirement(name=normalized(parts.name), text=text.strip(), place=place)


def normalized(name: str) -> str:
    """The name as indexes compare it: 'Scikit_Learn' is 'scikit-learn' (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_extra(name: str) -> bool:
    """Return whether a name can be that of an extra (PEP 508: an identifier)."""
    return re.fullmatch(_NAME, name) is not None


def is_specifier(text: str) -> bool:
    """Return whether a text looks like a version specifier (PEP 440): '>=1, <2', or nothing at all."""
    clauses = text.removesuffix(",").split(",") if text else []
    return all(_CLAUSE.fullmatch(clause.strip()) for clause in clauses)


def without_marker(target: str) -> str:
    """A URL or path without the marker behind it, which white space must set apart (PEP 508)."""
    return re.split(r"\s;", target, maxsplit=1)[0].rstrip()


def marker_of(text: str) -> str | None:
    """The marker behind a requirement: "python_version < '3.13'"."""
    parts = split_command_line(text)
    behind = re.split(r"\s;" if parts is not None and parts.url is not None else ";", text, maxsplit=1)[1:]
    return behind[0].strip() if behind else None


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
