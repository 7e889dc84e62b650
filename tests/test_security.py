"""SECURITY.md names the test of each promise, and each test that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMED = re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))


def test_every_promise_names_tests_that_exist() -> None:
    defined = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert len(NAMED) > 20
    assert sorted(set(NAMED) - defined) == []


def test_every_promise_has_a_test() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    promised = text.partition("## What is promised")[2].partition("## What is not promised")[0]
    promises = re.split(r"^- ", promised, flags=re.MULTILINE)[1:]
    assert [promise for promise in promises if "`test_" not in promise] == []
