import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.images import cuda_image, mirrored, python_image, unmirrored
from caliban.compiler.facts.tables import SHIPPED

MIRROR = "mirror.example:5000/hub"
DIGEST = "sha256:" + "0" * 64
NAMES = st.from_regex(
    r"([a-z0-9]{1,5}(\.[a-z]{2,3}|:5000)/)?([a-z0-9]{1,5}/){0,2}[a-z0-9]{1,5}(:[a-z0-9.]{1,5})?", fullmatch=True
)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("python:3.11-slim-bookworm", f"{MIRROR}/library/python:3.11-slim-bookworm"),
        ("docker.io/python:3.11", f"{MIRROR}/library/python:3.11"),
        ("index.docker.io/library/python", f"{MIRROR}/library/python"),
        (f"python@{DIGEST}", f"{MIRROR}/library/python@{DIGEST}"),
        ("nvidia/cuda:11.8.0-base-ubuntu22.04", f"{MIRROR}/nvidia/cuda:11.8.0-base-ubuntu22.04"),
        ("ghcr.io/astral-sh/uv:0.13.9", f"{MIRROR}/ghcr.io/astral-sh/uv:0.13.9"),
        ("registry.example:5000/team/base", f"{MIRROR}/registry.example:5000/team/base"),
        (f"{MIRROR}/library/python:3.11", f"{MIRROR}/library/python:3.11"),
        ("localhost:5000/base", "localhost:5000/base"),
        ("localhost/base", "localhost/base"),
        ("scratch", "scratch"),
    ],
)
def test_a_mirror_keeps_the_paths_of_docker_hub_and_names_other_registries(image: str, expected: str) -> None:
    assert mirrored(image, MIRROR) == expected


@pytest.mark.parametrize("spelling", [f"https://{MIRROR}", f"{MIRROR}/", f"http://{MIRROR}//"])
def test_a_mirror_may_be_spelled_as_a_url(spelling: str) -> None:
    assert mirrored("python:3.11", spelling) == f"{MIRROR}/library/python:3.11"


@pytest.mark.parametrize("mirror", [None, ""])
def test_without_a_mirror_the_name_stays(mirror: str | None) -> None:
    assert mirrored("ghcr.io/astral-sh/uv:0.13.9", mirror) == "ghcr.io/astral-sh/uv:0.13.9"


@given(NAMES)
def test_mirroring_twice_is_mirroring_once(image: str) -> None:
    assert mirrored(mirrored(image, MIRROR), MIRROR) == mirrored(image, MIRROR)


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        ("3.8", "python:3.8-slim-bookworm"),
        ("3.11", "python:3.11-slim-bookworm"),
        ("3.13", "python:3.13-slim-trixie"),
        ("3.99", "python:3.99-slim-trixie"),  # newer than our table
    ],
)
def test_the_debian_release_of_a_python_image_is_written_out(minor: str, expected: str) -> None:
    assert python_image(minor, SHIPPED) == expected


@pytest.mark.parametrize(
    ("cuda", "kind", "expected"),
    [
        ("11.0", "cudnn-runtime", "nvidia/cuda:11.0.3-cudnn8-runtime-ubuntu20.04"),
        ("11.8", "cudnn-runtime", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("12.3", "cudnn-runtime", "nvidia/cuda:12.3.2-cudnn9-runtime-ubuntu22.04"),
        ("12.8", "cudnn-devel", "nvidia/cuda:12.8.1-cudnn-devel-ubuntu22.04"),
        ("12.8", "devel", "nvidia/cuda:12.8.2-devel-ubuntu22.04"),  # 12.8.2 comes without cuDNN
    ],
)
def test_a_cuda_image_is_the_newest_patch_that_exists(cuda: str, kind: str, expected: str) -> None:
    assert cuda_image(cuda, kind, SHIPPED) == expected


def test_every_cuda_that_a_framework_asks_for_has_an_image() -> None:
    rows = [row for name in ("tensorflow", "tensorflow-gpu", "jax") for row in table("frameworks")[name]]
    asked = {(row["cuda"], row["image"]) for row in rows if "image" in row}
    asked |= {(cuda, "cudnn-devel") for row in rows for cuda in row.get("local", {}).values()}
    tags = {f"nvidia/cuda:{tag}" for tag in table("cuda_tags")["tags"]}
    assert {cuda_image(cuda, kind, SHIPPED) for cuda, kind in asked} <= tags


def test_every_tag_of_the_table_has_a_patch_and_an_ubuntu() -> None:
    form = re.compile(r"\d+\.\d+\.\d+-(cudnn\d?-)?(runtime|devel)-ubuntu\d\d\.04")
    assert [tag for tag in table("cuda_tags")["tags"] if not form.fullmatch(tag)] == []


@pytest.mark.parametrize(
    "image", ["python:3.11-slim", "nvidia/cuda:12.8.2-devel-ubuntu22.04", "ghcr.io/astral-sh/uv:0.13.9"]
)
def test_the_name_that_a_mirror_was_put_before_is_found_again(image: str) -> None:
    assert [unmirrored(mirrored(image, each), each) for each in (MIRROR, f"https://{MIRROR}/", None)] == [image] * 3
