"""Variables of the user's environment that a build is lent: those that a config asks for, and --build_secret."""

from collections.abc import Mapping

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.input.project import Project
from caliban.runtime.building import problems


def check_secrets(project: Project, environment: Mapping[str, str]) -> None:
    """Raises Rejected where --build_secret names a variable that is not set, or the config asks for one not granted."""
    settings = project.settings
    if unset := [name for name in dict.fromkeys(settings.typed_secrets) if name not in environment]:
        raise Rejected(*map(problems.secret_unset, unset))
    asked = [name for name in settings.build_secrets if name in environment and name not in settings.granted_secrets]
    if asked:
        raise Rejected(problems.secrets_not_granted(project.config.source or "", asked))
