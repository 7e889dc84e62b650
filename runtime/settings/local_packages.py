"""Packages in folders of this machine that its installers look into: wheel folders, and indexes of `file:` URLs."""

import html
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from caliban.compiler.facts.pep508 import normalized, read_version
from caliban.compiler.locks.wheel_tags import SDISTS
from caliban.runtime.settings.indexes import PackageIndex, PackageSources, is_web_address

# https://packaging.python.org/en/latest/specifications/simple-repository-api/
_LINK = re.compile(r"<a\s([^>]*)>", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


FileState = tuple[int, int] | None  # size in bytes, and time of the last change in ns


class PackageFile(NamedTuple):
    """A wheel or a source archive."""

    name: str  # normalized: 'torch'
    version: str  # '2.13.0+cpu'
    path: str

    @property
    def file(self) -> str:
        """'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl'."""
        return _file_name(self.path)


class LocalPackages:
    """The content of local folders. A wheel folder is listed once; an index's pages are read when asked for."""

    def __init__(self, sources: PackageSources) -> None:
        self.read: dict[str, FileState] = {}  # the folders and pages that were read, and how each was then
        flat = [*sources.find_links, *(index.url for index in sources.indexes if _is_flat(index))]
        paged = [index.url for index in sources.indexes if not _is_flat(index)]
        self._flat, self._paged = _there(flat), _there(paged)

    @property
    def places(self) -> tuple[str, ...]:
        """The folders, and pages of links, that can be read."""
        return (*self._flat, *self._paged)

    def files(self, name: str) -> Iterator[PackageFile]:
        """All files of a package, those of the first folder first."""
        yield from self._listed.get(name, ())
        for index in self._paged:
            for path in self._page(os.path.join(index, name)):
                if (found := read_name(path, name)) is not None and found.name == name:
                    yield found

    @cached_property
    def _listed(self) -> dict[str, list[PackageFile]]:
        listed: dict[str, list[PackageFile]] = {}
        for place in self._flat:
            for path in self._page(place):
                if (found := read_name(path)) is not None:
                    listed.setdefault(found.name, []).append(found)
        return listed

    def _page(self, place: str) -> Iterator[str]:
        for path in (place, _index_of(place)):
            self.read[path] = file_state(path)
        return _page(place)


def file_state(path: str) -> FileState:
    """Return size and time of a file or folder: equal states hold the same; None if it does not exist."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # a name with a NUL in it
        return None
    return status.st_size, status.st_mtime_ns


def unreadable(sources: PackageSources) -> tuple[str, ...]:
    """The addresses that are no web addresses, and lead to nothing that can be read."""
    local = (address for address in sources.addresses if not is_web_address(address))
    return tuple(dict.fromkeys(address for address in local if not _there((address,))))


def read_name(path: str, package: str | None = None) -> PackageFile | None:
    """Return the package file of a path; `package` tells where the version of a source archive begins."""
    file = _file_name(path)
    if file.endswith(".whl"):
        parts = file.split("-")
        return _package_file(parts[0], parts[1], path) if len(parts) >= 5 else None
    suffix = next((suffix for suffix in SDISTS if file.endswith(suffix)), None)
    if suffix is None:
        return None
    stem = file.removesuffix(suffix)
    if package is None:
        end = stem.rfind("-")
    else:
        dashes = (at.start() for at in re.finditer("-", stem))
        end = next((dash for dash in dashes if normalized(stem[:dash]) == package), -1)
    return _package_file(stem[:end], stem[end + 1 :], path) if end > 0 else None


def _package_file(name: str, version: str, path: str) -> PackageFile | None:
    return PackageFile(normalized(name), version, path) if read_version(version) is not None else None


def _file_name(path: str) -> str:
    """Of a file that was fetched as its address has it: 'torch-2.13.0%2Bcpu-…'."""
    return unquote(os.path.basename(path))


def _is_flat(index: PackageIndex) -> bool:
    return ("format", "flat") in index.options


def _there(addresses: Sequence[str]) -> tuple[str, ...]:
    paths = (_path(address) for address in addresses if not is_web_address(address))
    return tuple(dict.fromkeys(path for path in paths if path and "\0" not in path and os.access(path, os.R_OK)))


def _path(address: str) -> str | None:
    """The path that an address means on this machine: pip and uv take URLs, and paths as a shell has them."""
    if "\0" in address:  # which os.path.expanduser refuses
        return None
    if address.startswith("file:"):
        with suppress(ValueError):  # no URL
            parts = urlsplit(address)
            return unquote(parts.path) if parts.netloc in ("", "localhost") else None
        return None
    return None if "://" in address else os.path.abspath(os.path.expanduser(address))


def _index_of(folder: str) -> str:
    return os.path.join(folder, "index.html")


def _page(place: str) -> Iterator[str]:
    """The files that a folder holds, or that a page links to; a folder of an index is its page."""
    page = _index_of(place)
    if not os.path.isdir(place):
        page = place
    elif not os.path.isfile(page):
        with suppress(OSError):
            yield from sorted(os.path.join(place, name) for name in os.listdir(place))
        return
    try:
        with open(page, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (OSError, ValueError):  # a name with a NUL in it
        return
    for attributes in _LINK.findall(text):
        found = _HREF.search(attributes)
        if found is None or "data-yanked" in attributes.lower():
            continue
        address = html.unescape(found[1] or found[2] or found[3] or "")
        parts = None
        with suppress(ValueError):
            parts = urlsplit(address)
        if parts is not None and parts.scheme in ("", "file") and not parts.netloc:
            yield os.path.normpath(os.path.join(os.path.dirname(page), unquote(parts.path)))
