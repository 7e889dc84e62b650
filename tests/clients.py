"""A stand-in for docker's client: a program of this name on $PATH, that notes how it was called."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

HEAD = '#!/bin/sh\nprintf "%s\\n" "$*" >> "{log}"\n'


class Client:
    """A `docker` that runs a script of the test's."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder / "client"
        self._folder.mkdir()
        self._log = self._folder / "calls"
        monkeypatch.setenv("PATH", f"{self._folder}{os.pathsep}{os.environ['PATH']}")

    def does(self, script: str) -> None:
        """From now on, a call runs this shell script."""
        program = self._folder / "docker"
        program.write_text(HEAD.format(log=self._log) + script, encoding="utf-8")
        program.chmod(0o755)

    def answers(self, texts: Mapping[str, tuple[int, str, str]]) -> None:
        """From now on, a call that has one of these words gives exit code, stdout and stderr."""
        cases = [
            f'*"{words}"*) printf "%s" {_quoted(out)}; printf "%s" {_quoted(err)} >&2; exit {code};;\n'
            for words, (code, out, err) in texts.items()
        ]
        self.does(f'case " $* " in\n{"".join(cases)}esac\n')

    @property
    def calls(self) -> list[str]:
        """The words of each call."""
        return self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
