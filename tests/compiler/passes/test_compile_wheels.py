import pytest
from msgspec.structs import replace
from recipes import DEMAND, recipe, resolution_of

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Compiled, Resolution
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.passes.compile_wheels import compile_wheels

GPU = replace(DEMAND, python="3.11")
TOOLS = ("ninja", "numpy", "packaging", "psutil", "setuptools", "wheel")
OWN = BuildWheel(path=".", stage="wheel", cuda="setup.py:9")


def toolkit_of(after: Recipe) -> PrepareToolkit:
    (step,) = (step for step in after.steps if isinstance(step, PrepareToolkit))
    return step


def wheels_of(after: Recipe) -> CompileWheels:
    (step,) = (step for step in after.steps if isinstance(step, CompileWheels))
    return step


def test_what_calls_nvcc_is_compiled_beside_torch_and_installed_as_a_wheel() -> None:
    before = recipe("torch==2.8.0", "flash-attn==2.8.3", demand=replace(GPU, capability="9.0"))
    after = compile_wheels(before)
    assert after.steps == (
        PrepareToolkit(
            stage="cuda",
            image="nvidia/cuda:12.8.2-devel-ubuntu22.04",
            python="3.11",
            first=("torch==2.8.0", *TOOLS),
            architectures="9.0",
            reason="flash-attn 2.8.3 calls nvcc (requirements.txt:2): compiled aside, with the toolkit of torch's "
            "CUDA 12.8 and torch there first; the image gets the wheel and no compiler",
        ),
        CompileWheels(toolkit="cuda", stage="cuda-wheels", packages=("flash-attn==2.8.3",)),
        PrepareFolders(),
        CreateVenv(),
        InstallRequirements(
            path="requirements.txt",
            resolution=Resolution(compiled=Compiled(stage="cuda-wheels", names=("flash-attn",))),
        ),
    )


@pytest.mark.parametrize(
    ("requirements", "image", "torch"),
    [
        (["flash-attn"], "nvidia/cuda:13.2.1-devel-ubuntu22.04", "torch"),
        (["flash-attn", "torchvision==0.21.0"], "nvidia/cuda:12.4.1-devel-ubuntu22.04", "torch==2.6.0"),
        (["flash-attn", "torch==2.8.0+cu129"], "nvidia/cuda:12.9.1-devel-ubuntu22.04", "torch==2.8.0+cu129"),
        (["flash-attn", "torch==1.13.1"], "nvidia/cuda:11.7.1-devel-ubuntu22.04", "torch==1.13.1"),
        (["flash-attn", "torch<2.7; python_version > '3'"], "nvidia/cuda:12.4.1-devel-ubuntu22.04", "torch<2.7"),
    ],
)
def test_the_toolkit_is_that_of_torchs_cuda(requirements: list[str], image: str, torch: str) -> None:
    step = toolkit_of(compile_wheels(recipe(*requirements, demand=GPU)))
    assert (step.image, step.first[0]) == (image, torch)


@pytest.mark.parametrize(
    ("torch", "architectures"),
    [
        ("1.13.1", "7.0;7.5;8.0;8.6+PTX"),
        ("2.4.1", "7.0;7.5;8.0;8.6;8.9;9.0+PTX"),
        ("2.8.0", "7.5;8.0;8.6;8.9;9.0;10.0;12.0+PTX"),
    ],
)
def test_without_a_card_all_that_the_cuda_can_is_compiled_for(torch: str, architectures: str) -> None:
    after = compile_wheels(recipe(f"torch=={torch}", "flash-attn", demand=GPU))
    assert toolkit_of(after).architectures == architectures


def test_a_source_from_git_brings_git_and_its_address_gives_way_to_the_wheel() -> None:
    after = compile_wheels(recipe("torch==2.8.0", "apex @ git+https://example.invalid/apex", demand=GPU))
    assert (toolkit_of(after).git, wheels_of(after).packages) == (True, ("apex @ git+https://example.invalid/apex",))
    assert resolution_of(after).overrides == ("apex",)


def test_an_extra_that_calls_nvcc_is_compiled_too() -> None:
    after = compile_wheels(recipe("torch==2.8.0", "mamba-ssm[causal-conv1d]==2.2.5", demand=GPU))
    assert wheels_of(after).packages == ("mamba-ssm[causal-conv1d]==2.2.5", "causal-conv1d")
    assert resolution_of(after).compiled == Compiled(stage="cuda-wheels", names=("mamba-ssm", "causal-conv1d"))


