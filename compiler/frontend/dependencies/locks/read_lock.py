"""A lock file of a pyproject.toml, by its name, into a `Lock` and the Python that it was made for."""

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.dependencies.locks import pdm_lock, poetry_lock, pylock, uv_lock
from caliban.compiler.frontend.dependencies.locks.edges import edges_of
from caliban.compiler.frontend.dependencies.manifests.poetry import specifier_of
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.dependencies.pythons import python_fact
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import Package, PythonFact
from caliban.compiler.locks import problems as lock_problems
from caliban.compiler.locks.lock import LockFile

_COMMANDS = {"uv.lock": uv_lock.COMMAND, "poetry.lock": poetry_lock.COMMAND, "pdm.lock": pdm_lock.COMMAND}


def read_lock(disk: Disk, path: str, own: Package | None) -> tuple[LockFile, PythonFact | None]:
    """The lock, with what the package at the root asks of it. Raises Rejected where it cannot be read."""
    name = path.rpartition("/")[2]
    toml = read_toml(disk, path, remedy=_COMMANDS.get(name, pylock.COMMAND))
    if toml is None:
        raise Rejected(problems.no_requirements_file(path, None))
    if not toml.text.strip():
        raise Rejected(lock_problems.empty_lock(path, _COMMANDS.get(name, pylock.COMMAND)))
    groups = () if own is None else own.chosen_groups
    wanted = () if own is None else (*own.selected, *(group.name for group in groups))
    declared = own.requirements if own is not None else None
    asked = [*(declared or ()), *(each for group in groups for each in group.requirements)]
    roots = None if declared is None else tuple(edges_of(each.text for each in asked))
    manifest = "pyproject.toml"
    match name:
        case "uv.lock":
            return uv_lock.read_uv_lock(toml, manifest, wanted), _python(toml, toml.root.get("requires-python"))
        case "poetry.lock":
            constraint = toml.table("metadata").get("python-versions")
            return poetry_lock.read_poetry_lock(toml, manifest, roots, wanted), _python(toml, constraint)
        case "pdm.lock":
            return pdm_lock.read_pdm_lock(toml, manifest, roots, wanted), None
        case _:
            replaced = None if own is None else manifest
            return pylock.read_pylock(toml, replaced, wanted), _python(toml, toml.root.get("requires-python"))


def _python(toml: Toml, text: object) -> PythonFact | None:
    specifier = specifier_of(text) if isinstance(text, str) else None
    return python_fact(specifier, toml.place("python")) if specifier else None
