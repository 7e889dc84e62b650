import pytest

from caliban.compiler.locks.lock import Artifact
from caliban.compiler.locks.wheel_tags import best, can_install, fitting

IN_ORDER = [  # of preference, for Python 3.11 on x86_64
    "foo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "foo-1.0-cp310.cp311-cp310.cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "foo-1.0-cp311-cp311-manylinux1_x86_64.whl",
    "foo-1.0-cp311-cp311-linux_x86_64.whl",
    "foo-1.0-cp311-cp311-manylinux_2_34_x86_64.whl",
    "foo-1.0-cp311-cp311-manylinux_2_39_x86_64.whl",
    "foo-1.0-cp311-abi3-manylinux_2_28_x86_64.whl",
    "foo-1.0-cp39-abi3-manylinux2014_x86_64.whl",
    "foo-1.0-py3-none-manylinux2014_x86_64.whl",
    "foo-1.0-py311-none-any.whl",
    "foo-1.0-2build-py2.py3-none-any.whl",
    "foo-1.0-py310-none-any.whl",
]
FOR_OTHERS = [
    "foo-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    "foo-1.0-cp311-cp311t-manylinux_2_28_x86_64.whl",
    "foo-1.0-cp312-abi3-manylinux_2_28_x86_64.whl",
    "foo-1.0-cp311-cp311-manylinux_2_28_aarch64.whl",
    "foo-1.0-cp311-cp311-musllinux_1_2_x86_64.whl",
    "foo-1.0-cp311-cp311-win_amd64.whl",
    "foo-1.0-pp310-pypy310_pp73-manylinux_2_28_x86_64.whl",
    "foo-1.0-py2-none-any.whl",
    *("foo.whl", "foo-1.0.whl", "foo-1.0-py3-none-win32.whl", "foo-1.0.exe", ""),
]


def artifacts(*names: str) -> list[Artifact]:
    return [Artifact(name, None) for name in names]


@pytest.mark.parametrize("start", range(len(IN_ORDER)))
def test_the_wheel_that_suits_best_is_taken(start: int) -> None:
    chosen = best(artifacts(*FOR_OTHERS, *reversed(IN_ORDER[start:])), "3.11", "x86_64")
    assert chosen is not None and chosen.name == IN_ORDER[start]


def test_without_a_wheel_the_sources_are_taken() -> None:
    chosen = best(artifacts(*FOR_OTHERS, "foo-1.0.tar.gz"), "3.11", "x86_64")
    assert chosen is not None and chosen.name == "foo-1.0.tar.gz"
    assert best(artifacts(*FOR_OTHERS), "3.11", "x86_64") is None


def test_a_base_that_is_not_ours_may_take_any_that_fits() -> None:
    offered = artifacts(*IN_ORDER, *FOR_OTHERS, "foo-1.0.zip")
    assert [each.name for each in fitting(offered, "3.11", "x86_64")] == [*IN_ORDER, "foo-1.0.zip"]


@pytest.mark.parametrize(
    ("name", "python", "fits"),
    [
        ("foo-1.0-cp311-cp311-linux_aarch64.whl", "3.11", True),
        ("foo-1.0-cp311-cp311-linux_aarch64.whl", "3.12", False),
        ("foo-1.0-cp311-cp311-linux_aarch64.whl", None, True),  # any Python
        ("foo-1.0-py3-none-any.whl", None, True),
        ("foo-1.0-cp311-cp311-linux_x86_64.whl", None, False),
    ],
)
def test_a_file_suits_a_python_on_a_machine(name: str, python: str | None, fits: bool) -> None:
    assert can_install(name, python, "aarch64") == fits
