"""Problems of what the run will not find: arguments and links to what is not copied, pointers, empty submodules."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted, quoted_file

if TYPE_CHECKING:
    from caliban.compiler.frontend.project.absence import Absence

_SHOWN = 3


def absent_argument(path: str, found: "Absence") -> Diagnostic:
    """An argument of the script names a path of the project that is not in the container."""
    return Diagnostic(
        code="not-copied",
        message=f"'{printable(path)}' is an argument of the script, but {found.reason}",
        place=found.place or Place(source="-- ARGS"),
        hint=found.remedy if found.place else f"if the script reads it: {found.remedy}",
        severity="warning",
    )


def dangling_links(paths: Sequence[str], target: str) -> Diagnostic:
    """They lead to nothing on this machine either."""
    return Diagnostic(
        code="dangling-link",
        message=f"{_links(paths)} to nothing, copied as {_it(paths, 'a link', 'links')}: '{printable(target)}'",
        place=Place(source=paths[0]),
        hint=f"make {_it(paths, 'it lead', 'them lead')} to something, or remove {_it(paths, 'it', 'them')}",
        severity="warning",
    )


def annexed_links(paths: Sequence[str], *, is_there: bool) -> Diagnostic:
    """git-annex keeps the files themselves below .git, which is left out of every copy."""
    names = " ".join(map(quoted_file, paths[:_SHOWN])) if len(paths) <= _SHOWN else "."
    get = "" if is_there else f"git annex get {names} && "
    return Diagnostic(
        code="dangling-link",
        message=f"{_links(paths)} into git-annex's own folder, which is not copied",
        place=Place(source=paths[0]),
        hint=f"put the files in their place: {get}git annex unlock {names}",
        severity="warning",
    )


def absolute_links(paths: Sequence[str], target: str, inside: str) -> Diagnostic:
    """By the project's place on this machine, which the container does not have."""
    return Diagnostic(
        code="dangling-link",
        message=f"{_links(paths)} by an absolute path, which the container does not have: '{printable(target)}'",
        place=Place(source=paths[0]),
        hint=f"make it relative: ln -sfnr {quoted_file(inside)} {quoted_file(paths[0])}",
        severity="warning",
    )


def links_outside(paths: Sequence[str], target: str, mount: str) -> Diagnostic:
    """Nothing outside the project is copied."""
    return Diagnostic(
        code="dangling-link",
        message=f"{_links(paths)} out of the project, copied as {_it(paths, 'a link', 'links')}: '{printable(target)}'",
        place=Place(source=paths[0]),
        hint=f"mount what {_it(paths, 'it leads', 'they lead')} to: --mount {quoted(mount)}",
        severity="warning",
    )


def links_to_absent(paths: Sequence[str], target: str, remedies: Sequence[str]) -> Diagnostic:
    """They lead to what the project has, and the copy lacks."""
    return Diagnostic(
        code="dangling-link",
        message=f"{_links(paths)} to what is not copied: '{printable(target)}'",
        place=Place(source=paths[0]),
        hint=f"bring what {_it(paths, 'it leads', 'they lead')} to: {', '.join(remedies[:_SHOWN])}",
        severity="warning",
    )


def lfs_pointers(paths: Sequence[str], *, fetchable: bool) -> Diagnostic:
    """A text of three lines stands for the file; `fetchable`: git-lfs knows it in this repository."""
    only = f" --include {quoted_file(paths[0])}" if len(paths) == 1 else ""
    return Diagnostic(
        code="lfs-pointer",
        message=f"{_named(paths)} {_it(paths, 'is a pointer', 'are pointers')} of Git LFS, not the file itself",
        place=Place(source=paths[0]),
        hint=f"fetch {_it(paths, 'it', 'them')}: git lfs pull{only}"
        if fetchable
        else f"copy {_it(paths, 'the file', 'the files')} again from a clone in which git lfs pull was run",
        severity="warning",
    )


def empty_submodules(paths: Sequence[str]) -> Diagnostic:
    """A clone without --recurse-submodules leaves the folders empty."""
    return Diagnostic(
        code="empty-submodule",
        message=f"{_named(paths)} {_it(paths, 'is an empty submodule', 'are empty submodules')} of git",
        place=Place(source=paths[0]),
        hint=f"fetch {_it(paths, 'it', 'them')}: git submodule update --init {' '.join(map(quoted_file, paths))}",
        severity="warning",
    )


def _links(paths: Sequence[str]) -> str:
    return f"{_named(paths)} {_it(paths, 'is a link', 'are links')}"


def _named(paths: Sequence[str]) -> str:
    names = ", ".join(f"'{printable(path)}'" for path in paths[:_SHOWN])
    return f"{names} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else names


def _it(paths: Sequence[str], one: str, several: str) -> str:
    return one if len(paths) == 1 else several
