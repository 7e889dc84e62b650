"""The text of `caliban.lock`: JSON that people read and commit; values in, text out, and back.

What is in it may have been edited, merged or written by somebody else, so every value is looked at before it is used.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple, cast

from msgspec.structs import asdict, fields

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.tools import UV_VERSION
from caliban.compiler.input.invocation import Mode
from caliban.compiler.ir.steps.locked import LockedPin
from caliban.compiler.locks import caliban_lock_problems as problems
from caliban.compiler.locks.resolved import CALIBAN_LOCK as PATH
from caliban.compiler.locks.resolved import Answer, ResolutionRequest, Resolved

_VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HASH = re.compile(r"sha(256|384|512):[0-9a-f]{64,128}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.-]*(==[^\s;@]+| @ [^\s;]+)")  # what one line of requirements can say
_INDEX = re.compile(r"https?://[^\s@]+")
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]+")


class CalibanLock(NamedTuple):
    """The whole file."""

    modes: Mapping[Mode, Resolved]

    @property
    def files(self) -> tuple[str, ...]:
        """Those of the project that it has installed."""
        answers = (resolved.answer for resolved in self.modes.values())
        return tuple(dict.fromkeys(path for answer in answers if answer is not None for path in answer.files))


def render_lock(lock: CalibanLock) -> str:
    """The text: the same for the same values."""
    modes = {mode: _spell(lock.modes[mode]) for mode in sorted(lock.modes)}
    table = {"version": _VERSION, "made_by": "caliban lock", "uv": UV_VERSION, "modes": modes}
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _spell(resolved: Resolved) -> dict[str, object]:
    answer = resolved.answer
    packages = None
    if answer is not None:
        pins = {pin.text: {"hashes": pin.hashes, "size": pin.size} for pin in answer.pins}
        packages = {"pins": pins, "indexes": answer.indexes, "files": answer.files}
    asked = {key: value for key, value in asdict(resolved.asked).items() if value}
    return {"base": resolved.base, "digests": dict(resolved.digests), "asked": asked, "packages": packages}


def read_lock(text: str, command: str) -> CalibanLock:
    """The values of a text; `command` makes it again. Raises Rejected where it is not what `caliban lock` writes."""
    if not text.strip():
        raise Rejected(problems.broken("it is empty", None, command))
    try:
        table = _table(json.loads(text), "the whole file")
        version = table.get("version")
        if isinstance(version, int) and version > _VERSION:
            raise Rejected(problems.newer(version, command))
        if version != _VERSION:
            raise _Unexpected("version")
        modes = _table(table.get("modes"), "modes")
        found = {mode: _read(_table(modes[mode], mode), mode) for mode in modes if mode in ("cpu", "gpu")}
        return CalibanLock(modes=cast("Mapping[Mode, Resolved]", found))
    except _Unexpected as error:
        raise Rejected(problems.broken(f"{error} is not as `caliban lock` writes it", None, command)) from None
    except json.JSONDecodeError as error:
        raise Rejected(problems.broken(error.msg[:1].lower() + error.msg[1:], error.lineno, command)) from None
    except (ValueError, RecursionError):
        raise Rejected(problems.broken("this is no JSON", None, command)) from None


class _Unexpected(Exception):
    """An unexpected value in the file."""


def _read(table: Mapping[str, object], mode: str) -> Resolved:
    packages = table.get("packages")
    digests = _table(table.get("digests"), f"{mode}.digests")
    return Resolved(
        asked=_asked(_table(table.get("asked"), f"{mode}.asked"), f"{mode}.asked"),
        answer=None if packages is None else _answer(_table(packages, f"{mode}.packages"), f"{mode}.packages"),
        base=_text(table.get("base"), _ONE_LINE, f"{mode}.base"),
        digests=tuple((name, _text(digest, _DIGEST, f"{mode}.digests")) for name, digest in digests.items()),
    )


def _asked(table: Mapping[str, object], where: str) -> ResolutionRequest:
    lists = {"requirements", "constraints", "options", "overrides", "excludes"}
    if table.keys() - {field.name for field in fields(ResolutionRequest)}:
        raise _Unexpected(where)
    several = {key: _texts(table[key], _ONE_LINE, f"{where}.{key}") for key in table if key in lists}
    single = {key: _text(table[key], _ONE_LINE, f"{where}.{key}") for key in table if key not in lists}
    if not {"platform", "python"} <= single.keys():
        raise _Unexpected(where)
    return ResolutionRequest(
        platform=single["platform"],
        python=single["python"],
        requirements=several.get("requirements", ()),
        constraints=several.get("constraints", ()),
        options=several.get("options", ()),
        torch_backend=single.get("torch_backend"),
        overrides=several.get("overrides", ()),
        excludes=several.get("excludes", ()),
        selection=single.get("selection"),
    )


def _answer(table: Mapping[str, object], where: str) -> Answer:
    pins = _table(table.get("pins"), f"{where}.pins")
    return Answer(
        pins=tuple(_pin(text, _table(pins[text], text), where) for text in pins),
        indexes=_texts(table.get("indexes"), _INDEX, f"{where}.indexes"),
        files=_texts(table.get("files"), _ONE_LINE, f"{where}.files"),
    )


def _pin(text: str, table: Mapping[str, object], where: str) -> LockedPin:
    size = table.get("size")
    if not isinstance(size, int) or size < 0:
        raise _Unexpected(f"{where}.pins: the size of {text}")
    return LockedPin(
        name=re.split("[= ]", _text(text, _PACKAGE, f"{where}.pins"), maxsplit=1)[0],
        text=text,
        hashes=_texts(table.get("hashes"), _HASH, f"{where}.pins: a hash of {text}"),
        source=PATH,
        by=(),
        size=size,
    )


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _Unexpected(where)
    return value


def _text(value: object, pattern: re.Pattern[str], where: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _Unexpected(where)
    return value


def _texts(value: object, pattern: re.Pattern[str], where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Unexpected(where)
    return tuple(_text(each, pattern, where) for each in value)
