"""A lock file of a pyproject.toml, by its name, into a `Lock` and the Python that it was made for."""

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.edges import edges_of
from caliban.compiler.frontend.dependencies.pdm_lock import read_pdm_lock
from caliban.compiler.frontend.dependencies.poetry import specifier_of
from caliban.compiler.frontend.dependencies.poetry_lock import read_poetry_lock
from caliban.compiler.frontend.dependencies.pylock import read_pylock
from caliban.compiler.frontend.dependencies.pythons import python_fact
from caliban.compiler.frontend.dependencies.toml import Toml, read_toml
from caliban.compiler.frontend.dependencies.uv_lock import read_uv_lock
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.locks.lock import Lock
from caliban.compiler.problems import dependencies as problems
from caliban.compiler.project import Package, PythonFact


def read_lock(disk: Disk, path: str, own: Package | None) -> tuple[Lock, PythonFact | None]:
    """The lock, with what the package at the root asks of it. Raises Rejected where it cannot be read."""
    toml = read_toml(disk, path)
    if toml is None:
        raise Rejected(problems.no_requirements_file(path, None))
    groups = () if own is None else own.chosen_groups
    wanted = () if own is None else (*own.selected, *(group.name for group in groups))
    asked = [*((own.requirements if own is not None else None) or ())]
    asked += [each for group in groups for each in group.requirements]
    roots = tuple(edges_of(each.text for each in asked))
    manifest = "pyproject.toml"
    match path.rpartition("/")[2]:
        case "uv.lock":
            return read_uv_lock(toml, manifest, wanted), _python(toml, toml.root.get("requires-python"))
        case "poetry.lock":
            constraint = toml.table("metadata").get("python-versions")
            return read_poetry_lock(toml, manifest, roots, wanted), _python(toml, constraint)
        case "pdm.lock":
            return read_pdm_lock(toml, manifest, roots, wanted), None
        case _:
            replaced = None if own is None else manifest
            return read_pylock(toml, replaced, wanted), _python(toml, toml.root.get("requires-python"))


def _python(toml: Toml, text: object) -> PythonFact | None:
    specifier = specifier_of(text) if isinstance(text, str) else None
    return python_fact(specifier, toml.place("python")) if specifier else None
