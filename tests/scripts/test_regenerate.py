"""The script that makes the tables again, on recordings of what the index said."""

import json
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from tables.demands import READ, demands, specifier
from tables.frameworks import cuda_of, torch_of
from tables.index import File, dependencies_in, files_in
from tables.layout import spell
from tables.regenerate import Index, Tables, regenerated
from tables.shrink import Loss, lost
from tables.wheels import row_of, wheels

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.wheel_rows import row_at, serves
from caliban.compiler.facts.pep508 import final_release, read_specifier

DATA = Path(__file__).parents[2] / "compiler" / "facts" / "data"
MINORS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]

NUMPY = [
    File("numpy-1.21.0-cp39-cp39-manylinux_2_12_x86_64.manylinux2010_x86_64.whl", ">=3.7"),
    File("numpy-1.21.0.zip", ">=3.7"),
    File("numpy-1.21.6-cp39-cp39-manylinux_2_12_x86_64.manylinux2010_x86_64.whl", ">=3.7,<3.11"),
    File("numpy-1.21.6-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ">=3.7,<3.11"),
    File("numpy-1.21.6-cp310-cp310-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", ">=3.7,<3.11"),
    File("numpy-1.21.6-cp310-cp310-macosx_11_0_arm64.whl", ">=3.7,<3.11"),
    File("numpy-1.21.6.zip", ">=3.7,<3.11"),
    File("numpy-1.22.0rc1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ">=3.8"),
    File("numpy-1.22.0-cp311-cp311-musllinux_1_1_x86_64.whl", ">=3.8"),
    File("numpy-1.22.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ">=3.8"),
    File("numpy-1.22.0-cp313-cp313t-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ">=3.8"),
    File("numpy-1.0.1.dev3460.win32-py2.4.zip", None),
]
TORCH = [
    File(f"torch-{version}-cp3{minor}-cp3{minor}-manylinux_2_28_x86_64.whl", ">=3.9")
    for version, minor in (("2.7.0", 9), ("2.7.0", 12), ("2.8.0", 12), ("2.9.0", 12), ("2.9.0", 13))
]
OLD: Tables = {
    "frameworks": {
        "driver": {"12": "525.60.13"},
        "torch": [{"versions": ["2.7.0"], "pythons": ["3.9"], "cuda": "12.6", "indexes": ["cu126"], "trap": "x"}],
        "torch_pinned_by": {"torchvision": {"0.22.0": "2.7.0"}},
    },
    "wheels": {"packages": {"numpy": {"newest": "1.21.0", "amd64": {"1.21.0": "3.9"}, "arm64": {}, "source": {}}}},
    "pythons": {"minors": {minor: {} for minor in MINORS}, "young": []},
}


def recorded(package: str) -> list[File]:
    return {
        "numpy": NUMPY,
        "torch": TORCH,
        "torchvision": [
            File("torchvision-0.23.0-cp312-cp312-manylinux_2_28_x86_64.whl", None),
            File("torchvision-0.24.0-cp312-cp312-manylinux_2_28_x86_64.whl", None),
        ],
    }[package]


def depends(requirement: str, python: str) -> dict[str, str]:
    return {
        ("torch==2.8.0", "3.12"): {"nvidia-cuda-runtime-cu12": ">=12.8.90, <12.8.90+", "jinja2": "*"},
        ("torch==2.9.0", "3.13"): {"cuda-toolkit": ">=13.0.2, <13.0.2+", "nvidia-cudnn-cu13": ">=9.2, <9.2+"},
        ("torchvision==0.23.0", "3.12"): {"torch": ">=2.8.0, <2.8.0+"},
        ("torchvision==0.24.0", "3.12"): {"torch": ">=2.8.0"},
    }[requirement, python]


def new(*names: str) -> dict[str, dict[str, Any]]:
    return regenerated(OLD, Index(recorded, depends), lambda name: name in names)


def test_a_row_tells_from_which_release_on_which_minors_have_wheels() -> None:
    assert row_of(NUMPY, MINORS) == {
        "newest": "1.22.0",
        "amd64": {"1.21.0": "3.9", "1.21.6": "3.9-3.10", "1.22.0": "3.10"},
        "arm64": {"1.21.6": "3.10", "1.22.0": ""},
        "source": {"1.21.0": "3.8+", "1.21.6": "3.8-3.10", "1.22.0": ""},
    }


@pytest.mark.parametrize(
    ("tags", "requires", "expected"),
    [
        ("cp39-abi3-manylinux2014_x86_64", None, ["3.9", "3.10", "3.11", "3.12", "3.13"]),
        ("cp36-abi3-manylinux2014_x86_64", ">=3.10", ["3.10", "3.11", "3.12", "3.13"]),
        ("py3-none-any", "<3.12", ["3.8", "3.9", "3.10", "3.11"]),
        ("py2.py3-none-manylinux1_x86_64", ">=3.13", ["3.13"]),
        ("py310-none-any", None, ["3.10", "3.11", "3.12", "3.13"]),
        ("cp311-none-manylinux2014_x86_64", None, ["3.11"]),
        ("cp310.cp311-cp310.cp311-manylinux2014_x86_64", None, ["3.10", "3.11"]),
        ("cp311-cp311-linux_x86_64", None, ["3.11"]),
        ("cp313-cp313t-manylinux2014_x86_64", None, []),
        ("pp310-pypy310_pp73-manylinux2014_x86_64", None, []),
        ("cp311-cp311-musllinux_1_2_x86_64", None, []),
        ("cp311-cp311-win_amd64", None, []),
    ],
)
def test_tags_and_metadata_tell_the_minors_of_a_wheel(tags: str, requires: str | None, expected: list[str]) -> None:
    served = wheels([File(f"x-1.0-{tags}.whl", requires)], "amd64", MINORS)
    assert served == {Version("1.0"): frozenset(expected)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ("3.9", ["3.9"]), ("3.8,3.10-3.11", ["3.8", "3.10", "3.11"]), ("3.12+", MINORS[4:])],
)
def test_a_row_is_read_as_it_is_written(text: str, expected: list[str]) -> None:
    assert [minor for minor in MINORS if serves(text, minor)] == expected


def test_a_row_holds_until_the_next_one() -> None:
    rows = {"1.10.0": "3.9", "1.9.0": "3.8"}  # in any order: a user's file adds some
    keys = [final_release(version) for version in ("1.8", "1.9.5", "1.10", "1.10.0.post1")]
    assert [row_at(rows, key) for key in keys if key] == ["", "3.8", "3.9", "3.9"]


def test_new_releases_get_rows_and_curated_facts_stay() -> None:
    assert new("torch")["frameworks"] == {
        "driver": {"12": "525.60.13"},
        "torch": [
            {"versions": ["2.7.0"], "pythons": ["3.9", "3.12"], "cuda": "12.6", "indexes": ["cu126"], "trap": "x"},
            {"versions": ["2.8.0"], "pythons": ["3.12"], "cuda": "12.8", "indexes": ["cu126"]},
            {"versions": ["2.9.0"], "pythons": ["3.12", "3.13"], "cuda": "13.0", "indexes": ["cu126"], "cudnn": "9"},
        ],
        "torch_pinned_by": {"torchvision": {"0.22.0": "2.7.0"}},
    }


def test_only_exact_pins_of_torch_are_taken() -> None:
    pinned = new("torchvision")["frameworks"]["torch_pinned_by"]
    assert pinned == {"torchvision": {"0.22.0": "2.7.0", "0.23.0": "2.8.0"}}


def test_a_python_is_young_until_the_packages_have_caught_up() -> None:
    assert new("numpy")["pythons"]["young"] == ["3.11", "3.12", "3.13"]


def test_what_is_not_asked_for_stays() -> None:
    after = regenerated(new("numpy"), Index(recorded, depends), lambda _: False)
    assert after == new("numpy")


@pytest.mark.parametrize(
    ("dependencies", "expected"),
    [
        ({"nvidia-cuda-runtime-cu11": ">=11.7.99, <11.7.99+"}, {"cuda": "11.7"}),
        ({"nvidia-cuda-runtime-cu12": ">=12.5.82, <13.0"}, {"cuda": "12"}),
        (
            {"nvidia-cuda-runtime": ">=13.0.48, <13.0.48+", "nvidia-cudnn-cu13": ">=9.13.0.50"},
            {"cuda": "13.0", "cudnn": "9"},
        ),
        ({"numpy": "*"}, {}),
    ],
)
def test_cuda_is_what_the_metadata_pins(dependencies: dict[str, str], expected: dict[str, str]) -> None:
    assert cuda_of(dependencies) == expected


@pytest.mark.parametrize(("pin", "torch"), [(">=2.8.0, <2.8.0+", "2.8.0"), (">=2.8.0", None), (">=2.8.0, <2.9", None)])
def test_one_torch_is_an_exact_pin(pin: str, torch: str | None) -> None:
    assert torch_of({"torch": pin}) == torch


def test_what_pip_says_names_every_file() -> None:
    of_index = "(from https://i.example/numpy/)"
    wheel, source = "numpy-1.21.6-cp310-cp310-manylinux2014_x86_64.whl", "numpy-1.21.6.zip"
    said = (
        "  Skipping link: none of the wheel's tags (cp310-cp310-manylinux2014_x86_64) are compatible (run pip debug): "
        f"https://f.example/6f/{wheel} {of_index} (requires-python:>=3.7,<3.11)\n"
        "  Skipping link: 1.21.6 Requires-Python >=3.7,<3.11: "
        f"https://f.example/45/{source} {of_index} (requires-python:>=3.7,<3.11)\n"
        f"  Found link https://f.example/x/numpy-1.9.0.tar.gz#sha256=00ff {of_index}, version: 1.9.0\n"
    )
    assert files_in(said) == {
        File(wheel, ">=3.7,<3.11"),
        File(source, ">=3.7,<3.11"),
        File("numpy-1.9.0.tar.gz", None),
    }


def test_what_uv_says_names_direct_dependencies() -> None:
    said = """
DEBUG Adding transitive dependency for torch==2.15.0: cuda-toolkit[cublas]>=13.2.2, <13.2.2+
DEBUG Adding transitive dependency for torch==2.15.0: nvidia-cudnn-cu13{sys_platform == 'linux'}>=9.26.0.51, <9.26.0.51+
DEBUG Adding transitive dependency for torch==2.15.0: filelock*
DEBUG Adding transitive dependency for jinja2==3.1.6: markupsafe>=2.0
DEBUG Adding transitive dependency for tensorflow[and-cuda]==2.21.0: nvidia-nccl-cu12>=2.25
"""
    assert dependencies_in(said, "torch") == {
        "cuda-toolkit": ">=13.2.2, <13.2.2+",
        "nvidia-cudnn-cu13": ">=9.26.0.51, <9.26.0.51+",
        "filelock": "*",
    }
    assert dependencies_in(said, "tensorflow") == {"nvidia-nccl-cu12": ">=2.25"}


WHEELS = {"newest": "2.0", "amd64": {"1.0": "3.8-3.11"}, "arm64": {"1.0": ""}, "source": {"1.0": "3.8+"}}


@pytest.mark.parametrize(
    ("before", "after", "losses"),
    [
        (
            {"torch": [{"versions": ["1", "2"], "pythons": []}]},
            {"torch": [{"versions": ["2"], "pythons": []}]},
            ["torch: 1 is gone"],
        ),
        (
            {"torch": [{"versions": ["1"], "pythons": ["3.8", "3.9"]}]},
            {"torch": [{"versions": ["1"], "pythons": ["3.9"]}]},
            ["torch: 1 has no wheels for 3.8 any more"],
        ),
        ({"torch": []}, {}, ["torch is gone"]),
        ({"pinned": {"x": {"1": "2"}}}, {"pinned": {"x": {}}}, ["pinned: x: 1 is gone"]),
        ({"packages": {"x": WHEELS}}, {"packages": {}}, ["packages: x is gone"]),
        ({"x": WHEELS}, {"x": {**WHEELS, "newest": "1.9"}}, ["x: 2.0 is gone"]),
        (
            {"x": WHEELS},
            {"x": {**WHEELS, "amd64": {"1.0": "3.8-3.11", "1.5": "3.8-3.10"}}},
            ["x: 1.5 has nothing for 3.11 any more (amd64)"],
        ),
        ({"x": WHEELS}, {"x": {**WHEELS, "source": {}}}, ["x: 1.0 has nothing for 3.8 any more (source)"]),
        ({"x": WHEELS, "note": "a"}, {"x": {**WHEELS, "newest": "2.1", "arm64": {"1.0": "3.8"}}, "note": "b"}, []),
    ],
)
def test_what_vanished_is_named(before: dict[str, Any], after: dict[str, Any], losses: list[str]) -> None:
    assert list(map(str, lost(before, after))) == losses


def test_a_loss_knows_the_names_that_may_accept_it() -> None:
    assert list(lost({"packages": {"x": WHEELS}}, {"packages": {}})) == [Loss(("packages", "x"), "is gone")]


@pytest.mark.parametrize("name", ["frameworks", "wheels", "pythons"])
def test_the_committed_tables_are_spelled_as_the_script_spells_them(name: str) -> None:
    text = (DATA / f"{name}.json").read_text(encoding="utf-8")
    assert spell(json.loads(text)) + "\n" == text


def test_the_table_of_wheels_stays_small() -> None:
    assert (DATA / "wheels.json").stat().st_size < 150_000


def test_every_package_has_wheels_for_some_known_python() -> None:
    minors = table("pythons")["minors"]
    packages = table("wheels")["packages"]
    assert [
        name
        for name, row in packages.items()
        if not any(serves(text, minor) for text in row["amd64"].values() for minor in minors)
    ] == []


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("*", ""),
        (">=0.2.0, <0.3.dev0", ">=0.2.0,<0.3"),
        (">=12.1.105, <12.1.105+", "==12.1.105"),
        (">=0.4.27, <=0.4.30+", ">=0.4.27,<=0.4.30"),
        (">=1.22", ">=1.22"),
        ("<2", "<2"),
        (">=3.20.3, <4.21.0 | >=4.21.0+, <4.21.1 | >=4.21.1+, <5.0.0.dev0", ">=3.20.3,<5.0.0"),
    ],
)
def test_what_uv_says_of_a_demand_is_a_specifier(pin: str, expected: str) -> None:
    assert specifier(pin) == expected


def test_of_all_that_a_release_depends_on_shared_packages_count_or_those_of_cuda() -> None:
    read = {"numpy": ">=1.22", "absl-py": ">=1", "nvidia-nccl-cu12": ">=2.20.5, <2.20.5+", "scipy": "*"}
    assert (demands(read, cuda=False), demands(read, cuda=True)) == (
        {"numpy": ">=1.22"},
        {"nvidia-nccl-cu12": "==2.20.5"},
    )


def test_the_shipped_demands_are_spelled_as_the_script_spells_them_and_can_be_read() -> None:
    text = (DATA / "demands.json").read_text("utf-8")
    shipped = json.loads(text)
    assert spell(shipped) + "\n" == text
    assert set(shipped) == {"about", *READ}
    for name in READ:
        releases = shipped[name]["releases"]
        assert all(final_release(version) for version in (*releases, shipped[name]["newest"]))
        assert all(read_specifier(each) for row in releases.values() for each in row.values())
