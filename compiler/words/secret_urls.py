"""The secrets in URLs: a text in, the places of users, passwords, tokens and signatures out.

Two questions are asked. `secret_spans`: what is surely a secret, which is refused, hidden or passed by the environment.
`doubtful_spans`: also what may be one, as a token in a path is; that is kept out of images, logs and digests, where a
false alarm costs little. A variable (`${TOKEN}`) is no secret. The known names and hosts are a table with sources.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from caliban.compiler.facts.data_files import table

Span = tuple[int, int]

MASK = "****"

_URL = re.compile(r"""(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z0-9+.-]+)://(?P<rest>[^\s"'`<>\\]+)""")
_CLOSING = ".,;:!?)]"  # of the sentence around a URL
_USER = r"(?<=://)(?!\*+@)[^/\s\"']*@"
_PLAIN = r"(?i)[-+]?[\d.]{1,6}|true|false|yes|no|none|null"
_VARIABLE = r"\$\{\w+\}|\$\w+|%\(\w+\)s|\{\w+\}"
_RUN = re.compile(r"[A-Za-z0-9]+")
_LONGEST_WORD = 20  # characters; with a digit in it, something over `_LONGEST_NAME` is no word of an address either
_LONGEST_NAME = 11  # 'cu126', '20251101'
_FILE = re.compile(r"\.(whl|zip|tgz|txt|json|html?|toml|metadata|conda|deb|tar(\.\w+)?)$")
# What names content: a commit or an archive of one, and the folders of PyPI's files ('b7/ce/149a…').
_CONTENT = re.compile(r"@[0-9a-f]{7,64}$|/(?:archive|commit|raw|tree|blob|tarball|zipball|resolve)/[0-9a-f]{7,64}\b")
_PYPI_FILE = re.compile(r"/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}(?=/)")


def secret_spans(text: str) -> Iterator[Span]:
    """Yield certain secrets in the URLs of a text: a password, a token as a user, a webhook, a signed query."""
    for url in _urls(text):
        yield from _user(url)
        yield from _webhook(url)
        for span in _secret_queries(url):
            yield from _unless_variable(text, span)


def has_secret_query(text: str) -> bool:
    """Return whether a URL in the text has a token or a signature in its query, even by a variable."""
    return any(True for url in _urls(text) for _ in _secret_queries(url))


def doubtful_spans(text: str) -> Iterator[Span]:
    """Yield possible secrets in the URLs of a text: any user, queries, and random-looking parts of a path."""
    for url in _urls(text):
        yield from _user(url, any_user=True)
        webhooks = tuple(_webhook(url))
        yield from webhooks or _random_parts(url)
        for name, span in _queries(url):
            if name.lower() not in _table("public_queries") or may_be_token(text[slice(*span)]):
                yield from _unless_variable(text, span)


def masked_urls(text: str) -> str:
    """The text with `****` in place of all that may be a secret in its URLs.

    >>> masked_urls("cannot fetch https://me:hunter2@index.example/simple/?token=hunter2")
    'cannot fetch https://****@index.example/simple/?token=****'
    """
    if "://" not in text:
        return text
    text = re.sub(_USER, f"{MASK}@", text)  # also of URLs in URLs, and with characters that no URL has
    for start, end in sorted(doubtful_spans(text), reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def may_be_token(segment: str) -> bool:
    """Return whether a part of a path may be random: if it is long, or shorter with digits in it."""
    return any(
        len(run) > (_LONGEST_NAME if any(char.isdigit() for char in run) else _LONGEST_WORD)
        for run in _RUN.findall(segment)
    )


class _Url:
    """The places of the parts of a URL in a text; `urllib.parse` is slow to import, and knows no places."""

    def __init__(self, scheme: str, text: str, start: int) -> None:
        self.scheme = scheme
        fragment = text.find("#")
        whole = text if fragment < 0 else text[:fragment]
        place, _, query = whole.partition("?")
        self.query = (start + len(place) + 1, query)
        authority = place.partition("/")[0]
        user, at, host = authority.rpartition("@")
        self.user = (start, user) if at else None
        self.host = host.partition(":")[0].lower()
        self.path = (start + len(authority), place[len(authority) :])
        self.address = self.host + self.path[1]


def _urls(text: str) -> Iterator[_Url]:
    for found in _URL.finditer(text):
        yield _Url(found["scheme"].lower(), found["rest"].rstrip(_CLOSING), found.start("rest"))


def _user(url: _Url, *, any_user: bool = False) -> Iterator[Span]:
    """A password with its user; a user alone is a token for HTTP, but for git's, and a name for others."""
    if url.user is None:
        return
    start, text = url.user
    user, _, password = text.partition(":")
    hidden = password or (user if "http" in url.scheme or any_user else "")
    if hidden and hidden not in ("git", MASK) and not set(text) <= {"*"} and not re.fullmatch(_VARIABLE, hidden):
        yield start, start + len(text)


def _webhook(url: _Url) -> Iterator[Span]:
    start, path = url.path
    for entry in _webhooks():
        found = entry.match(url.address)
        if found is not None and found.end() < len(url.address):
            begin = start + found.end() - len(url.host)
            yield begin, start + len(path)
            return


def _random_parts(url: _Url) -> Iterator[Span]:
    start, path = url.path
    # A repository has a name of any form, and the password for it stands before the host.
    if url.host in _table("public_hosts") or url.scheme.startswith("git+") or url.scheme in ("file", "ssh"):
        return
    named = [found.span() for pattern in (_CONTENT, _PYPI_FILE) for found in pattern.finditer(path)]
    for found in re.finditer(r"[^/]+", path):
        part = re.sub(_VARIABLE, "", found[0])
        if any(begin <= found.end() - 1 < end for begin, end in named) or _FILE.search(part):
            continue
        if may_be_token(part):
            yield start + found.start(), start + found.end()


def _secret_queries(url: _Url) -> Iterator[Span]:
    """Those of names that are known for secrets, but for switches and small numbers."""
    start, text = url.query
    for name, (begin, end) in _queries(url):
        plain = re.fullmatch(_PLAIN, text[begin - start : end - start])
        if not plain and (name.lower() in _table("secret_queries") or _names_a_secret(name)):
            yield begin, end


def _queries(url: _Url) -> Iterator[tuple[str, Span]]:
    """The names and the places of the values; a value without a name is one."""
    start, text = url.query
    for found in re.finditer(r"[^&]+", text):
        name, equals, value = found[0].partition("=")
        if not equals:
            if name.lower() not in _table("public_queries"):
                yield "", (start + found.start(), start + found.end())
        elif value:
            yield name, (start + found.end() - len(value), start + found.end())


def _unless_variable(text: str, span: Span) -> Iterator[Span]:
    value = text[slice(*span)]
    if re.sub(_VARIABLE, "", value) and value != MASK:
        yield span


def _names_a_secret(name: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return not words.isdisjoint({"token", "secret", "password", "passwd", "apikey", "signature", "credential"}) or (
        "key" in words and len(words) > 1
    )


@cache
def _table(name: str) -> frozenset[str]:
    entries: Any = table("addresses")[name]
    return frozenset(entries["names"] if isinstance(entries, dict) else entries)


@cache
def _webhooks() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(entry["address"], re.IGNORECASE) for entry in table("addresses")["webhooks"])
