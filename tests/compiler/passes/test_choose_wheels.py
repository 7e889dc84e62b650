import pytest
from msgspec.structs import replace
from recipes import DEMAND, backend_of, recipe, resolution_of

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.input.config import TorchOrigin
from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.passes.choose_python import choose_python
from caliban.compiler.passes.choose_wheels import choose_wheels

CPU = replace(DEMAND, mode="cpu")
OLD_DRIVER = replace(DEMAND, driver="550.54.15")
OLDER_DRIVER = replace(DEMAND, driver="470.82")
NEW_DRIVER = replace(DEMAND, driver="595.58.03")
ARM = replace(DEMAND, platform="linux/arm64")


def routed(before: Recipe) -> Recipe:
    return choose_wheels(choose_python(before))


def problem_of(before: Recipe) -> Diagnostic:
    with pytest.raises(Rejected) as caught:
        routed(before)
    (problem,) = caught.value.diagnostics
    return problem


def test_every_step_that_installs_gets_the_index() -> None:
    steps = (InstallRequirements(path="requirements.txt"), InstallWheelRequirements(stage="wheel", path="."))
    before = replace(recipe(demand=CPU), steps=steps)
    cpu = Resolution(torch_backend="cpu")
    assert choose_wheels(before).steps == tuple(replace(step, resolution=cpu) for step in steps)


@pytest.mark.parametrize("requirements", [[], ["numpy"], ["torch"], ["torch==2.6.0"], ["torch>=99"], ["lightning"]])
def test_cpu_mode_takes_torch_without_cuda_whoever_asks_for_it(requirements: list[str]) -> None:
    assert backend_of(routed(recipe(*requirements, demand=CPU))) == "cpu"


@pytest.mark.parametrize(
    ("requirements", "demand", "expected"),
    [
        (["torch"], DEMAND, None),
        (["torch==2.15.0"], NEW_DRIVER, None),
        (["torch==2.4.1"], OLD_DRIVER, None),
        (["torch"], OLD_DRIVER, "cu126"),
        (["torch==2.14.1"], OLD_DRIVER, "cu126"),
        (["torch==2.11.0"], OLD_DRIVER, "cu129"),
        (["torch>=2.9"], OLD_DRIVER, "cu126"),
        (["torch<2.5"], OLD_DRIVER, None),
        (["torch"], OLDER_DRIVER, "cu118"),
        (["torchvision==0.23.0"], OLD_DRIVER, None),
        (["lightning"], OLD_DRIVER, "cu126"),  # it brings a torch
        (["lightning"], DEMAND, None),
        (["torch==1.12.1"], DEMAND, "cu116"),
        (["torch==1.12.1"], ARM, None),
        (["torch==2.10.0"], ARM, "cu130"),
        (["torch==2.11.0"], ARM, None),
        (["torch"], replace(DEMAND, capability="6.1"), "cu126"),
        (["torch==2.7.1"], replace(DEMAND, capability="12.0"), "cu128"),
        (["torch==2.11.0"], replace(DEMAND, driver="no number", capability="?"), None),
    ],
)
def test_gpu_mode_leaves_the_default_build_where_it_runs(
    requirements: list[str], demand: Demand, expected: str | None
) -> None:
    assert backend_of(routed(recipe(*requirements, demand=demand))) == expected


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("torch==2.8.0+cu126", ()),
        ("torch==2.8.0+cpu", ()),
        ("torchvision == 0.23.0+cu126 ; python_version > '3'", ()),
        ("torch @ https://example.invalid/torch-2.8.0%2Bcu126-cp311-cp311-linux_x86_64.whl", ()),
        ("torch", ("--extra-index-url https://download.pytorch.org/whl/cu126",)),
        ("torch", ("--index-url=https://packages.example/simple",)),
        ("torch", ("--no-index",)),
    ],
)
@pytest.mark.parametrize("demand", [CPU, OLD_DRIVER, replace(DEMAND, capability="6.1")])
def test_a_build_that_the_project_names_is_kept(text: str, indexes: tuple[str, ...], demand: Demand) -> None:
    assert backend_of(routed(recipe(text, demand=replace(demand, indexes=indexes)))) is None


@pytest.mark.parametrize(
    "index", ["--extra-index-url https://packages.example/simple", "-i https://pypi.example/simple"]
)
def test_an_index_that_says_nothing_of_torch_changes_nothing(index: str) -> None:
    assert backend_of(routed(recipe("torch", demand=replace(CPU, indexes=(index,))))) == "cpu"


def test_a_base_of_the_user_may_bring_its_own_torch() -> None:
    base = BaseNeed(given="pytorch/pytorch:latest")
    assert backend_of(routed(recipe("torch==2.15.0", demand=OLD_DRIVER, base=base))) is None


@pytest.mark.parametrize(
    ("requirements", "demand", "expected"),
    [
        (
            ["torch"],
            OLD_DRIVER,
            "torch is taken with CUDA 12.6: driver 550.54.15 cannot run the default, CUDA 13.2 (requirements.txt:1)",
        ),
        (
            ["torch==1.12.1"],
            DEMAND,
            "torch 1.12.1 is taken with CUDA 11.6: the default, CUDA 10.2, has no kernels for cards since 2020 "
            "(requirements.txt:1)",
        ),
        (
            ["torch==2.10.0"],
            ARM,
            "torch 2.10.0 is taken with CUDA 13.0: its default build for arm64 has none (requirements.txt:1)",
        ),
        (
            ["torch==2.4.0"],
            ARM,
            "torch 2.4.0 has no build with CUDA for arm64: write torch>=2.5, or use --platform linux/amd64",
        ),
        (
            ["torch==1.10.0"],
            replace(DEMAND, host_python="3.9"),
            "torch 1.10.0 brings CUDA 10.2: no kernels for cards since 2020",
        ),
        (
            ["torch==99.1"],
            OLD_DRIVER,
            "caliban knows torch 1.10.0 to 2.15.0, none of which suits torch 99.1 (requirements.txt:1): default build",
        ),
    ],
)
def test_what_is_not_as_written_is_said(requirements: list[str], demand: Demand, expected: str) -> None:
    before = recipe(*requirements, demand=demand)
    assert routed(before).notes == (*choose_python(before).notes, expected)


