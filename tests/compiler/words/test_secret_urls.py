"""Secrets in URLs: what is surely one, what may be one, and that ordinary addresses stay readable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.facts.data_files import table
from caliban.compiler.words.secret_urls import doubtful_spans, has_secret_query, masked_urls, secret_spans

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PYPI_PATH = f"packages/b7/ce/{'149a00dd41' * 6}/six-1.16.0-py2.py3-none-any.whl"
DRAWN = "Ab3kd93kd83jd83k"

ORDINARY = (
    "https://pypi.example/simple/six/",
    f"https://files.example/{PYPI_PATH}",
    f"https://mirror.example/{PYPI_PATH}#sha256={COMMIT}",
    "https://download.pytorch.org/whl/cu126/torch-2.9.0%2Bcu126-cp311-cp311-manylinux_2_28_x86_64.whl",
    "https://wheels.example/pyyaml-6.0.4-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl.metadata",
    "https://data.pyg.org/whl/torch-2.3.0+cu121.html",
    f"git+https://github.com/owner/transformers4rec@{COMMIT}#egg=x&subdirectory=lib",
    f"git+https://git.example/owner/transformers4rec@{COMMIT}",
    f"https://git.example/owner/name/-/archive/{COMMIT}/name.tar.gz",
    "git+ssh://git@github.com/owner/name.git",
    "https://huggingface.co/bigscience/bloom560m/resolve/main/model.safetensors?download=true",
    "https://index.example/machine-learning/2025-11-01/simple/?format=json",
    "https://${USER}:${PASSWORD}@index.example/simple?token=${TOKEN}",
    "https://index.example/${PRIVATE_INDEX_TOKEN_OF_2025}/simple",
    "http://[::1]:8080/simple",
    "file:///opt/wheels4everybody2025/x",
    "redis://cache:6379/0",
    "#5 [2/7] RUN pip install https://wheels.example/a.whl (1.2 MB), then https://wheels.example/b.",
    "neither an address nor a query: what?token=it",
)  # fmt: skip


@pytest.mark.parametrize("text", [text for text in ORDINARY if "${USER}" not in text and "git@" not in text])
def test_ordinary_addresses_and_lines_stay_readable(text: str) -> None:
    assert masked_urls(text) == text


@pytest.mark.parametrize("text", ORDINARY)
def test_no_ordinary_address_is_taken_for_one_with_a_secret(text: str) -> None:
    assert (list(secret_spans(text)), list(doubtful_spans(text))) == ([], [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:SECRET@h.example/simple", "https://****@h.example/simple"),
        ("https://SECRET@h.example/simple", "https://****@h.example/simple"),
        ("https://SECRET:@h.example/simple", "https://****@h.example/simple"),
        ("postgresql+asyncpg://me:SECRET@h.example/db", "postgresql+asyncpg://****@h.example/db"),
        ("https://h.example/simple/?token=SECRET", "https://h.example/simple/?token=****"),
        ("https://h.example/a.whl?v=SECRET&sig=SECRET&dl=1#egg=a", "https://h.example/a.whl?v=****&sig=****&dl=1#egg=a"),
        ("https://h.example/a.whl?SECRET", "https://h.example/a.whl?****"),
        ("https://pypi.example/simple/?token=SECRET", "https://pypi.example/simple/?token=****"),
        (f"https://h.example/{DRAWN}/simple", "https://h.example/****/simple"),
        (f"https://h.example/t/{DRAWN}/conda", "https://h.example/t/****/conda"),
        ("https://hooks.slack.com/services/T0/B0/SECRET", "https://hooks.slack.com/services/****"),
        (
            "  cause: error sending request for url (https://h.example/simple/six/?token=SECRET)",
            "  cause: error sending request for url (https://h.example/simple/six/?token=****)",
        ),
        ("`https://h.example/?key=SECRET`, `https://h.example/b`.", "`https://h.example/?key=****`, `https://h.example/b`."),
        ('{"url": "https://h.example/?key=SECRET"}', '{"url": "https://h.example/?key=****"}'),
        ("https://proxy.example/https://me:SECRET@h.example/x", "https://proxy.example/https://****@h.example/x"),
    ],
)  # fmt: skip
def test_secrets_are_masked_wherever_they_stand_in_an_address(text: str, shown: str) -> None:
    assert (masked_urls(text), masked_urls(shown)) == (shown, shown)


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("redis://:SECRET@cache:6379/0", [":SECRET"]),
        ("postgres://me:SECRET@db/x?sslmode=require", ["me:SECRET"]),
        ("amqp://me@broker/x", []),
        ("https://SECRET@o1.ingest.sentry.io/1", ["SECRET"]),
        ("https://b.s3.amazonaws.com/x?X-Amz-Date=20251130T000000Z&X-Amz-Signature=SECRET", ["SECRET"]),
        ("https://a.blob.core.windows.net/c/x?sv=2024-01-01&sig=SECRET", ["SECRET"]),
        ("https://h.example/x?page=SECRET&access_token=SECRET", ["SECRET"]),
        ("https://h.example/x?key=1&use_token=true", []),
        (f"https://h.example/{DRAWN}/x", []),
    ],
)
def test_what_is_surely_a_secret(text: str, secrets: list[str]) -> None:
    assert [text[start:end] for start, end in secret_spans(text)] == secrets


@pytest.mark.parametrize(
    "address",
    [
        "hooks.slack.com/services/T0/B0/SECRET",
        "discord.com/api/webhooks/1/SECRET",
        "canary.discord.com/api/v10/webhooks/1/SECRET",
        "team.webhook.office.com/webhookb2/SECRET",
        "outlook.office.com/webhook/SECRET",
        "hooks.zapier.com/hooks/catch/1/SECRET/",
        "maker.ifttt.com/trigger/done/with/key/SECRET",
        "api.telegram.org/bot1:SECRET/sendMessage",
        "open.feishu.cn/open-apis/bot/v2/hook/SECRET",
        "hc-ping.com/SECRET",
    ],
)
def test_the_address_of_a_webhook_is_a_secret_and_its_host_is_none(address: str) -> None:
    [(start, _)] = secret_spans(f"https://{address}")
    shown = f"https://{address}"[:start]
    assert ("SECRET" in shown, shown.startswith(f"https://{address.partition('/')[0]}/")) == (False, True)


def test_every_webhook_of_the_table_has_a_source_and_an_example_here() -> None:
    examples = next(
        mark.args[1]
        for mark in test_the_address_of_a_webhook_is_a_secret_and_its_host_is_none.pytestmark  # type: ignore[attr-defined]
    )
    entries = table("addresses")["webhooks"]
    assert all(any(re.match(entry["address"], each) for each in examples) for entry in entries)
    assert all(entry["source"].startswith("https://") for entry in entries)


def test_a_variable_in_a_query_counts_where_its_value_would_be_written_down() -> None:
    assert has_secret_query("https://h.example/a.whl?sig=${SIG}") and not has_secret_query("https://h.example/a?b=${C}")


@given(st.text("ab1.:/@?&=#%-${}\"'` ") | st.text())
def test_any_text_is_masked_and_what_is_masked_stays(text: str) -> None:
    once = masked_urls(f"https://{text}")
    assert masked_urls(once) == once


def test_a_text_of_any_length_is_looked_through_once() -> None:
    for text in ("a1" * 500_000, "a.b-" * 250_000, "https://" * 100_000):
        assert "://" in masked_urls(f"{text} https://h.example/x?key=SECRET") and "SECRET" not in masked_urls(
            f"{text} https://h.example/x?key=SECRET"
        )
