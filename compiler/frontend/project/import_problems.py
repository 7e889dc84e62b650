"""Problems of what the entry imports, and the run would not have."""

from collections.abc import Mapping, Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted, quoted_file


def unreached_folder(name: str, path: str, place: Place) -> Diagnostic:
    """The code imports a folder of the project that the container will not have."""
    return Diagnostic(
        code="not-copied",
        message=f"'{name}' is imported, but '{printable(path)}' is neither copied nor installed",
        place=place,
        hint=f"add -d {quoted(path)}",
        severity="warning",
    )


def unreached_module(name: str, path: str, place: Place) -> Diagnostic:
    """The code imports a single file in the project's root that the container will not have."""
    return Diagnostic(
        code="not-copied",
        message=f"'{name}' is imported, but '{printable(path)}' is neither copied nor installed",
        place=place,
        hint=f"move '{printable(path)}' into a folder that is copied,\nor copy the whole directory: -d .",
        severity="warning",
    )


def nothing_declared(modules: Sequence[str], requirements: Mapping[str, bool], place: Place) -> Diagnostic:
    """Packages are imported, and no file declares one; `requirements` says of each line whether it is certain."""
    lines = [line if certain else f"{line}  # if that is its name on PyPI" for line, certain in requirements.items()]
    return Diagnostic(
        code="undeclared",
        message=f"{_imported(modules)}, but the project declares no dependencies",
        place=place,
        hint="\n".join(("write a file requirements.txt:", *lines)),
        severity="warning",
    )


def not_locked(modules: Sequence[str], requirements: Sequence[str], lock: str, remake: str, place: Place) -> Diagnostic:
    """Packages are imported that surely are not among those that a lock has; `remake` makes the lock again."""
    adds = {"uv.lock": "uv add", "poetry.lock": "poetry add", "pdm.lock": "pdm add", "Pipfile.lock": "pipenv install"}
    wanted = " ".join(map(quoted_file, requirements))
    them = "it" if len(modules) == 1 else "them"
    return Diagnostic(
        code="undeclared",
        message=f"{_imported(modules)}, but no package of {printable(lock)} has {them}",
        place=place,
        hint=f"{adds[lock]} {wanted}" if lock in adds else f"declare {wanted}, and make the lock again: {remake}",
        severity="warning",
    )


def _imported(modules: Sequence[str]) -> str:
    names = ", ".join(f"'{printable(module)}'" for module in modules[:_SHOWN])
    more = f" and {len(modules) - _SHOWN} more" if len(modules) > _SHOWN else ""
    return f"{names}{more} {'is' if len(modules) == 1 else 'are'} imported"


_SHOWN = 8
