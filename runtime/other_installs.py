"""Other programs and distributions called caliban: on PyPI, another tool has that name."""

import os
import sys
from collections.abc import Iterator, Mapping

from caliban.compiler.diagnostics import Diagnostic
from caliban.runtime import problems

_NAME = "caliban"


def other_installs(environment: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield a warning for each other caliban on `$PATH`, and for a distribution with the same package as ours."""
    own = _own()
    found = list(dict.fromkeys(map(os.path.realpath, _programs(environment.get("PATH", os.defpath)))))
    for path in found:
        if path != own:
            yield problems.other_program(path, own, runs=path == found[0])
    yield from (problems.other_distribution(version, sys.executable) for version in _versions())


def _own() -> str:
    """Our program: the one that was started, also from another folder than Python's, as after `pip install --user`."""
    started = sys.argv[0]  # with `python -m caliban`, a module
    beside = os.path.join(os.path.dirname(sys.executable), _NAME)
    return os.path.realpath(started if os.path.basename(started) == _NAME else beside)


def _versions() -> Iterator[str]:
    """Yield the versions of distributions called caliban, by the names of their metadata: caliban-0.4.2.dist-info."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        yield from (
            name.removeprefix(f"{_NAME}-").removesuffix(".dist-info")
            for name in sorted(names)
            if name.startswith(f"{_NAME}-") and name.endswith(".dist-info")
        )


def _programs(path: str) -> Iterator[str]:
    for folder in path.split(os.pathsep):
        if os.path.basename(folder.rstrip("/")) == "shims":  # pyenv, asdf, mise: starts a program of another folder
            continue
        candidate = os.path.join(folder, _NAME)
        if folder and os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            yield candidate
