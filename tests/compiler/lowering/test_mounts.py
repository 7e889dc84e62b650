"""Where host folders may be mounted: nowhere that hides what a run needs."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Run
from caliban.compiler.ir.job import Job
from caliban.compiler.lowering.launches import lower_job

CALLER = Caller(root="", python="3.11", platform="linux/amd64")
FILES = {"trainer/t.py": "", "trainer/model/w.bin": "", "data/raw/x": "", "other/y": "", "one.csv": "", "top.py": ""}
OVER_CODE = ("trainer", "/usr/app/trainer/", "./trainer/t.py", ".", "/usr/app", "data", "x/..")
OVER_SYSTEM = ("/", "/proc", "/proc/x", "/sys/y", "/usr", "/bin", "/etc", "/dev", "/opt", "/run", "//", "../../proc")
HARMLESS = ("/outputs", "out", "/data", "trainer/model", "/etc/hosts.d", "/dev/shm/x", "/home/caliban/.cache")


def job(folder: Path, *words: str, caller: Caller = CALLER) -> Job:
    project(folder, FILES)
    invocation = parse(["run", "--nogpu", *words])
    assert isinstance(invocation, Run)
    caller = replace(caller, root=str(folder))
    found = survey(invocation, caller)
    return lower_job(found, found.settings, invocation.launch, caller, built=invocation.image_id is None)


def refused(folder: Path, *words: str) -> list[str]:
    with pytest.raises(Rejected) as caught:
        job(folder, *words)
    return told(caught.value).splitlines()


@pytest.mark.parametrize("target", OVER_CODE)
@pytest.mark.parametrize("option", ["--mount", "-o"])
def test_a_mount_that_would_hide_the_code_or_the_data_is_an_error(option: str, target: str, tmp_path: Path) -> None:
    first, place, hint = refused(tmp_path, option, f"new:{target}", "-d", "data/raw", "trainer/t.py")
    assert "would hide" in first
    assert place == f"  --> {'--output' if option == '-o' else option}"
    assert ("-o new" if option == "-o" else "--mount new:/data") in hint


@pytest.mark.parametrize("target", OVER_SYSTEM)
def test_a_mount_over_the_system_is_an_error(target: str, tmp_path: Path) -> None:
    assert refused(tmp_path, "-o", f"new:{target}", "trainer/t.py")[0].startswith(
        "error[bad-mount]: 'new' mounted at /"
    )


@pytest.mark.parametrize("target", HARMLESS)
def test_a_mount_that_hides_nothing_of_the_run_is_made(target: str, tmp_path: Path) -> None:
    assert job(tmp_path, "-o", f"new:{target}", "trainer/t.py").output is not None


def test_two_mounts_of_one_place_are_an_error_that_names_both(tmp_path: Path) -> None:
    words = ("--mount", "data:/d", "--mount", "other:/d/", "-o", "r:/d/../d", "trainer/t.py")
    assert [line for line in refused(tmp_path, *words) if line.startswith("error")] == [
        "error[bad-mount]: 'data:/d' and 'other:/d/' are both mounted at /d",
        "error[bad-mount]: 'data:/d' and 'r:/d/../d' are both mounted at /d",
    ]


def test_a_file_over_a_folder_and_a_folder_over_a_file_are_errors(tmp_path: Path) -> None:
    assert refused(tmp_path, "--mount", "one.csv:/tmp/", "trainer/t.py") == [
        "error[bad-mount]: 'one.csv' is a file, and '/tmp' in the image is a folder",
        "  --> --mount",
        "  hint: name a place inside it: one.csv:/tmp/one.csv",
    ]
    file, folder = "one.csv:trainer/model", "data:one.csv"
    assert refused(tmp_path, "--mount", file, "trainer/t.py") == [
        "error[bad-mount]: 'one.csv' is a file, and 'trainer/model' in the image is a folder",
        "  --> --mount",
        "  hint: name a place inside it: one.csv:trainer/model/one.csv",
    ]
    assert refused(tmp_path, "--mount", folder, "top.py")[0] == (
        "error[bad-mount]: 'data' is a folder, and 'one.csv' in the image is a file"
    )


@pytest.mark.parametrize("typed", [".", "trainer", "ROOT/trainer", "trainer:trainer"])
def test_the_code_itself_may_be_mounted_over_its_copy(typed: str, tmp_path: Path) -> None:
    [mount] = job(tmp_path, "--mount", typed.replace("ROOT", str(tmp_path)), "trainer/t.py").mounts
    assert mount.source.removeprefix(str(tmp_path)) == mount.target.removeprefix("/usr/app")


def test_a_mount_by_the_link_that_leads_to_the_project_has_the_same_place(tmp_path: Path) -> None:
    caller = replace(CALLER, logical_root="/by/a/link")
    [mount] = job(tmp_path, "--mount", "/by/a/link/data", "trainer/t.py", caller=caller).mounts
    assert (mount.source, mount.target) == (str(tmp_path / "data"), "/usr/app/data")


def test_an_image_that_was_there_may_be_mounted_into_anywhere_but_over_the_system(tmp_path: Path) -> None:
    [mount] = job(tmp_path, "--image_id", "x", "--mount", "other:/usr/app", "trainer/t.py").mounts
    assert mount.target == "/usr/app"
    assert refused(tmp_path, "--image_id", "x", "--mount", "other:/proc", "trainer/t.py")[0].startswith(
        "error[bad-mount]"
    )
