"""Asks git about a project that may come from the internet: nothing that its own configuration names is started."""

from collections.abc import Sequence

# Of what a repository may configure, these would start a program for the questions that we ask.
_SAFELY = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
# The configuration can allow any protocol, `ext::COMMAND` among them, for what a partial clone left behind; the
# environment beats it (git-config(1), protocol.allow).
_ENVIRONMENT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}


def ask_git(root: str, words: Sequence[str]) -> str | None:
    """Return the output of `git WORDS` in a folder; None if it fails, or git is not installed."""
    import shutil  # 4 ms with all its archivers

    from caliban.runtime.execute import answer

    if shutil.which("git") is None:
        return None
    outcome = answer(("git", *_SAFELY, "-C", root, *words), environment=_ENVIRONMENT)
    return outcome.stdout if outcome.code == 0 else None
