"""The token endpoint's refusals, as google-auth prints them at the end of a run."""

import pytest

from caliban.runtime.credentials.refused_key import refusal

REFUSED = "google.auth.exceptions.RefreshError: ('{0}', {{'error': 'invalid_grant', 'error_description': '{0}'}})\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("invalid_grant: Invalid grant: account not found", "the account does not exist any more"),
        ("invalid_grant: Invalid JWT Signature.", "the key was deleted"),
        ("invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes)", "the clock of this machine"),
        ("invalid_grant: Token has been expired or revoked.", "the login has expired"),
        ("Reauthentication is needed. Please run `gcloud auth login` to reauthenticate.", "your organization wants"),
    ],
)
def test_a_refusal_is_told_with_its_remedy(words: str, reason: str) -> None:
    problem = refusal("Traceback (most recent call last):\n" + REFUSED.format(words))
    assert problem is not None
    assert (problem.code, reason in problem.message, bool(problem.hint)) == ("refused-key", True, True)


@pytest.mark.parametrize(
    "output", ["", "ValueError: account not found\n", REFUSED.format("invalid_grant: Bad Request")]
)
def test_other_failures_are_not_explained(output: str) -> None:
    assert refusal(output) is None
