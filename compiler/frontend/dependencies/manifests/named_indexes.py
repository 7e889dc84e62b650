"""The package indexes that a project's manifest gives names: variables of the host may have passwords for them."""

from collections.abc import Iterator

from caliban.compiler.frontend.dependencies.manifests.toml import read_toml
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import NamedIndex

_TABLES = (("uv", "index"), ("poetry", "source"), ("pdm", "source"))  # [[tool.uv.index]]


def named_indexes(disk: Disk) -> tuple[NamedIndex, ...]:
    """Those of pyproject.toml, in its order; what has no name or URL is for the tools themselves to refuse."""
    return tuple(_read(disk))


def _read(disk: Disk) -> Iterator[NamedIndex]:
    manifest = read_toml(disk, "pyproject.toml")
    if manifest is None:
        return
    for tool, key in _TABLES:
        entries = manifest.table("tool", tool).get(key)
        for entry in entries if isinstance(entries, list) else ():
            match entry:
                case {"name": str(name), "url": str(url)}:
                    yield NamedIndex(name=name, url=url)
