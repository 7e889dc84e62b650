"""Requirements that a manifest leaves to a file beside it: setuptools' `file = ["requirements.txt"]`."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.statements import statements
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.frontend.dependencies.paths import path_in_project
from caliban.compiler.frontend.dependencies.requirement import requirement
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import Requirement


def listed_requirements(disk: Disk, folder: str, paths: Sequence[str]) -> tuple[Requirement, ...] | None:
    """Return the requirements of the files, line by line; None if only the build can tell, or will report an error.

    https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata: no `-r`, no other option.
    """
    found: list[Requirement] = []
    for written in paths:
        try:
            path = path_in_project(disk, written.strip(), base=folder, place=None)
        except Rejected:
            return None
        text = disk.text(path) if path is not None else None
        if path is None or text is None:
            return None
        for statement in statements(text):
            one = requirement(statement.text, Place(source=path, line=statement.line))
            if one is None:
                return None
            found.append(one)
    return tuple(found)


def files_of(manifest: Toml, key: str) -> tuple[str, ...]:
    """The files that `[tool.setuptools.dynamic]` names for a key; none where something else tells it."""
    match manifest.table("tool", "setuptools", "dynamic").get(key):
        case {"file": str(path)}:
            return (path,)
        case {"file": list(paths)} if all(isinstance(path, str) for path in paths):
            return tuple(paths)
        case _:
            return ()
