"""Real project folders for tests."""

from collections.abc import Mapping
from pathlib import Path

from caliban.compiler.diagnostics import Rejected, render
from caliban.compiler.frontend.project.disk import Disk


def project(folder: Path, files: Mapping[str, str]) -> Disk:
    """The files, written; line ends as given."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return Disk(str(folder))


def told(rejected: Rejected) -> str:
    """All that the user is told."""
    return "\n".join(render(diagnostic) for diagnostic in rejected.diagnostics)
