"""The version that a manifest names for where git has none."""

from pathlib import Path

import pytest
from projects import project

from caliban.compiler.frontend.dependencies.manifests.git_version import fallback_version


@pytest.mark.parametrize(
    ("manifest", "version"),
    [
        ('[tool.setuptools_scm]\nfallback_version = "1.2"\n', "1.2"),
        ('[tool.hatch.version]\nsource = "vcs"\nfallback-version = "0.1.dev0"\n', "0.1.dev0"),
        ('[tool.pdm.version]\nsource = "scm"\nfallback_version = "3"\n', "3"),
        ('[tool.setuptools_scm]\nfallback_version = "1.2; rm -r x"\n', None),
        ("[tool.setuptools_scm]\nfallback_version = 1\n", None),
        ("[tool.setuptools_scm]\n", None),
        ("[tool]\nsetuptools_scm = 1\n", None),
        ("[[", None),
    ],
)
def test_a_version_for_where_git_has_none_is_read(manifest: str, version: str | None, tmp_path: Path) -> None:
    assert fallback_version(project(tmp_path, {"pyproject.toml": manifest}), ".") == version
