"""Package sources of this machine: the settings of pip and uv, merged and rendered for uv."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

Option = str | bool | int | list[str | int]  # a value that TOML spells as JSON does


class PackageIndex(Struct, frozen=True, kw_only=True):
    """A package index, as an entry of uv's configuration."""

    url: str  # 'https://me:secret@pypi.example/simple'
    options: tuple[tuple[str, Option], ...] = ()  # (('default', True), ('name', 'private'))

    @property
    def is_default(self) -> bool:
        """Return whether the index replaces PyPI."""
        return ("default", True) in self.options

    @property
    def name(self) -> str | None:
        """By which a project and variables may refer to it."""
        return next((value for key, value in self.options if key == "name" and isinstance(value, str)), None)


class PackageSources(Struct, frozen=True, kw_only=True):
    """All that an installer is told about where packages come from, the strongest first."""

    indexes: tuple[PackageIndex, ...] = ()
    find_links: tuple[str, ...] = ()
    insecure_hosts: tuple[str, ...] = ()  # 'pypi.example:8080': whose certificate nobody checks
    no_index: bool = False
    strategy: str | None = None  # uv's: 'unsafe-best-match'

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the sources of packages: URLs, and paths of this machine."""
        return (*(index.url for index in self.indexes), *self.find_links)


def merge(stronger: PackageSources, weaker: PackageSources) -> PackageSources:
    """Both, the stronger one's first; only the first default stands in for PyPI, and of each URL one entry stays."""
    indexes: dict[str, PackageIndex] = {}
    has_default = False
    for index in (*stronger.indexes, *weaker.indexes):
        if index.url in indexes or (index.is_default and has_default):
            continue
        has_default = has_default or index.is_default
        indexes[index.url] = index
    return PackageSources(
        indexes=tuple(indexes.values()),
        find_links=tuple(dict.fromkeys((*stronger.find_links, *weaker.find_links))),
        insecure_hosts=tuple(dict.fromkeys((*stronger.insecure_hosts, *weaker.insecure_hosts))),
        no_index=stronger.no_index or weaker.no_index,
        strategy=stronger.strategy or weaker.strategy,
    )


def with_passwords(indexes: Iterable[PackageIndex], environment: Mapping[str, str]) -> Iterator[PackageIndex]:
    """Named indexes with the user and password that UV_INDEX_<NAME>_USERNAME and _PASSWORD have for them.

    Poetry's variables are called POETRY_HTTP_BASIC_<NAME>_USERNAME and _PASSWORD.
    """
    from urllib.parse import quote, urlsplit, urlunsplit  # most machines have no index to look at

    for index in indexes:
        name = "".join(char if char.isalnum() else "_" for char in (index.name or "").upper())
        user, password = (
            environment.get(f"UV_INDEX_{name}_{word}") or environment.get(f"POETRY_HTTP_BASIC_{name}_{word}")
            for word in ("USERNAME", "PASSWORD")
        )
        if index.name is None or not (user or password) or not is_web_address(index.url):
            yield index
            continue
        parts = urlsplit(index.url)
        place = parts.netloc.rpartition("@")[2]
        secret = f"{quote(user or '', safe='')}:{quote(password or '', safe='')}"
        yield replace(index, url=urlunsplit(parts._replace(netloc=f"{secret}@{place}")))


def is_web_address(url: str) -> bool:
    """Return whether a build can ask an address: it does not see folders of this machine."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()


def web_only(sources: PackageSources) -> PackageSources:
    """Those that a build can ask: of folders of this machine it is lent files."""
    return replace(
        sources,
        indexes=tuple(index for index in sources.indexes if is_web_address(index.url)),
        find_links=tuple(url for url in sources.find_links if is_web_address(url)),
    )


def render_uv_configuration(sources: PackageSources, proxies: Mapping[str, str | Sequence[str]]) -> str:
    """The text of a uv.toml, empty where nothing is to be told. `proxies` by key: 'https-proxy', 'no-proxy'."""
    settings: dict[str, object] = {}
    if sources.find_links:
        settings["find-links"] = sources.find_links
    if sources.insecure_hosts:
        settings["allow-insecure-host"] = sources.insecure_hosts
    if sources.no_index:
        settings["no-index"] = True
    if sources.strategy:
        settings["index-strategy"] = sources.strategy
    lines = [f"{key} = {json.dumps(value)}" for key, value in (settings | dict(proxies)).items()]
    for index in sources.indexes:
        lines += ["[[index]]", f"url = {json.dumps(index.url)}"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in index.options]
    return "".join(f"{line}\n" for line in lines)
