"""Finds the credentials for Google Cloud that a run gets, and has them checked before anything is built.

Nothing is imported for it, and no file read, where there are none.
"""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.input.caller import Credentials
from caliban.compiler.input.invocation import Compilation, Launched
from caliban.runtime.credentials import problems

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_DEFAULT_SOURCE = "gcloud's application default credentials"


class Located(NamedTuple):
    """A file with credentials, not looked into yet."""

    path: str
    source: str  # who named it
    asked: bool = True  # False: gcloud left it in the user's home, as a default for all programs


class FoundCredentials(NamedTuple):
    """The credentials of a run, with warnings."""

    credentials: Credentials | None
    warnings: tuple[Diagnostic, ...] = ()


def find_credentials(invocation: Compilation, environment: Mapping[str, str]) -> FoundCredentials:
    """The credentials, checked. Raises Rejected where the user named a file that holds none."""
    located = locate(invocation, environment)
    if located is None:
        return FoundCredentials(None)
    from caliban.runtime.credentials.cloud_project import project_of_host
    from caliban.runtime.credentials.file import check_credentials

    path = os.path.abspath(os.path.expanduser(located.path))
    try:
        checked = check_credentials(path, located.source)
        _check_reach(path, checked.referenced_files, located.source)
    except Rejected as rejected:
        if located.asked:
            raise
        return FoundCredentials(None, tuple(problems.not_passed_on(problem) for problem in rejected.diagnostics))
    project = checked.project or project_of_host(environment, cloud_sdk_folder(environment)) or checked.quota_project
    credentials = Credentials(
        path=path,
        source=located.source,
        kind=checked.kind,
        project=project,
        account=checked.account,
        referenced_files=checked.referenced_files,
    )
    return FoundCredentials(credentials, checked.warnings)


def _check_reach(path: str, referenced_files: Sequence[str], source: str) -> None:
    """Credentials that came with the project lend a run no file from outside it. Raises Rejected."""
    root = os.path.realpath(os.curdir)
    if _is_below(root, path) and (outside := [file for file in referenced_files if not _is_below(root, file)]):
        raise Rejected(problems.reaching_out(path, source, outside[0]))


def _is_below(root: str, path: str) -> bool:
    return os.path.commonpath((root, os.path.realpath(path))) == root


def locate(invocation: Compilation, environment: Mapping[str, str]) -> Located | None:
    """The flag's file; else the environment's; else the one that `gcloud auth application-default login` left.

    It is the order of google.auth.default(), so that a program has in the container what it has on the host. Where the
    user gives the variable to the container, that is for a file of their own, and we keep out of it.
    """
    if invocation.build.cloud_key is not None:
        return Located(invocation.build.cloud_key, "--cloud_key")
    if not invocation.build.credentials or environment.get("CALIBAN_NO_CREDENTIALS"):
        return None
    if isinstance(invocation, Launched) and any(variable.name == VARIABLE for variable in invocation.launch.env):
        return None
    if path := environment.get(VARIABLE):
        return Located(path, f"${VARIABLE}")
    path = os.path.join(cloud_sdk_folder(environment), "application_default_credentials.json")
    return Located(path, _DEFAULT_SOURCE, asked=False) if os.path.exists(path) else None


def cloud_sdk_folder(environment: Mapping[str, str]) -> str:
    """Return the folder of gcloud's settings."""
    home = environment.get("HOME") or os.path.expanduser("~")
    return environment.get("CLOUDSDK_CONFIG") or os.path.join(home, ".config", "gcloud")
