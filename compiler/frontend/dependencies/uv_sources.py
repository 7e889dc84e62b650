"""`[tool.uv.sources]`: where uv takes a requirement from instead of an index."""

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.frontend.dependencies.requirement import is_from_git, normalized, take_apart
from caliban.compiler.frontend.dependencies.toml import Toml
from caliban.compiler.problems import dependencies as problems
from caliban.compiler.project import Requirement


def local_source(manifest: Toml, found: Requirement) -> Diagnostic | None:
    """The problem that a requirement is a folder of the project, or None where it is not.

    It cannot be left to an index: that may hold a stranger's package of this name.
    """
    parts = take_apart(found.text)
    if parts is not None and parts.url is not None and ("://" not in parts.url or parts.url.startswith("file:")):
        return problems.local_source(found.place, found.name, "project")
    if any("path" in source or "workspace" in source for source in _sources(manifest, found)):
        return problems.local_source(found.place, found.name, "tool.uv.sources")
    return None


def needs_git(manifest: Toml, found: Requirement) -> bool:
    """Whether git must fetch a requirement."""
    return is_from_git(found) or any("git" in source for source in _sources(manifest, found))


def _sources(manifest: Toml, found: Requirement) -> list[dict[str, object]]:
    for name, value in manifest.table("tool", "uv", "sources").items():
        if normalized(name) == found.name:
            return [source for source in (value if isinstance(value, list) else [value]) if isinstance(source, dict)]
    return []
