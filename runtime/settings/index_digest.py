"""Tells the indexes that a build asks from others, for the keys of the layers that depend on them; it tells no secret.

A digest lets anybody who can guess the text confirm the guess. So what may be secret is left out before: users,
passwords, queries, and the parts of a path that look like a token.
"""

import json
from hashlib import sha256
from urllib.parse import urlsplit

from caliban.compiler.words.secret_urls import may_be_token
from caliban.runtime.settings.indexes import PackageIndex, PackageSources

_DIGITS = 16  # hexadecimal
_DECISIVE = ("default", "format")  # of the options of an index: those that say which packages are found


def digest_of(sources: PackageSources) -> str:
    """Return a hexadecimal digest of everything that decides which packages are found; '' without any index."""
    indexes = [index for index in sources.indexes if ("explicit", True) not in index.options]  # asked by name alone
    told = (
        [(_public(index.url), *_decisive(index)) for index in indexes],
        [_public(url) for url in sources.find_links],
        sources.no_index,
        sources.strategy,
    )
    return sha256(json.dumps(told).encode()).hexdigest()[:_DIGITS] if any(told) else ""


def _decisive(index: PackageIndex) -> list[tuple[str, object]]:
    return [(key, value) for key, value in index.options if key in _DECISIVE]


def _public(url: str) -> str:
    """Scheme, host, port and path."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2].lower()
    path = "/".join(each for each in parts.path.split("/") if each and not may_be_token(each))
    return f"{parts.scheme}://{place}/{path}"
