"""What is brought of what a container changed, and in how many streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.runtime.engine.answers import ContainerChange
from caliban.runtime.running.results.selection import Selection, Transfer, select, transfers

APP = "/usr/app"
DIFF = tuple(
    ContainerChange(*line.split())
    for line in (
        "C /usr",
        "C /usr/app",
        "A /usr/app/out",
        "A /usr/app/out/a",
        "A /usr/app/out/b",
        "A /usr/app/out.txt",
        "C /usr/app/m",
        "C /usr/app/m/t.py",
        "A /usr/app/m/__pycache__",
        "A /usr/app/m/__pycache__/t.pyc",
        "D /usr/app/m/old",
        "C /usr/app/log",
        "A /tmp/x",
    )
)  # as the engine reports it


def test_new_folders_are_one_path_and_byte_code_none() -> None:
    added = ("/usr/app/out", "/usr/app/out.txt")
    assert select(DIFF, APP, ()) == Selection(added, ("/usr/app/m/t.py", "/usr/app/log"), ("/usr/app/m/old",), 4)


def test_a_mount_is_not_brought_and_neither_is_the_way_to_it() -> None:
    changes = [ContainerChange("A", f"{APP}/{path}") for path in ("a", "a/b", "a/b/in", "a/mine", "data.csv")]
    assert select(changes, APP, (f"{APP}/a/b", f"{APP}/data.csv")).added == (f"{APP}/a/mine",)


@pytest.mark.parametrize(
    ("count", "size", "mounts", "streams"),
    [
        (1, 0, (), [Transfer(f"{APP}/0")]),
        (100, 10_000_000, (), [Transfer(APP, frozenset(map(str, range(100))))]),
        (2, 10_000_000_000, (), [Transfer(f"{APP}/0"), Transfer(f"{APP}/1")]),
        (2, 0, (f"{APP}/data",), [Transfer(f"{APP}/0"), Transfer(f"{APP}/1")]),  # it would be streamed too
    ],
)
def test_many_files_of_a_small_folder_are_one_stream(
    count: int, size: int, mounts: tuple[str, ...], streams: list[Transfer]
) -> None:
    paths = [f"{APP}/{number}" for number in range(count)]
    assert list(transfers(paths, {f"{APP}/m": size}, mounts)) == streams


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join), unique=True, max_size=12))
def test_every_added_path_is_in_exactly_one_stream(names: list[str]) -> None:
    folders = {"/".join(name.split("/")[:depth]) for name in names for depth in range(1, name.count("/") + 1)}
    added = sorted({*names, *folders} - {""}, key=lambda name: name.split("/"))
    selection = select([ContainerChange("A", f"{APP}/{name}") for name in added], APP, ())
    wanted = [
        path
        for transfer in transfers(selection.added, {}, ())
        for path in ([transfer.path] if transfer.names is None else [f"{transfer.path}/{n}" for n in transfer.names])
    ]
    covered = [[path for path in wanted if f"{APP}/{name}/".startswith(f"{path}/")] for name in added]
    assert all(len(paths) == 1 for paths in covered) and selection.entries == len(added)
