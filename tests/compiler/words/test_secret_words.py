"""Which words are secrets: names that people have, and names of machine learning that only sound like them."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.words.secret_words import find_secrets, is_secret, masked_line, masked_text

SECRETS = (
    "PASSWORD", "DB_PASSWORD", "POSTGRES_PASSWORD", "--password", "--db-password", "password", "db.password",
    "MYSQL_PWD", "PGPASSWORD", "--authtoken", "clientSecret", "passwd", "SMTP_PASS", "--passphrase", "SECRET",
    "--client_secret", "SECRET_KEY", "SECRET_KEY_BASE", "DJANGO_SECRET_KEY", "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "ACCESS_KEY", "TOKEN", "HF_TOKEN", "--hf_token", "--hfToken",
    "--token", "GITHUB_TOKEN_2", "HUGGING_FACE_HUB_TOKEN", "--use_auth_token", "--access-token", "api_tokens",
    "NPM_TOKEN", "bot_token", "WANDB_API_KEY", "wandb_api_key", "--api-key", "--apiKey", "apikey",
    "OPENAI_API_KEY", "OPENAI_KEY", "API_KEYS", "PRIVATE_KEY", "SSH_KEY", "--encryption_key", "ACCOUNT_KEY",
    "AZURE_STORAGE_KEY", "KAGGLE_KEY", "CREDENTIALS", "--credentials", "PROXY_AUTHORIZATION", "session_cookie",
    "trainer.logger.api_key",
)  # fmt: skip
SOUND_ALIKE = (
    "--tokenizer", "TOKENIZERS_PARALLELISM", "--token_dim", "--token_type", "--tokens_per_batch", "--pad_token",
    "--eos_token_id", "--mask_token", "--special_tokens", "--stop_tokens", "--placeholder_token",
    "--initializer_token", "--num_keys", "--key", "--keys", "--sort_key", "--rng_key", "--primary_key",
    "--public_key", "--key_dim", "--keyframes", "--low_pass", "--password_file", "--secret_name",
    "--credentials_path", "--secretary", "--author", "--authors", "--auth_type", "--passes", "--pass_rate",
    "--compass", "--bypass", "--monkey", "--loss", "--pwd_hash_rounds", "--cookiecutter",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_what_opens_something_is_a_secret(name: str) -> None:
    assert is_secret(name, "hunter2-of-mine")


@pytest.mark.parametrize("name", SOUND_ALIKE)
def test_names_of_machine_learning_that_sound_alike_are_none(name: str) -> None:
    assert not is_secret(name, "hunter2-of-mine")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("--max_tokens", "512"),
        ("--tokens", "1_000"),
        ("--token", "5"),
        ("--unknown_token", "<unk>"),
        ("--use_auth_token", "True"),
        ("--save_password", "false"),
        ("PWD", "/home/me"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/run/key.json"),
        ("--two_pass", "yes"),
        ("--warmup_pass", "2"),
        ("--auth", "basic"),
        ("PASSWORD", ""),
    ],
)
def test_numbers_switches_and_places_are_no_secrets(name: str, value: str) -> None:
    assert not is_secret(name, value)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("--password hunter2 --lr 0.1", "--password … --lr 0.1"),
        ("-password hunter2", "-password …"),
        ("--password=hunter2", "--password=…"),
        ("--password 12345", "--password …"),
        ("--password -hunter2", "--password …"),
        ("--use_auth_token --epochs 3", "--use_auth_token --epochs 3"),
        ("+db.password=hunter2", "+db.password=…"),
        ("--set a=1,token=hunter2", "--set a=1,token=…"),
        ("--log-opt=splunk-token=hunter2", "--log-opt=splunk-token=…"),
        ("""'{"lr": 1, "password": "hunter2"}'""", """'{"lr": 1, "password": '…"""),
        ("'host=db password=hunter2'", "'host=db password='…"),
        ("'Authorization: Bearer hunter2'", "'Authorization: '…"),
        ("postgres://me:hunter2@db/x", "postgres://…@db/x"),
        ("git+https://hunter2@host/x", "git+https://…@host/x"),
        ("'https://host/x?api_key=hunter2'", "'https://host/x?api_key='…"),
        ("'https://me:hunter2@host/x?api_key=hunter2'", "https://…"),
        ("'https://me:hunter2@host/x?sig=hunter2#a'", "https://…'#a'"),
        ("https://hooks.slack.com/services/T0/B0/hunter2", "https://hooks.slack.com/services/…"),
        ("ssh://git@host/x s3://bucket/a@b", "ssh://git@host/x s3://bucket/a@b"),
        ("--max_tokens 512 --tokenizer bert", "--max_tokens 512 --tokenizer bert"),
    ],
)
def test_a_secret_is_hidden_wherever_it_stands_in_a_word(line: str, shown: str) -> None:
    assert masked_line(shlex.split(line)) == shown


@given(st.lists(st.text("abAB-=_.:/@{\"'password token") | st.sampled_from(SECRETS)))
def test_nothing_else_of_the_words_is_lost(words: list[str]) -> None:
    assert [word.before + word.secret + word.after for word in find_secrets(words)] == words


def test_in_a_line_of_a_file_what_follows_keeps_its_column() -> None:
    line = """{"lr": 1, "password": "hunter2", "HF_TOKEN": 'hunter2', -e API_KEY=hunter2 --token hunter2"""
    masked = masked_text(line)
    assert ("hunter2" in masked, len(masked), masked.replace("*******", "hunter2")) == (False, len(line), line)


def test_in_a_line_of_a_file_a_url_keeps_its_column_too() -> None:
    line = """{"DB": "postgres://me:hunter2@db/x", "HOOK": "https://hooks.slack.com/services/hunter2", "lr": 1}"""
    masked = masked_text(line)
    assert ("hunter2" in masked, len(masked), masked.index('"lr"')) == (False, len(line), line.index('"lr"'))


def test_a_word_of_any_length_is_looked_through_once() -> None:
    word = "token" * 500_000
    assert masked_line((word, "--x", "-" * 100_000 + "password")) == f"{word} --x {'-' * 100_000}password"
