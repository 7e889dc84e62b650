"""`make credentials`: which credential files that other tools name are copied, by the table of those that stay out.

Reads no network: the names that were recorded, or those of files that are given: a gitleaks.toml, JSON as recorded
here, or a text with a name a line. A rule of gitleaks counts where it goes by the path alone.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # the one reader of regular expressions at hand
from typing import Any

from caliban.compiler.context.ignore import Ignore

TABLE = Path(__file__).resolve().parents[2] / "compiler" / "facts" / "data" / "credentials.json"
RECORDED = Path(__file__).with_name("credential_names.json")
_MOST = 64  # names of one expression


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 where a name would be copied and nothing says why."""
    parser = argparse.ArgumentParser(prog="make credentials ARGS=", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="gitleaks.toml, JSON or names, not the recorded ones")
    files: list[Path] = parser.parse_args(argv).files or [RECORDED]
    patterns = [row["pattern"] for row in json.loads(TABLE.read_text("utf-8"))["files"]]
    reasons = json.loads(RECORDED.read_text("utf-8"))["copied"]
    count = 0
    for file in files:
        for name in missing(names_in(file.name, file.read_text("utf-8")), patterns, reasons):
            count += 1
            print(f"{file.name}: {name} would be copied")
    print(f"{count} missing in {TABLE.name}" if count else f"{TABLE.name} leaves out all of them")
    return 1 if count else 0


def missing(names: Iterable[str], patterns: Sequence[str], reasons: dict[str, list[str]]) -> list[str]:
    """The names that no pattern leaves out, but for those that are copied for a reason."""
    ignore, known = Ignore(patterns), {name for some in reasons.values() for name in some}
    return [name for name in dict.fromkeys(names) if name not in known and not ignore.excludes(name)]


def names_in(file: str, text: str) -> Iterator[str]:
    """The names that a file names, by its own name's ending."""
    if file.endswith(".toml"):
        for rule in tomllib.loads(text).get("rules", ()):
            if "path" in rule and "regex" not in rule:
                yield from islice(examples(rule["path"]), _MOST)
    elif file.endswith(".json"):
        for tool in json.loads(text)["tools"]:
            yield from tool["names"]
    else:
        yield from (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def examples(expression: str) -> Iterator[str]:
    """Paths that a regular expression matches, one for each way through it: 'x.p12' and 'x.pfx'."""
    matches = re.compile(expression)
    for path in _words(list(_parser.parse(expression))):
        name = path.strip("/")
        if name and matches.search(name):
            yield name


def _words(parts: Sequence[Any]) -> Iterator[str]:
    if not parts:
        yield ""
        return
    for head in _ways(*parts[0]):
        yield from (head + tail for tail in _words(parts[1:]))


def _ways(kind: Any, value: Any) -> Iterator[str]:
    """The texts that one part of an expression matches, of classes of characters a single one."""
    match kind:
        case _constants.LITERAL:
            yield chr(value)
        case _constants.BRANCH:
            for branch in value[1]:
                yield from _words(list(branch))
        case _constants.SUBPATTERN:
            yield from _words(list(value[3]))
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT:
            least, most, part = value
            for times in dict.fromkeys((least, min(max(least, 1), most))):
                yield from _words(list(part) * times)
        case _constants.IN if value[0][0] is _constants.LITERAL:
            yield chr(value[0][1])
        case _constants.AT:
            yield ""
        case _:
            yield "x"


if __name__ == "__main__":
    sys.exit(main())
