"""Real answers of Docker 28, and the values that are read from them."""

import json

import pytest

from caliban.compiler.facts.image_stores import CONTAINERD
from caliban.runtime.engine.answers import (
    ContainerChange,
    ContainerState,
    ListedContainer,
    container_columns,
    last_line,
    read_changes,
    read_containers,
    read_folder,
    read_pulled_digest,
    read_state,
    read_store,
)

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
ENDED = {"Status": "exited", "Running": False, "OOMKilled": True, "ExitCode": 137, "Error": ""}
REFUSED = {"Status": "created", "Running": False, "OOMKilled": False, "ExitCode": 128, "Error": "no such device"}
OVERLAY2 = {"Name": "overlay2", "Data": {"LowerDir": "/d/l", "UpperDir": "/d/diff", "WorkDir": "/d/work"}}


@pytest.mark.parametrize(
    ("state", "memory", "driver", "read", "began"),
    [
        (ENDED, 67108864, OVERLAY2, ContainerState(137, "exited", "", True, 67108864, "/d/diff", ("/d/l",)), True),
        (REFUSED, 0, {"Data": None}, ContainerState(128, "created", "no such device", False, 0, None), False),
        ({"Status": "running", "ExitCode": 0}, 0, None, ContainerState(0, "running", "", False, 0, None), True),
    ],
)  # fmt: skip  # a state a line
def test_a_state_says_how_a_container_ended(
    state: object, memory: int, driver: object, read: ContainerState, began: bool
) -> None:
    text = json.dumps({"state": state, "memory": memory, "driver": driver})
    assert (read_state(text), read_state(text).began) == (read, began)


@pytest.mark.parametrize(
    ("text", "store"),
    [
        ('overlayfs [["driver-type","io.containerd.snapshotter.v1"]]\n', CONTAINERD),
        ('overlay2 [["Backing Filesystem","extfs"],["Supports d_type","true"]]\n', "overlay2"),
        ("btrfs null", "btrfs"),
        ("", None),
    ],
)
def test_the_store_is_containerds_or_named_by_its_driver(text: str, store: str | None) -> None:
    assert read_store(text) == store


def test_a_listing_has_the_labels_that_were_asked_for() -> None:
    listing = "caliban-a\texited\t0:12:34:boot\thost\ncaliban-b\trunning\t\t\n"
    assert container_columns(("owner", "host")).count("\t") == 3
    assert read_containers(listing) == [
        ListedContainer("caliban-a", "exited", ("0:12:34:boot", "host")),
        ListedContainer("caliban-b", "running", ("", "")),
    ]


def test_a_diff_is_read_though_a_name_has_line_ends() -> None:
    lines = ["C /usr/app", "A /usr/app/a", "b", "A /usr/app/a", "b/c", "D /usr/app/old"]
    assert list(read_changes(lines)) == [
        ContainerChange("C", "/usr/app"),
        ContainerChange("A", "/usr/app/a\nb"),
        ContainerChange("A", "/usr/app/a\nb/c"),
        ContainerChange("D", "/usr/app/old"),
    ]


@pytest.mark.parametrize(
    ("answer", "digest"),
    [
        (f'{DIGEST} ["python@{OTHER}"]', OTHER),  # pulled
        (f"{DIGEST} []", None),  # built here
        (f"{DIGEST} null", None),
        (f'{DIGEST} ["python@{DIGEST}"]', None),  # containerd's store: nothing says whether it was pulled
    ],
)
def test_only_a_pulled_image_has_a_digest_that_others_know(answer: str, digest: str | None) -> None:
    assert read_pulled_digest(answer) == digest


def test_the_last_line_is_one_that_says_something() -> None:
    assert [last_line("first\n second \n\n \n"), last_line("")] == ["second", ""]


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ('["here", "/var/lib/docker"]', "/var/lib/docker"),
        ('["elsewhere", "/var/lib/docker"]', None),
        ('["here", ""]', None),
        ('["here"]', None),
        ("7", None),
        ("", None),
    ],
)
def test_the_folder_of_an_engine_counts_where_the_engine_is_on_this_machine(text: str, folder: str | None) -> None:
    assert read_folder(text, "here") == folder
