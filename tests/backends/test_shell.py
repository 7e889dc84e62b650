"""Command lines of scripts hold no secret, and run once its variables are set."""

import subprocess

from caliban.backends.shell import SecretVariables


def test_a_script_has_a_variable_for_each_secret_and_runs_once_it_is_set() -> None:
    words = ["--password", "hunter2 $(id)", "--api-key=hunter2", "postgres://me:hunter2@db/$x", "--password", "other"]
    text = SecretVariables().join(["printf", "%s\\0", *words])
    values = ["hunter2 $(id)", "hunter2", "me:hunter2", "other"]
    variables = {f"CALIBAN_SECRET_{number}": value for number, value in enumerate(values, start=1)}
    ran = subprocess.run(["sh", "-c", text], env=variables, capture_output=True, check=True)
    assert ("hunter2" in text, ran.stdout.decode().split("\0")[:-1]) == (False, words)


def test_without_its_secret_a_script_stops_and_says_which_is_missing() -> None:
    text = SecretVariables().join(["echo", '--pass"$(id)word', "--db_password", "hunter2"])
    ran = subprocess.run(["sh", "-c", text], env={}, capture_output=True, check=False)
    assert (ran.returncode != 0, ran.stdout, b"CALIBAN_SECRET_1: value of --db_password" in ran.stderr) == (
        True,
        b"",
        True,
    )
