"""One entry of conda's `dependencies`: a text in, its parts out, and its versions as PEP 440 writes them.

The grammar: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html#package-match-specifications
"""

import re
from typing import NamedTuple

_SPEC = re.compile(r"(?:\S+::)?([A-Za-z0-9_][\w.-]*)\s*(?:\[(.*)\])?\s*(.*)", re.ASCII | re.DOTALL)
_IN_BRACKETS = re.compile(r"""\bversion\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,]*))""")
_SPACE_BEHIND_OPERATOR = re.compile(r"([=<>!~,|])\s+|\s+(?=[,|])")
_CLAUSE = re.compile(
    r"(==|>=|<=|!=|~=|=|>|<)?(\d{1,9}(?:\.\d{1,9})*)((?:\.?(?:a|b|rc|dev|post)\d{1,9})*)(\.?\*)?", re.ASCII
)
_STARRED = ("", "=", "==", "!=")  # '>=1.2.*' is not PEP 440


class CondaSpec(NamedTuple):
    """An entry taken apart."""

    name: str  # lower case: 'pytorch'
    version: str  # as written: '=1.11.0', '>=1.2,<2', ''
    build: str  # 'py3.8_cuda11.3_cudnn8.2.0_0'


def take_apart_spec(text: str) -> CondaSpec | None:
    """The parts of `channel::name=version=build` and of its other spellings, or None if it is no package."""
    match = _SPEC.fullmatch(text.strip())
    if match is None or "://" in text or "/" in match[3]:
        return None
    name, brackets, rest = match.groups(default="")
    bracketed = _IN_BRACKETS.search(brackets)
    rest = next(value for value in bracketed.groups() if value is not None) if bracketed else rest
    version, _, build = _SPACE_BEHIND_OPERATOR.sub(r"\1", rest.strip()).partition(" ")
    if not build and (glued := re.fullmatch(r"(={0,2}[^=<>!~|,]+)=([^=<>!~|,]+)", version)):
        version, build = glued.groups()
    return CondaSpec(name.lower(), version, build.strip())


def specifier_of(version: str, *, numbers: int = 3) -> str | None:
    """A version as PEP 440 writes it: '=1.2' is '==1.2.*'. None where that cannot be: alternatives, '2022a', '9e'.

    A single `=` means every release that starts so; with all the `numbers` that releases have, just that one.
    """
    if version.lstrip("=") in ("", "*"):
        return ""
    clauses = [_clause(part, numbers) for part in version.split(",")]
    return None if None in clauses else ",".join(clause for clause in clauses if clause)


def _clause(text: str, numbers: int) -> str | None:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        return None
    operator, release, suffix, star = match.groups(default="")
    if suffix:
        return f"{operator if operator not in ('', '=') else '=='}{release}{suffix}"
    if operator in ("", "=", "==") and not star:
        given = release.count(".") + 1
        return f"=={release}" if given >= numbers or (operator == "==" and numbers == 3) else f"=={release}.*"
    return f"{operator if operator not in ('', '=') else '=='}{release}{'.*' if star and operator in _STARRED else ''}"
