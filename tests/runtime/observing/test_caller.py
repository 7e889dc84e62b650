"""The machine and this process as they are found: where caliban's own folder is, as the project sees it."""

from pathlib import Path

import pytest
from projects import told

from caliban.compiler.diagnostics import USAGE, Rejected
from caliban.runtime.observing.caller import read_caller


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / "project"
    folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder.parent))
    return folder


@pytest.mark.parametrize(
    ("named", "state"),
    [
        (".state", ".state"),
        ("./a/../deep/state/", "deep/state"),
        ("{root}/.state", ".state"),
        ("{root}/../../link/.state", ".state"),  # by way of a link
        ("~/project/.state", ".state"),  # quoted, so that no shell expanded it
        ("~/caliban", None),
        ("../project.state", None),
        ("", None),
    ],
)
def test_calibans_own_folder_is_known_where_it_lies_in_the_project(named: str, state: str | None, root: Path) -> None:
    assert read_caller(str(root), {"CALIBAN_HOME": named.format(root=root)}).state == state


@pytest.mark.parametrize("named", [".", "..", "/", "~", "~/project", "{root}/", "{root}/../../link"])
def test_a_project_in_calibans_own_folder_is_refused(named: str, root: Path) -> None:
    with pytest.raises(Rejected) as caught:
        read_caller(str(root), {"CALIBAN_HOME": named.format(root=root)})
    assert (caught.value.exit_code, "$CALIBAN_HOME" in told(caught.value)) == (USAGE, True)
