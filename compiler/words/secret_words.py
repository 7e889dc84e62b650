"""Finds secret words of a command line by their names: words in, the parts of them that may be shown out.

The names are those that gitleaks (config/gitleaks.toml, rule generic-api-key), detect-secrets (plugins/keyword.py) and
the command lines of wandb, Hugging Face, Kaggle and the clouds use. Machine learning has many names that only sound
like them: `--max_tokens`, `--pad_token`, `--sort_key`, `--two_pass`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.words.quoting import quoted
from caliban.compiler.words.secret_urls import secret_spans

MASK = "…"

# Secrets wherever they stand in a name, unless its last word says that the value only describes or points to one.
_ALWAYS = {"password", "passwords", "passwd", "passphrase", "secret", "secrets", "credential", "credentials", "apikey", "apikeys"}  # fmt: skip  # noqa: E501  # a list of words
_POINTS = {"file", "files", "path", "dir", "folder", "name", "names", "length", "len", "size", "count", "type", "env", "var", "policy", "provider", "url", "uri", "min", "max", "manager", "store", "version"}  # fmt: skip  # noqa: E501  # a list of words
# Before `key`: what opens something. `--key`, `--sort_key` and `--rng_key` open nothing.
_OPENERS = {"api", "access", "private", "secret", "auth", "encryption", "signing", "ssh", "account", "master", "service", "storage", "subscription", "deploy", "license", "admin", "app", "application", "client", "wandb", "openai", "anthropic", "hf", "huggingface", "azure", "aws", "gcp", "comet", "neptune", "kaggle", "github", "gitlab"}  # fmt: skip  # noqa: E501  # a list of words
# Before `token`: a place in a text, or a quantity, and no ticket.
_OF_TEXT = {"pad", "padding", "eos", "bos", "eot", "unk", "sep", "cls", "mask", "special", "image", "img", "video", "audio", "vision", "text", "start", "end", "begin", "stop", "trigger", "prompt", "completion", "placeholder", "initializer", "instance", "class", "concept", "control", "new", "next", "first", "last", "per", "each", "max", "min", "num", "n", "total", "input", "output", "target", "source", "context", "generated", "batch", "train", "eval", "warmup", "query", "task", "soft", "register", "think", "tool", "no", "add", "single", "multi", "by", "word", "sub", "bad", "suppress", "forced", "decoder"}  # fmt: skip  # noqa: E501  # a list of words
_NO_PASSWORD = {"low", "high", "band", "num", "n", "one", "two", "multi", "single", "first", "second", "third", "forward", "backward", "by", "render", "max", "min", "per"}  # fmt: skip  # noqa: E501  # before `pass`
_FLAG_WORDS = {"true", "false", "yes", "no", "on", "off", "none", "null", ""}
_NUMBER = r"[-+]?(\d[\d_]*)?\.?\d+([eE][-+]?\d+)?"

_WORTH_A_LOOK = r"(?i)pass|pwd|secret|token|key|cred|auth|cookie|bearer|://"
# NAME= or "NAME": inside a word: `--opt=NAME=VALUE`, `a=1,NAME=VALUE`, `?NAME=VALUE`, `{"NAME": "VALUE"}`.
_NAMED = r"""(?<![A-Za-z0-9_.+~/-])(?P<name>[A-Za-z0-9_.+~/-]+)(?:=|["']?\s*:\s*)"""


class Word(NamedTuple):
    """One word of a command line; `before + secret + after` is the word, and `secret` is never shown."""

    before: str
    secret: str = ""
    after: str = ""
    name: str = ""  # of the secret, as typed: '--password'


def is_secret(name: str, value: str) -> bool:
    """Return whether a value of this name is a secret: `HF_TOKEN`, `--api-key`, `db.password`."""
    words = _words_of(name)
    plain = value.strip().strip("\"'")
    if not words or plain.lower() in _FLAG_WORDS:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in ("token", "tokens"):
        is_text = before in _OF_TEXT or words[0] in ("max", "min", "num", "n", "add")
        return not is_text and not re.fullmatch(rf"{_NUMBER}|<.*>|\[.*\]", plain)
    if last in ("key", "keys"):
        return before in _OPENERS
    if words[-3:-1] == ["access", "key"] and last == "id":  # half of a pair that scanners report, as AWS's
        return True
    match last:
        case "pwd":  # `PWD` alone is a folder
            return not plain.startswith("/")
        case "pass":
            return before not in _NO_PASSWORD and not re.fullmatch(_NUMBER, plain)
        case "auth":
            return ":" in plain  # --gradio-auth USER:PASSWORD
        case "credentials" | "credential" | "creds":
            return not re.fullmatch(r"[~.]?/\S+|\S+\.json", plain)  # a path
        case "authorization" | "bearer" | "cookie" | "cookies":
            return True
    if last in _POINTS:
        return False
    joined = re.search(r"passw(or)?d$|(client|app|api)secret$|(access|api|auth|bot|hf|refresh|session)token$", last)
    return joined is not None or not _ALWAYS.isdisjoint(words)


def find_secrets(words: Iterable[str]) -> Iterator[Word]:
    """The words, each with what is secret in it: the value of an option of such a name, a password or token in a URL.

    >>> list(map(shown, find_secrets(("--lr", "0.1", "--password", "hunter2", "db.api_key=hunter2", "--max_tokens=5"))))
    ['--lr', '0.1', '--password', '…', 'db.api_key=…', '--max_tokens=5']
    """
    option = ""  # whose value comes next
    for word in words:
        if option and not re.match(r"--[A-Za-z]", word) and is_secret(option, word):
            yield Word("", word, "", option)
            option = ""
            continue
        option = ""
        if not re.search(_WORTH_A_LOOK, word):
            yield Word(word)
            continue
        if re.fullmatch(r"-{1,2}[A-Za-z][^=\s]+", word):
            option = word
        yield _inside(word)


def shown(word: Word) -> str:
    """The word for people, unquoted: `--password=…`."""
    return f"{word.before}{MASK}{word.after}" if word.secret else word.before


def masked_words(words: Iterable[str]) -> list[str]:
    """The words with a placeholder in place of each secret."""
    return [shown(word) for word in find_secrets(words)]


def masked_line(words: Sequence[str]) -> str:
    """The words on one line, quoted for a shell, each secret as `…`; for comments and hints."""
    return " ".join(_quoted(word) for word in find_secrets(words))


def masked_text(text: str) -> str:
    """A line of a file with a star for each character of a secret, so that what stands behind it keeps its column."""
    if not re.search(_WORTH_A_LOOK, text):
        return text
    spans = list(secret_spans(text)) if "://" in text else []
    for found in re.finditer(_NAMED, text):
        value = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"?|'([^']*)'?|([^\s,;&}\]"']+))""").match(text, found.end())
        group = value.lastindex if value is not None else None
        if value is not None and group is not None and is_secret(found["name"], value[group]):
            spans.append(value.span(group))
    for found in re.finditer(r"""(?<![\w.-])(--?[A-Za-z][\w.-]+)[ \t]+(?!-)["']?([^\s"',]+)""", text):
        if is_secret(found[1], found[2]):
            spans.append(found.span(2))
    for start, end in spans:
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def _inside(word: str) -> Word:
    """The secret within one word: from behind its name to the end, or from the first to the last one in its URLs."""
    spans = list(secret_spans(word)) if "://" in word else []
    for found in re.finditer(_NAMED, word):
        if is_secret(found["name"], word[found.end() :]):
            start = min([found.end(), *(start for start, _ in spans)])
            return Word(word[:start], word[start:], "", found["name"])
    if not spans:
        return Word(word)
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    name = "USER:PASSWORD in the URL" if word[end : end + 1] == "@" else "the secret in the URL"
    return Word(word[:start], word[start:end], word[end:], name)


def _quoted(word: Word) -> str:
    if not word.secret:
        return quoted(word.before)
    before, after = (quoted(text) if text else "" for text in (word.before, word.after))
    return f"{before}{MASK}{after}"


def _words_of(name: str) -> list[str]:
    """'--hfToken' → hf, token; numbers at the end only count: 'API_KEY_2'."""
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    words = [word.lower() for word in re.split(r"[^A-Za-z0-9]+", split) if word]
    while words and words[-1].isdigit():
        words.pop()
    return words
