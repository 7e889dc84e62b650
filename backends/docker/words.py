"""Quoting of values for Docker: words of a Dockerfile, CSV values of flags, names of tags."""

import json
import re

from caliban.compiler.diagnostics import printable
from caliban.compiler.words.quoting import join

_PLAIN = re.compile(r"[A-Za-z0-9_./+@%,=~-]+")  # needs no quoting in a COPY


INDEXES = "CALIBAN_INDEXES"  # a build argument: which indexes are asked, in a word that tells none of them


def render_indexes() -> str:
    """Its declaration: whatever runs below it runs again when other indexes are asked."""
    note = "which indexes are asked, if not the default one: others may have other packages under the same names"
    return "\n".join((*comment(note), f"ARG {INDEXES}="))


def copy_words(source: str, target: str) -> str:
    """Source and target of a COPY; the JSON form where a name has more than plain characters in it.

    Also in that form BuildKit expands variables and unquotes, so `\\ $ " '` are escaped (moby/buildkit, shell/lex.go).
    """
    words = (source, target)
    if all(_PLAIN.fullmatch(word) and not word.startswith("-") for word in words):
        return " ".join(words)
    return json.dumps([_escaped(word) for word in words], ensure_ascii=False)


def _escaped(word: str) -> str:
    return re.sub(r"""[\\$"']""", r"\\\g<0>", word)


def env_value(value: str) -> str:
    """A value for ENV; `$` stays alive, because our own values refer to PATH."""
    return value if re.fullmatch(r"[A-Za-z0-9_./:,${}+@%-]*", value) else json.dumps(value, ensure_ascii=False)


def comment(text: str, width: int = 116) -> list[str]:
    """Lines of a comment, each with its '#'."""
    lines: list[str] = []
    line = "#"
    for word in printable(" ".join(text.split())).split(" "):
        if len(line) + 1 + len(word) > width and line != "#":
            lines.append(line)
            line = "#"
        line += f" {word}"
    return [*lines, line]


def csv_value(*fields: str) -> str:
    """The value of a flag such as `--mount`, which the engine reads as one line of CSV."""
    return ",".join(_csv_field(field) for field in fields)


def _csv_field(field: str) -> str:
    """Quoted where Go's reader needs it (encoding/csv); Python's writer leaves line ends bare."""
    doubled = field.replace('"', '""')
    return f'"{doubled}"' if re.search(r'[",\r\n]', field) else field


def shell_words(*words: str) -> str:
    """Words of a RUN line, which they never end."""
    text = join(words)
    assert "\n" not in text, f"a line end in a word of a RUN line: {text!r}"
    return text


def mount_flag(*fields: str) -> str:
    """A `--mount` of a RUN line, which is read three times: as a flag, as CSV, and each field as a word of a shell.

    moby/buildkit: instructions/bflag.go, instructions/commands_runmount.go, shell/lex.go.
    """
    value = csv_value(*(_escaped(field) for field in fields))
    return "--mount=" + re.sub(r"""[\\'" ]""", r"\\\g<0>", value)


def tag_name(project: str) -> str:
    """The project's name as a part of an image reference: lower case, `[a-z0-9._-]` (distribution/reference)."""
    name = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")
    return name[:60].strip("-") or "project"