def test_the_toolkit_knows_the_indexes_and_the_secrets_of_the_requirements() -> None:
    before = recipe("torch==2.8.0", "flash-attn", demand=replace(GPU, indexes=("--extra-index-url https://a.invalid",)))
    secretive = Resolution(torch_backend="cu126", secrets=("TOKEN",))
    steps = (*before.steps[:2], InstallRequirements(path="requirements.txt", resolution=secretive))
    after = compile_wheels(replace(before, steps=steps))
    assert [(step.indexes, step.resolution) for step in (toolkit_of(after), wheels_of(after))] == [
        (("--extra-index-url https://a.invalid",), secretive)
    ] * 2


def test_a_project_with_cuda_sources_is_built_where_nvcc_is() -> None:
    before = recipe("torch==2.8.0 --hash=sha256:00", demand=GPU)
    own = replace(OWN, build_requires=("pybind11", "torch>=2"))
    after = compile_wheels(replace(before, steps=(*before.steps, own)))
    assert after.steps[-1] == replace(own, toolkit="cuda")
    assert toolkit_of(after).first == ("torch==2.8.0", *TOOLS, "pybind11")
    assert resolution_of(after).compiled == Compiled(stage="cuda", names=())
    assert [step for step in after.steps if isinstance(step, CompileWheels)] == []


@pytest.mark.parametrize(
    ("requirement", "demand"),
    [
        ("torch==2.8.0", GPU),
        ("flash-attn; sys_platform == 'win32'", GPU),
        ("flash-attn @ https://example.invalid/flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl", GPU),
        ("flash-attn", replace(GPU, mode="cpu")),
    ],
)
def test_where_nothing_is_to_be_compiled_nothing_changes(requirement: str, demand: Demand) -> None:
    before = recipe(requirement, demand=demand)
    assert compile_wheels(before) == before


def test_on_a_base_that_the_user_names_nothing_is_compiled() -> None:
    before = recipe("flash-attn", demand=GPU, base=BaseNeed(given="pytorch/pytorch"))
    assert compile_wheels(before) == before


def test_cpu_mode_says_that_cuda_sources_are_not_compiled() -> None:
    before = replace(recipe(demand=replace(GPU, mode="cpu")), steps=(CreateVenv(), OWN))
    assert compile_wheels(before).notes == ("the project compiles CUDA (setup.py:9), and CPU mode has no nvcc",)


def test_a_cuda_without_a_toolkit_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        compile_wheels(recipe("torch==1.10.0", "flash-attn", demand=GPU))
    assert [problem.code for problem in caught.value.diagnostics] == ["no-toolkit"]


def test_the_image_comes_from_the_mirror() -> None:
    after = compile_wheels(recipe("torch==2.8.0", "flash-attn", demand=GPU, base=BaseNeed(mirror="m.example")))
    assert toolkit_of(after).image == "m.example/nvidia/cuda:12.8.2-devel-ubuntu22.04"


def test_what_a_lock_pins_is_taken_out_of_its_pins() -> None:
    flash, torch = (
        LockedPin(name=name, text=text, hashes=("sha256:00",), source=f"uv.lock:{line}", by=("",))
        for line, (name, text) in enumerate((("flash-attn", "flash-attn==2.8.3"), ("torch", "torch==2.8.0")), start=1)
    )
    pins = tuple(Pin(name=each.name, text=each.text, source=each.source) for each in (flash, torch))
    locked = InstallPins(path="uv.lock", pins=(flash, torch))
    after = compile_wheels(Recipe(demand=replace(GPU, packages=pins), base=BaseNeed(), steps=(CreateVenv(), locked)))
    assert after.steps[2:] == (
        CreateVenv(),
        replace(locked, pins=(torch,)),
        InstallRequirements(
            path="uv.lock.compiled",
            lines=("flash-attn==2.8.3",),
            count=1,
            remark="the versions that are locked, but without the hashes of their sources",
            resolution=Resolution(
                constraints=("/opt/caliban/uv.lock.pins.txt",),
                compiled=Compiled(stage="cuda-wheels", names=("flash-attn",)),
            ),
        ),
    )
