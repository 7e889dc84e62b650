"""What a user's file says over the shipped tables."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.releases import releases, torch_pinned_by
from caliban.compiler.facts.images import cuda_image, python_image
from caliban.compiler.facts.python_versions import known_minors
from caliban.compiler.facts.tables import SHIPPED, Tables, with_changes
from caliban.compiler.frontend.config import problems
from caliban.compiler.frontend.config.tables import read_tables
from caliban.compiler.input.caller import HostFile
from caliban.runtime.observing.caller import read_caller

GONE = "11.8.0-cudnn8-runtime-ubuntu22.04"
NEW = "11.8.9-cudnn8-runtime-ubuntu22.04"


def with_frameworks(**changes: Any) -> Tables:
    return with_changes(SHIPPED, {"frameworks": changes}, "tables.json")


def with_tags(**changes: bool | None) -> Tables:
    return with_changes(SHIPPED, {"cuda_tags": {"tags": changes}}, "tables.json")


def with_names_as_keys(part: dict[str, Any]) -> dict[str, Any]:
    """Lists of names as a user's file changes them: '{"TAG": true}'."""
    return {
        key: dict.fromkeys(value, True) if isinstance(value, list) and isinstance(value[0], str) else value
        for key, value in part.items()
    }


def test_tables_that_nobody_changed_are_the_shipped_ones() -> None:
    assert with_tags(**{NEW: True})["frameworks"] is SHIPPED["frameworks"]


def test_what_is_not_said_of_a_release_is_as_in_the_release_before_it() -> None:
    newest = releases("torch", SHIPPED)[-1]
    torch = releases("torch", with_frameworks(torch=[{"versions": ["99.0", "99.1"], "cuda": "14.0"}]))
    assert torch[-2:] == (replace(newest, version="99.0", cuda="14.0"), replace(newest, version="99.1", cuda="14.0"))


def test_a_known_release_is_changed_in_its_place() -> None:
    before = releases("torch", SHIPPED)
    after = releases("torch", with_frameworks(torch=[{"versions": ["2.8.0"], "cuda": None, "pythons": ["3.12"]}]))
    assert after == tuple(
        replace(release, cuda=None, pythons=("3.12",)) if release.version == "2.8.0" else release for release in before
    )


def test_a_release_older_than_all_that_are_known_is_like_the_oldest() -> None:
    oldest = releases("torch", SHIPPED)[0]
    assert releases("torch", with_frameworks(torch=[{"versions": ["1.0"]}]))[0] == replace(oldest, version="1.0")


def test_packages_that_pin_torch_are_added_and_removed() -> None:
    tables = with_frameworks(torch_pinned_by={"mine": {"1.0": "2.8.0"}, "torchvision": {"0.23.0": None}})
    pinned = [("mine", "1.0"), ("torchvision", "0.23.0"), ("torchvision", "0.22.0")]
    assert [torch_pinned_by(*each, tables) for each in pinned] == ["2.8.0", None, "2.7.0"]


def test_a_tag_that_is_gone_makes_room_for_the_next_best() -> None:
    image = cuda_image("11.8", "cudnn-runtime", with_tags(**{GONE: None}))
    assert image == "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu20.04"


def test_a_tag_that_is_new_is_taken() -> None:
    assert cuda_image("11.8", "cudnn-runtime", with_tags(**{NEW: True})) == f"nvidia/cuda:{NEW}"


def test_null_removes_in_what_is_new_too() -> None:
    rows = {"newest": "2.0", "amd64": {"1.0": "3.8+", "2.0": None}, "arm64": None}
    tables = with_changes(SHIPPED, {"wheels": {"packages": {"mine": rows, "numpy": None}}}, "tables.json")
    packages = tables["wheels"]["packages"]
    assert (packages["mine"], "numpy" in packages) == ({"newest": "2.0", "amd64": {"1.0": "3.8+"}}, False)


def test_pythons_come_and_go() -> None:
    row = {"suite": "forky", "end_of_life": "2032-10"}
    tables = with_changes(SHIPPED, {"pythons": {"minors": {"3.7": row, "3.16": row, "3.8": None}}}, "tables.json")
    known = [minor for minor in known_minors(SHIPPED) if minor != "3.8"]
    assert (known_minors(tables), python_image("3.16", tables)) == (
        ("3.7", *known, "3.16"),
        "python:3.16-slim-forky",
    )


def test_the_hosts_file_stands_over_the_projects(tmp_path: Path) -> None:
    team, mine = ({"frameworks": {"driver": drivers}} for drivers in ({"12": "1", "14": "2"}, {"12": "3"}))
    disk = project(tmp_path, {"team.json": json.dumps(team)})
    tables = read_tables(disk, "team.json", HostFile(path="/home/me/mine.json", text=json.dumps(mine)))
    assert (tables["frameworks"]["driver"], tables.sources) == (
        {**SHIPPED["frameworks"]["driver"], "14": "2", "12": "3"},
        ("team.json", "/home/me/mine.json"),
    )


def test_without_a_file_the_tables_are_the_shipped_ones(tmp_path: Path) -> None:
    assert read_tables(project(tmp_path, {}), None, None) is SHIPPED


def test_a_file_that_removes_every_python_is_rejected(tmp_path: Path) -> None:
    text = json.dumps({"pythons": {"minors": dict.fromkeys(known_minors(SHIPPED))}})
    with pytest.raises(Rejected) as caught:
        read_tables(project(tmp_path, {}), None, HostFile(path="mine.json", text=text))
    assert told(caught.value) == told(
        Rejected(problems.no_python_left(Place(source="mine.json", line=1, column=24, text=text)))
    )


def test_a_file_that_is_not_there_is_told_with_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBAN_TABLES", "nosuch.json")
    with pytest.raises(Rejected) as caught:
        read_caller(str(tmp_path), os.environ)
    (problem,) = caught.value.diagnostics
    assert (problem.message, str(problem.place)) == (
        "cannot be read: it does not exist",
        "$CALIBAN_TABLES: nosuch.json",
    )


def test_a_file_of_the_host_may_be_outside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "project").mkdir()
    monkeypatch.setenv("CALIBAN_TABLES", "../mine.json")
    assert read_caller(str(tmp_path / "project"), os.environ).tables == HostFile(path="../mine.json", text="{}")


def test_the_shipped_tables_have_the_form_of_a_users() -> None:
    shipped = {name: SHIPPED[name] for name in ("frameworks", "cuda_tags", "pythons", "wheels", "cloud_sdk")}
    shipped |= {name: with_names_as_keys(shipped[name]) for name in ("cuda_tags", "pythons")}
    shipped["frameworks"] = {
        name: with_names_as_keys(part) if isinstance(part, dict) else part
        for name, part in shipped["frameworks"].items()
    }
    assert [error.message for error in Draft202012Validator(table("tables.schema")).iter_errors(shipped)] == []
