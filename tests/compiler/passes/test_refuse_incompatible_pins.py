import pytest
from msgspec.structs import replace
from recipes import DEMAND, OUR_CHOICE, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.passes.refuse_incompatible_pins import refuse_incompatible_pins

CPU = replace(DEMAND, python="3.11", mode="cpu", platform="linux/amd64")
GPU = replace(CPU, mode="gpu")


def told(
    *requirements: str, demand: Demand = CPU, base: BaseNeed = OUR_CHOICE, resolution: Resolution | None = None
) -> list[tuple[str, ...]]:
    """The lines that are named as contradictions, and the hint."""
    before = recipe(*requirements, demand=demand, base=base)
    if resolution is not None:
        before = replace(before, steps=(InstallRequirements(path="requirements.txt", resolution=resolution),))
    try:
        assert refuse_incompatible_pins(before) == before
    except Rejected as rejected:
        return [(*problem.quotes, problem.hint or "") for problem in rejected.diagnostics]
    return []


RELEASES = "choose releases that go together, or leave one version out: then the installer chooses it"


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        (
            ("torch==2.1.0", "torchvision==0.15.2"),
            (
                "requirements.txt:1  torch==2.1.0",
                "requirements.txt:2  torchvision==0.15.2, which requires torch==2.0.1",
                "write torchvision==0.16.0",
            ),
        ),
        (
            ("torchaudio==2.4.0", "torchvision==0.20.0"),
            (
                "requirements.txt:1  torchaudio==2.4.0, which requires torch==2.4.0",
                "requirements.txt:2  torchvision==0.20.0, which requires torch==2.5.0",
                RELEASES,
            ),
        ),
        (
            ("tensorflow==2.15.0", "jax==0.4.29"),
            (
                "requirements.txt:1  tensorflow==2.15.0, which requires ml-dtypes<0.3,>=0.2.0",
                "requirements.txt:2  jax==0.4.29, which requires ml-dtypes>=0.4.0",
                RELEASES,
            ),
        ),
        (
            ("numpy>=2", "tensorflow-cpu==2.15.0"),
            (
                "requirements.txt:1  numpy>=2",
                "requirements.txt:2  tensorflow-cpu==2.15.0, which requires numpy<2.0.0,>=1.23.5",
                RELEASES,
            ),
        ),
    ],
)
def test_both_lines_are_named_with_what_one_of_them_demands(
    requirements: tuple[str, ...], said: tuple[str, ...]
) -> None:
    assert told(*requirements) == [said]


@pytest.mark.parametrize(
    "requirements",
    [
        ("torch==2.1.0+cu118", "torchvision==0.16.0"),
        ("torch>=2", "torchvision==0.15.2"),
        ("torch==2.1.0", "torchvision"),
        ("torch==2.1.0", "torchvision==0.15.2; sys_platform == 'win32'"),
        ("torch==2.1.0", "torchvision @ https://x.org/torchvision-0.15.2-cp311-cp311-linux_x86_64.whl"),
        ("tensorflow==2.15.0", "numpy==1.26.4", "protobuf<5", "keras"),
        ("tensorflow==99.0", "numpy==1.0"),
        ("tensorflow==2.15.0rc1", "numpy==2.0"),
        ("tensorflow==1.15", "numpy==2.0"),
        ("jax==0.4.30", "tensorflow==2.15.0"),
        ("tensorflow==2.15.1", "torch==2.1.0"),
    ],
)
def test_what_goes_together_or_is_not_known_passes(requirements: tuple[str, ...]) -> None:
    assert told(*requirements) == []


MISMATCH = ("torch==2.1.0", "torchvision==0.15.2")


@pytest.mark.parametrize(
    "demand",
    [
        replace(CPU, indexes=("--extra-index-url https://x.org/simple",)),
        replace(CPU, unread=("requirements.txt:3",)),
    ],
)
def test_where_other_packages_may_come_the_installer_decides(demand: Demand) -> None:
    assert told(*MISMATCH, demand=demand) == []


def test_what_a_base_of_the_user_has_is_not_known() -> None:
    assert told(*MISMATCH, base=BaseNeed(given="me/base")) == []


def test_an_index_of_pytorchs_own_has_the_same_releases() -> None:
    demand = replace(CPU, indexes=("--extra-index-url https://download.pytorch.org/whl/cu118",))
    assert len(told(*MISMATCH, demand=demand)) == 1


def test_what_is_overridden_is_demanded_by_nobody() -> None:
    assert told(*MISMATCH, resolution=Resolution(overrides=("torch==2.1.0",))) == []


def test_of_two_frameworks_the_cuda_counts_that_their_wheels_on_pypi_bring() -> None:
    both = ("torch==2.1.0", "tensorflow[and-cuda]==2.15.1")
    [said] = told(*both, demand=GPU)
    assert [line.partition(", which requires nvidia-")[0] for line in said[:2]] == [
        "requirements.txt:1  torch==2.1.0",
        "requirements.txt:2  tensorflow[and-cuda]==2.15.1",
    ]
    for demand, backend in ((CPU, None), (GPU, "cu118"), (replace(GPU, platform="linux/arm64"), None)):
        assert told(*both, demand=demand, resolution=Resolution(torch_backend=backend)) == []


def test_cuda_that_caliban_added_may_be_left_out() -> None:
    reasons = Resolution(reasons=("tensorflow is installed as tensorflow[and-cuda]",))
    [said] = told("torch==2.1.0", "tensorflow[and-cuda]==2.15.1", demand=GPU, resolution=reasons)
    assert said[2].endswith("\nor take only one of them with CUDA, as declared: --no_rewrites")
