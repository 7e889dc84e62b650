"""Problems of credentials for Google Cloud; no message quotes what is in them."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted_file

CODE = "bad-key"


def unreadable(path: str, source: str, reason: str) -> Diagnostic:
    """Missing, a directory, empty, too large, somebody else's."""
    return _problem(
        path,
        source,
        f"the credentials cannot be read: {printable(reason)}",
        "check the path, or pass no credentials: --no_credentials",
    )


def not_json(path: str, source: str, what: str) -> Diagnostic:
    """`what` it is instead: 'a P12 key', 'no JSON, or only a part of it'."""
    return _problem(
        path,
        source,
        f"not a usable key: {what}",
        "credentials are JSON files; a new key: gcloud iam service-accounts keys create key.json --iam-account ACCOUNT",
    )


def other_json(path: str, source: str, what: str, known: Sequence[str]) -> Diagnostic:
    """JSON, but no credentials: an OAuth client's secret, a kind that nobody knows."""
    return _problem(path, source, f"not a usable key: {what}", f'name a file whose "type" is one of {", ".join(known)}')


def incomplete(path: str, source: str, kind: str, missing: Sequence[str]) -> Diagnostic:
    """Fields that every such file has."""
    return _problem(
        path,
        source,
        f"not a usable key: {kind} without {' and '.join(missing)}",
        "download it again, and do not edit it",
    )


def damaged(path: str, source: str, kind: str, error: str) -> Diagnostic:
    """google-auth refuses it. Its message may quote the file, so only its kind is told."""
    return _problem(
        path,
        source,
        f"not a usable key: google-auth cannot load {kind} ({error})",
        "download it again, and do not edit it",
    )


def bound_to_host(path: str, source: str, what: str) -> Diagnostic:
    """Workload identity that asks a program or a certificate store of the host."""
    return _problem(
        path,
        source,
        f"these credentials get their token from {what} of this machine, which a container does not have",
        "name credentials with a token file or URL, or a service-account key; or pass none: --no_credentials",
    )


def token_unusable(path: str, source: str, token: str, reason: str) -> Diagnostic:
    """The file with the token of a workload identity."""
    return _problem(
        path,
        source,
        f"the token that these credentials refer to cannot be used: {printable(token)}: {printable(reason)}",
        "have a new one written there, or pass no credentials: --no_credentials",
    )


def reaching_out(path: str, source: str, file: str) -> Diagnostic:
    """A project from elsewhere could lend itself the user's files by a key of its own."""
    return _problem(
        path,
        source,
        f"credentials in the project folder refer to a file outside it: {printable(file)}",
        "if they are yours and not the project's: keep them outside of it, and name them there",
    )


def token_stays(token: str) -> Diagnostic:
    """A bind mount of a file does not follow a replacement by rename."""
    return Diagnostic(
        code="key-expires",
        message="the run sees the current token: one that replaces the file later does not reach it",
        place=Place(source=token),
        hint="that is enough for a run that ends before the token does; for a longer one use a service-account key",
        severity="warning",
    )


def address_of_host(path: str, source: str) -> Diagnostic:
    """In a container, 'localhost' is the container."""
    return Diagnostic(
        code="key-unreachable",
        message="these credentials get their token from an address of this very machine",
        place=_place(path, source),
        hint="let the run share the machine's network, so that it reaches it: --docker_run_args '--network host'",
        severity="warning",
    )


def aws_of_host(path: str, source: str) -> Diagnostic:
    """AWS keys are in the environment or with the instance's metadata service."""
    return Diagnostic(
        code="key-unreachable",
        message="these credentials take AWS keys from the environment, or from the metadata service of an AWS machine",
        place=_place(path, source),
        hint="pass the keys on, where there is no such service: "
        "--env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --env AWS_SESSION_TOKEN --env AWS_REGION",
        severity="warning",
    )


def open_to_all(path: str, source: str) -> Diagnostic:
    """Every user of the machine may read it."""
    return Diagnostic(
        code="open-key",
        message="everybody on this machine may read these credentials",
        place=_place(path, source),
        hint=f"keep them to yourself: chmod 600 {quoted_file(path)}",
        severity="warning",
    )


def refused(reason: str, hint: str) -> Diagnostic:
    """The token endpoint's answer, which only a run can know."""
    return Diagnostic(
        code="refused-key",
        message=f"the cloud did not accept the credentials of the run: {reason}",
        hint=hint,
        severity="warning",
    )


def not_passed_on(problem: Diagnostic) -> Diagnostic:
    """Credentials that nobody asked for stop no run."""
    return Diagnostic(
        code=problem.code,
        message=f"{problem.message}; the run goes on without credentials",
        place=problem.place,
        hint="--no_credentials, or $CALIBAN_NO_CREDENTIALS, says that none are wanted",
        severity="warning",
    )


def _problem(path: str, source: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=CODE, message=message, place=_place(path, source), hint=hint)


def _place(path: str, source: str) -> Place:
    return Place(source=f"{source}: {path}")
