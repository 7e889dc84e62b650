import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.facts.image_reference import by_digest, flaw

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    "reference",
    [
        "python",
        "python:3.11-slim-bookworm",
        "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime",
        "nvcr.io/nvidia/pytorch:25.08-py3",
        "localhost/mine",
        "localhost:5000/mine:1",
        "REGISTRY.example.com:5000/a/b__c/d--e:Tag_1.0",
        "[::1]:5000/mine",
        f"python@{DIGEST}",
        f"python:3.11@{DIGEST}",
    ],
)
def test_what_the_engine_takes_has_no_flaw(reference: str) -> None:
    assert flaw(reference) is None


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "Python:3.11",
        "scratch",
        "pytorch/PyTorch",
        "python:",
        "python:-1",
        f"python:{'a' * 129}",
        "python@sha256:abc",
        "a//b",
        "/a",
        "a/",
        "a b",
        "a..b",
        "-a",
        "a:b:c",
        "a:5000/",
        "https://registry.example.com/a",
        "python{}",
        "a" * 256,
        "a\nFROM b",
    ],
)
def test_what_the_engine_refuses_has_one(reference: str) -> None:
    assert flaw(reference) is not None


@given(st.text())
def test_what_has_no_flaw_is_one_word_of_a_dockerfile(reference: str) -> None:
    if flaw(reference) is None:
        assert reference.isascii() and reference.split() == [reference] and not set(reference) & set("\"'$\\#")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("python:3.11-slim-bookworm", f"python@{DIGEST}"),
        ("localhost:5000/mine", f"localhost:5000/mine@{DIGEST}"),
        ("localhost:5000/mine:1", f"localhost:5000/mine@{DIGEST}"),
        ("python@sha256:1", "python@sha256:1"),
    ],
)
def test_a_digest_stands_in_the_place_of_the_tag(reference: str, expected: str) -> None:
    assert by_digest(reference, DIGEST) == expected