def test_a_driver_that_no_build_of_the_release_runs_on_is_an_error_with_the_ways_out() -> None:
    problem = problem_of(recipe("torch==2.15.0", demand=OLD_DRIVER))
    assert (problem.message, problem.hint) == (
        "torch 2.15.0 with CUDA 13.0 needs an NVIDIA driver of 580 or newer, and this machine has 550.54.15",
        "pin torch==2.14.1, which has a build for CUDA 12.6,\nupdate the driver to 580 or newer,\n"
        "or do without the GPU: --nogpu,\n"
        "or say which driver the machine has that will run it: CALIBAN_GPU_DRIVER=VERSION",
    )


def test_a_card_that_no_build_of_the_release_has_kernels_for_is_an_error_with_the_ways_out() -> None:
    problem = problem_of(recipe("torch==2.6.0", demand=replace(NEW_DRIVER, capability="12.0")))
    assert (problem.message, problem.hint) == (
        "torch 2.6.0 has no build with kernels for this machine's GPU (compute capability 12.0)",
        "pin torch==2.15.0, which has a build for CUDA 13.2,\nor do without the GPU: --nogpu",
    )


def test_a_named_build_that_the_driver_cannot_run_is_an_error() -> None:
    problem = problem_of(recipe("torch==2.10.0+cu130", demand=OLD_DRIVER))
    assert problem.message == (
        "torch 2.10.0 with CUDA 13.0 needs an NVIDIA driver of 580 or newer, and this machine has 550.54.15"
    )


def wheels(*names: str, tag: str = "cp311-cp311-manylinux_2_28_x86_64") -> tuple[HostWheel, ...]:
    parts = (name.split("-") for name in names)
    return tuple(HostWheel(name, version, f"{name}-{version}-{tag}.whl") for name, version in parts)


AT_HAND = replace(
    CPU, torch_at_hand=wheels("torch-2.12.0+cpu", "torch-2.13.0+cpu", "torch-2.14.0", "torch-2.15.0+cu126")
)
NOTHING_ELSE = ("torchvision<0", "torchaudio<0")


@pytest.mark.parametrize(
    ("requirements", "demand", "expected"),
    [
        (["torch"], AT_HAND, ("torch==2.13.0+cpu", *NOTHING_ELSE)),
        (["lightning"], AT_HAND, ("torch==2.13.0+cpu", *NOTHING_ELSE)),
        (["torch<2.13"], AT_HAND, ("torch==2.12.0+cpu", *NOTHING_ELSE)),
        (["torch==2.13"], AT_HAND, ("torch==2.13.0+cpu", *NOTHING_ELSE)),
        (["torch>=2.14; sys_platform == 'win32'"], AT_HAND, ("torch==2.13.0+cpu", *NOTHING_ELSE)),
        (["torch>=2.14"], AT_HAND, ()),
        (["torch", "torchvision"], AT_HAND, ()),
        (
            ["torch", "torchvision"],
            replace(CPU, torch_at_hand=wheels("torch-2.13.0+cpu", "torchvision-0.28.0+cpu")),
            ("torch==2.13.0+cpu", "torchvision==0.28.0+cpu", "torchaudio<0"),
        ),
        (["torch"], replace(CPU, torch_at_hand=wheels("torch-2.13.0+cpu", tag="cp312-cp312-linux_x86_64")), ()),
        (["torch"], replace(CPU, torch_at_hand=wheels("torch-2.13.0")), ()),
        (["torch"], replace(CPU, torch_at_hand=()), ()),
        (["torch"], replace(AT_HAND, torch_origin="pytorch"), ()),
        (["torch"], replace(AT_HAND, torch_origin="mirror"), ()),
        (["torch"], replace(AT_HAND, mode="gpu"), ()),
    ],
)
def test_a_cpu_build_at_hand_is_taken_where_it_serves_all_that_is_named(
    requirements: list[str], demand: Demand, expected: tuple[str, ...]
) -> None:
    assert resolution_of(routed(recipe(*requirements, demand=demand))).limits == expected


@pytest.mark.parametrize("demand", [CPU, OLD_DRIVER])
def test_a_mirror_stands_in_for_pytorchs_index_and_the_default_for_none(demand: Demand) -> None:
    origins: tuple[TorchOrigin, ...] = ("pytorch", "mirror", "default")
    found = [
        resolution_of(routed(recipe("torch==2.11.0", demand=replace(demand, torch_origin=origin))))
        for origin in origins
    ]
    backend = "cpu" if demand is CPU else "cu129"
    assert [(each.torch_backend, each.torch_mirrored) for each in found] == [
        (backend, False),
        (backend, True),
        (None, False),
    ]


@pytest.mark.parametrize(("requirements", "count"), [(["torch"], 1), (["torchvision"], 1), (["numpy"], 0)])
def test_what_the_hosts_own_index_may_bring_is_said_where_torch_is_named(requirements: list[str], count: int) -> None:
    before = recipe(*requirements, demand=replace(CPU, torch_origin="default"))
    assert len(routed(before).notes) - len(choose_python(before).notes) == count
