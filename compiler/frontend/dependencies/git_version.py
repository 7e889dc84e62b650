"""Whether a package takes its version from git, so that a build without `.git` must be told it."""

import posixpath
import re

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.requirement import normalized, take_apart
from caliban.compiler.frontend.dependencies.toml import read_toml
from caliban.compiler.frontend.disk import Disk

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
_IN_SETUP_PY = (
    r"(?m)^[^#\n]*\b(use_scm_version\s*=(?!\s*False)|setuptools_git_versioning\s*=|pbr\s*=\s*True"
    r"|(import|from)\s+(versioneer|setuptools_scm|miniver|dunamai)\b)"
)


def takes_version_from_git(disk: Disk, folder: str) -> bool:
    """Whether the package in a folder does, as far as its manifests tell; cheap, and never Rejected."""
    try:
        manifest = read_toml(disk, posixpath.normpath(posixpath.join(folder, "pyproject.toml")))
        setup = disk.text(posixpath.normpath(posixpath.join(folder, "setup.py")))
        if setup is not None and re.search(_IN_SETUP_PY, setup):
            return True
        requires = () if manifest is None else manifest.strings(manifest.table("build-system"), "requires", "requires")
        dynamic = manifest is not None and manifest.table("tool", "pdm", "version").get("source") == "scm"
    except Rejected:  # whoever reads the manifest for its dependencies reports it
        return False
    names = (parts.name for text in requires if (parts := take_apart(text)) is not None)
    return dynamic or any(normalized(name) in TOOLS for name in names)
