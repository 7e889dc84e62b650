"""Problems of choosing the files in which a project declares what it needs."""

import shlex
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable


def unused(paths: Sequence[str]) -> Diagnostic:
    """Nothing is declared where caliban looks, but there are files that look like it."""
    readable = next((path for path in paths if not path.endswith(("cog.yaml", ".in"))), None)
    flag = f"--requirements {printable(shlex.quote(readable))}" if readable else None
    return Diagnostic(
        code="unused-requirements",
        message=f"no dependency is installed, but this could declare some: {', '.join(map(printable, paths))}",
        place=Place(source=paths[0]),
        severity="warning",
        hint=f"say which file counts: {flag}" if flag else "list the packages that the run needs in requirements.txt",
    )


def groups_not_asked(manifest: str, groups: Sequence[str]) -> Diagnostic:
    """Dependency groups, and nothing else that declares a dependency."""
    return Diagnostic(
        code="unused-requirements",
        message=f"no dependency is installed, but {manifest} has groups of them: {', '.join(map(printable, groups))}",
        place=Place(source=manifest),
        severity="warning",
        hint=f"say which group counts: --extras {printable(groups[0])}",
    )


def one_environment(used: str, others: Sequence[str]) -> Diagnostic:
    """Several environments of conda at the root: copies of one another, or one for each kind of machine."""
    unread = " and ".join(others)
    return Diagnostic(
        code="two-environments",
        message=f"{used} is installed, and not {unread}",
        place=Place(source=used),
        severity="warning",
        hint=f"remove {unread}, or name the one that is meant: --requirements {others[0]}",
    )


def no_environment(path: str) -> Diagnostic:
    """A YAML file that is named, but is none of conda's."""
    return Diagnostic(
        code="bad-environment",
        message="no environment of conda: it has no 'dependencies'",
        place=Place(source=path),
        hint="name a requirements file, pyproject.toml, setup.py or environment.yml",
    )
