"""Explains why a token endpoint refused credentials, from the end of a run's output."""

import re

from caliban.compiler.diagnostics import Diagnostic
from caliban.runtime.credentials import problems

_LOGIN = "log in again on this machine: gcloud auth application-default login"
# Google's words, as google-auth quotes them: 'RefreshError: ('invalid_grant: Invalid grant: account not found', …)'.
# https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth and …/oauth2/native-app#errors
_REFUSALS = (
    (
        r"account not found|account has been deleted|deleted_client|disabled_client",
        "the account does not exist any more, or is disabled",
        "name a key of another account: --cloud_key PATH",
    ),
    (
        r"Invalid JWT Signature",
        "the key was deleted, or is not this account's",
        "make a new one: gcloud iam service-accounts keys create key.json --iam-account ACCOUNT",
    ),
    (
        r"Token must be a short-lived token",
        "the clock of this machine is wrong",
        "set it: timedatectl set-ntp true",
    ),
    (r"invalid_rapt|reauthentication is needed", "your organization wants you to log in again", _LOGIN),
    (r"Token has been expired or revoked", "the login has expired, or was revoked", _LOGIN),
)


def refusal(output: str) -> Diagnostic | None:
    """The problem, if google-auth could not get a token for the credentials; None where the run failed of another."""
    if not re.search(r"invalid_grant|invalid_rapt|RefreshError", output):
        return None
    for pattern, reason, hint in _REFUSALS:
        if re.search(pattern, output, re.IGNORECASE):
            return problems.refused(reason, hint)
    return None
