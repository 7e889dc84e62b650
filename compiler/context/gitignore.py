""".gitignore's language, as far as it decides about one folder: the bytes of a file and a path in, a verdict out.

https://git-scm.com/docs/gitignore; how lines are read: `dir.c` of git, `add_patterns_from_buffer`.
"""

import re


def folder_verdict(text: bytes, path: str) -> bool | None:
    """Return whether git ignores a folder, relative to the file's own; None if no line matches the folder.

    The last line that matches decides. A line that matches a folder above it says nothing here.

    >>> folder_verdict(b"*.log\\nruns/\\n", "experiments/runs")
    True
    >>> folder_verdict(b"/runs\\n", "experiments/runs")
    >>> folder_verdict(b"runs\\n!runs\\n", "runs")
    False
    """
    verdict = None
    for raw in text.decode("utf-8-sig", "replace").split("\n"):
        line = re.sub(r"(?<!\\) +$", "", raw.removesuffix("\r"))
        if not line or line.startswith("#"):
            continue
        keeps = line.startswith("!")
        pattern = line[keeps:].removesuffix("/")
        anchored = "/" in pattern
        if pattern and _matches(pattern.removeprefix("/"), path if anchored else path.rpartition("/")[2]):
            verdict = not keeps
    return verdict


def _matches(pattern: str, path: str) -> bool:
    expression = _expression(pattern)
    try:
        return expression is not None and re.fullmatch(expression, path, re.DOTALL) is not None
    except re.error:  # a range that runs backwards
        return False


def _expression(pattern: str) -> str | None:
    """A pattern as a regular expression; None for one that matches nothing, or that has character classes."""
    found, at = "", 0
    while at < len(pattern):
        char, rest = pattern[at], pattern[at:]
        if rest.startswith("**/") and (at == 0 or pattern[at - 1] == "/"):
            found, at = found + "(?:[^/]+/)*", at + 3
        elif rest == "**" and (at == 0 or found.endswith("/")):
            found, at = found + ".+", at + 2
        elif char == "*":
            found, at = found + "[^/]*", at + 1
        elif char == "?":
            found, at = found + "[^/]", at + 1
        elif char == "[":
            if (bracket := re.match(r"\[([!^]?)(\]?[^\][\\]*)\]", rest)) is None:
                return None
            members = re.sub(r"[^\w-]", lambda member: f"\\{member[0]}", bracket[2])
            found += f"(?!/)[{'^' * bool(bracket[1])}{members}]"
            at += bracket.end()
        elif char == "\\":
            if len(rest) == 1:
                return None
            found, at = found + re.escape(rest[1]), at + 2
        else:
            found, at = found + re.escape(char), at + 1
    return found
