"""Which files changed since a build began: seen at the last look, and at no later time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from caliban.compiler.frontend.disk import Disk
from caliban.runtime.building.witness import Witness

Change = Callable[[Path], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/x.py").write_text("1")
    (tmp_path / "m/link").symlink_to("x.py")
    return tmp_path


def witness(project: Path, *, whole: bool = True) -> Witness:
    disk = Disk(str(project))
    return Witness(str(project), (*disk.scan("."), *sorted(disk.scan("m"))), whole=whole)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (Path.exists, ()),
        (lambda project: (project / "m/x.py").read_text(), ()),
        (lambda project: (project / "m/x.py").write_text("longer"), ("m/x.py",)),
        (lambda project: (project / "m/x.py").chmod(0o755), ("m/x.py",)),
        (lambda project: (project / "m/x.py").unlink(), ("m", "m/x.py")),
        (lambda project: (project / "m/new.py").touch(), ("m",)),
        (lambda project: (project / "new").mkdir(), (".",)),
    ],
)
def test_what_differs_is_named(change: Change, seen: tuple[str, ...], project: Path) -> None:
    watching = witness(project)
    change(project)
    assert watching.changed == seen


def test_a_folder_that_no_layer_reads_may_change(project: Path) -> None:
    watching = witness(project, whole=False)
    (project / "results").mkdir()
    assert watching.changed == ()


def test_what_happens_after_the_last_look_is_in_no_image(project: Path) -> None:
    watching = witness(project)
    watching.look()
    (project / "m/x.py").write_text("longer")
    assert watching.changed == ()


def test_a_later_look_counts(project: Path) -> None:
    watching = witness(project)
    watching.look()
    (project / "m/x.py").write_text("longer")
    watching.look()
    assert watching.changed == ("m/x.py",)
