"""Reads the requirements of a wheel from its METADATA (core metadata, field Requires-Dist)."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import takewhile


def requirements_of(path: str) -> tuple[str, ...]:
    """The texts of its requirements; empty of what is no wheel, or cannot be read: the installer says so."""
    if not path.endswith(".whl"):
        return ()
    with (
        suppress(OSError, ValueError, zipfile.BadZipFile, KeyError, RuntimeError, zlib.error, EOFError),
        zipfile.ZipFile(path) as archive,
    ):
        names = (name for name in reversed(archive.namelist()) if name.endswith(".dist-info/METADATA"))
        name = next(names, "")
        return tuple(_required(archive.read(name).decode()))
    return ()


def _required(metadata: str) -> Iterator[str]:
    """Each field is a line; an empty one ends them, and the description comes."""
    for line in takewhile(str.strip, metadata.splitlines()):
        field, _, value = line.partition(":")
        if field.lower() == "requires-dist":
            yield value.strip()
