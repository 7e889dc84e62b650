"""Problems of arguments for `docker run`, wherever they are written."""

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.jsonc.problems import clipped
from caliban.compiler.words.quoting import quoted
from caliban.compiler.words.secret_words import masked_words


def not_shell_words(source: str, text: str, reason: str) -> Diagnostic:
    """Quotes that do not close."""
    return Diagnostic(
        code="unbalanced-quotes",
        message=f"cannot be split into words: {reason[:1].lower()}{reason[1:].rstrip('.')}",
        place=Place(source=source, text=text),
        hint="quote it as a shell command line: --docker_run_args '--memory 1g --volume \"/a b:/x\"'",
    )


def no_option(word: str, source: str) -> Diagnostic:
    """A word that docker would take for the image."""
    return Diagnostic(
        code="bad-argument",
        message=f"docker run would take {clipped(masked_words((word,))[0])!r} for the image",
        place=Place(source=source),
        hint="write options of docker run; arguments of your script go after --",
    )


def without_value(argument: str, source: str) -> Diagnostic:
    """The last argument is one that needs a value: it would swallow what comes behind."""
    return Diagnostic(
        code="bad-argument",
        message=f"{clipped(argument)} needs a value",
        place=Place(source=source),
        hint=f"write {clipped(argument)} VALUE",
    )


def refused(argument: str, source: str, reason: str) -> Diagnostic:
    """An option that would take the container out of caliban's control."""
    return Diagnostic(
        code="refused-argument",
        message=f"{printable(argument)} cannot be passed on: {reason}",
        place=Place(source=source),
        hint=f"leave out {printable(argument)}",
    )


def privileged(place: Place, argument: str) -> Diagnostic:
    """An option that only the command line can grant."""
    return Diagnostic(
        code="privileged",
        message=f"a project cannot pass {clipped(argument)} to docker run by its config",
        place=place,
        hint="take it out of the config; if you trust the project, say it yourself: "
        f"--docker_run_args {quoted(argument)}",
    )


def variable_of_host(place: Place, argument: str) -> Diagnostic:
    """`--env NAME`, which would hand a variable of the user's environment to the project's code."""
    return Diagnostic(
        code="privileged",
        message=f"a project cannot ask for a variable of your environment: {clipped(argument)}",
        place=place,
        hint="give it a value, NAME=VALUE; or take it out of the config, and pass it yourself: --env NAME",
    )
