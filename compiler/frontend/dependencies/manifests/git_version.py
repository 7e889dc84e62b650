"""Detects packages that take their version from git: a build without `.git` must be given it."""

import posixpath
import re

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.frontend.dependencies.manifests.toml import read_toml
from caliban.compiler.frontend.project.disk import Disk

# Build requirements that ask git for the version.
TOOLS = frozenset(
    {
        *(
            "setuptools-scm",
            "vcs-versioning",
            "setuptools-git-versioning",
            "setuptools-git-version",
            "versioneer",
            "pbr",
        ),
        *("hatch-vcs", "flit-scm", "poetry-dynamic-versioning", "uv-dynamic-versioning"),
        *("dunamai", "miniver", "versioningit"),
    }
)
_VERSION = r"[0-9][A-Za-z0-9.!+_-]*"
_IN_SETUP_PY = (
    r"(?m)^[^#\n]*\b(use_scm_version\s*=(?!\s*False)|setuptools_git_versioning\s*=|pbr\s*=\s*True"
    r"|(import|from)\s+(versioneer|setuptools_scm|miniver|dunamai)\b)"
)


def fallback_version(disk: Disk, folder: str) -> str | None:
    """The version that a manifest names for where git has none; cheap, and never Rejected."""
    try:
        manifest = read_toml(disk, posixpath.normpath(posixpath.join(folder, "pyproject.toml")))
        if manifest is None:
            return None
        tools = (("setuptools_scm", "fallback_version"), ("vcs-versioning", "fallback_version"))
        found = [manifest.table("tool", tool).get(key) for tool, key in tools]
        found.append(manifest.table("tool", "hatch", "version").get("fallback-version"))
        found.append(manifest.table("tool", "pdm", "version").get("fallback_version"))
    except Rejected:
        return None
    return next((value for value in found if isinstance(value, str) and re.fullmatch(_VERSION, value)), None)


def takes_version_from_git(disk: Disk, folder: str) -> bool:
    """Return whether the package in a folder does, as far as its manifests tell; cheap, and never Rejected."""
    try:
        manifest = read_toml(disk, posixpath.normpath(posixpath.join(folder, "pyproject.toml")))
        setup, _ = disk.encoded_text(posixpath.normpath(posixpath.join(folder, "setup.py"))) or (None, "")
        if setup is not None and re.search(_IN_SETUP_PY, setup):
            return True
        requires = () if manifest is None else manifest.strings(manifest.table("build-system"), "requires", "requires")
        dynamic = manifest is not None and manifest.table("tool", "pdm", "version").get("source") == "scm"
    except Rejected:  # whoever reads the manifest for its dependencies reports it
        return False
    names = (read.name for text in requires if (read := parse_requirement(text)) is not None)
    return dynamic or any(normalized(name) in TOOLS for name in names)
