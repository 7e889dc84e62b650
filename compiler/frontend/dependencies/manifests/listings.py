"""Recognises lists that pip and conda print about an environment in place of a requirements file."""

import re
from typing import Literal

from caliban.compiler.frontend.dependencies.manifests.statements import Statement

Listing = Literal["conda list --export", "conda list --explicit", "conda list", "pip list"]

_NAME = r"[A-Za-z0-9_][\w.-]*"
_EXPORTED = re.compile(rf"(?a)({_NAME})=([^=\s]+)=([^=\s]+)")  # numpy=1.26.4=py311_0
_ROW = re.compile(
    rf"(?a){_NAME}\s+\d[\w.!+-]*\s+\w[\w.]*(\s+\w\S*)?"
)  # of a table: 'numpy   1.26.4   py311_0   conda-forge'


def listing_of(statements: tuple[Statement, ...]) -> Listing | None:
    """Return the kind of list; None for a requirements file, even one with mistakes."""
    texts = [statement.text for statement in statements]
    if not texts:
        return None
    if "@EXPLICIT" in texts:
        return "conda list --explicit"
    if all(map(_EXPORTED.fullmatch, texts)):
        return "conda list --export"
    if re.fullmatch(r"Package\s+Version\b.*", texts[0]) and len(texts) > 1 and re.fullmatch(r"[- ]+", texts[1]):
        return "pip list"
    if all(map(_ROW.fullmatch, texts)):
        return "conda list"
    return None


def is_exported(statement: Statement) -> bool:
    """Return whether a line is one of `conda list --export`, whatever else is in the file."""
    return _EXPORTED.fullmatch(statement.text) is not None


def exported(statement: Statement) -> tuple[str, str, str]:
    """Name, version and build of a line of `conda list --export`."""
    match = _EXPORTED.fullmatch(statement.text)
    assert match is not None, "listing_of looked at every line"
    return match[1], match[2], match[3]
