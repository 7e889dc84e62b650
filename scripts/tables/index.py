"""What the package index says, by its ordinary clients and their own configuration: no wheel is downloaded.

Both tell more in their verbose output than anywhere else: pip names every file of a package while it looks for a
version that does not exist (one request), uv every direct dependency while it resolves (metadata, by parts of wheels).
"""

import re
import subprocess
import sys
from typing import NamedTuple

from uv import find_uv_bin

_NO_VERSION = "0.0.0.dev0"
_UV = find_uv_bin()
_FILE = re.compile(
    r"\b(?:https?|file)://\S+/(?P<name>[^/\s#]+\.(?:whl|tar\.gz|zip))\b[^()]*"
    r"(?:\(from [^()]*\))?(?: \(requires-python:(?P<requires>[^)]*)\))?"
)
_DEPENDENCY = re.compile(
    r"Adding transitive dependency for (?P<name>[\w.-]+)(?:\[[^]]*\])?==\S+: "
    r"(?P<needed>[\w.-]+)(?:\[[^]]*\])?(?:\{.*?\})?(?P<pin>.*)"
)


class File(NamedTuple):
    """One file of a package."""

    name: str  # 'numpy-1.21.6-cp310-cp310-manylinux_2_17_x86_64.whl'
    requires_python: str | None  # '>=3.7,<3.11'


def files(package: str) -> frozenset[File]:
    """All files of a package, whatever they are for."""
    command = (sys.executable, "-m", "pip", "download", "-vv", "--no-deps", "--dest", "/nowhere")
    said = _words((*command, f"{package}=={_NO_VERSION}"))
    return files_in(said) or sys.exit(f"pip found no file of {package}:\n{said[-2000:]}")


def dependencies(requirement: str, python: str) -> dict[str, str]:
    """What the release that a requirement pins depends on, on Linux and x86_64: names, and what is demanded of each."""
    command = (_UV, "pip", "compile", "-", "--verbose", "--no-python-downloads", "--only-binary", ":all:")
    platform = ("--python-version", python, "--python-platform", "x86_64-manylinux_2_28")
    return dependencies_in(_words((*command, *platform), stdin=requirement), re.split(r"[=\[]", requirement)[0])


def files_in(said: str) -> frozenset[File]:
    """The files that pip's words name."""
    return frozenset(File(found["name"], found["requires"]) for found in _FILE.finditer(said))


def dependencies_in(said: str, name: str) -> dict[str, str]:
    """What a package depends on, by uv's words: '==' is '>=2.8.0, <2.8.0+' in them."""
    found = (_DEPENDENCY.search(line) for line in said.splitlines())
    return {match["needed"]: match["pin"] for match in found if match and match["name"] == name}


def _words(command: tuple[str, ...], stdin: str = "") -> str:
    outcome = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    return outcome.stdout + outcome.stderr
