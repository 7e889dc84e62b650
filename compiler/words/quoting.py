"""Words as a POSIX shell reads them and people see them: nothing in a word acts on a terminal, or ends its line.

What is to be pasted goes through here, also where only a name of it is the user's.
"""

import shlex
from collections.abc import Iterable

_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\\": r"\\", "%": "%%", "'": r"'\''"}
_NEWLINE = "${IFS#??}"  # a shell begins with IFS=<space><tab><newline>


def join(words: Iterable[str]) -> str:
    """The words of a command on one line, quoted where they must be."""
    return " ".join(quoted(word) for word in words)


def quoted(word: str) -> str:
    """One word; what is not printable is spelled for printf, in octal, byte by byte."""
    if word.isprintable():
        return shlex.quote(word)
    text = word.rstrip("\n")  # a command substitution drops them
    spelled = "".join(_spelled(char, first=index == 0) for index, char in enumerate(text))
    return f"\"$(printf '{spelled}'){_NEWLINE * (len(word) - len(text))}\""


def quoted_file(path: str) -> str:
    """A file as a program's operand: no option of it, whatever the name begins with."""
    return quoted(f"./{path}" if path.startswith("-") else path)


def _spelled(char: str, *, first: bool) -> str:
    if first and char == "-":
        return r"\055"  # no option of printf
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))
