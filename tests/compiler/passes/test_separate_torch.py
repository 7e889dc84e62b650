import pytest
from msgspec.structs import replace

from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.passes.separate_torch import separate_torch

DEMAND = Demand(mode="cpu", platform="linux/amd64", host_python="3.11", python="3.11")
LISTING = "/opt/caliban/uv.lock.pins.txt"


def pin(text: str, *by: str) -> LockedPin:
    return LockedPin(name=text.partition("==")[0], text=text, hashes=("sha256:1",), source="uv.lock:1", by=by)


CLICK = pin("click==8.1.7", "")
TORCH = pin("torch==2.8.0", "")
CUBLAS = pin("nvidia-cublas-cu12==12.8.4.1", "nvidia-cudnn-cu12", "torch")
CUDNN = pin("nvidia-cudnn-cu12==9.10.2.21", "torch")
NVML = pin("nvidia-ml-py==13.0.0", "click")


def recipe(*pins: LockedPin, backend: str | None) -> Recipe:
    install = InstallPins(path="uv.lock", pins=pins, resolution=Resolution(torch_backend=backend))
    return Recipe(demand=DEMAND, base=BaseNeed(), steps=(CreateVenv(python="3.11"), install))


def kept(after: Recipe) -> tuple[LockedPin, ...]:
    return tuple(each for step in after.steps if isinstance(step, InstallPins) for each in step.pins)


@pytest.mark.parametrize("backend", ["cpu", "cu126"])
def test_torch_gets_a_step_of_its_own_and_what_only_its_cuda_needs_goes(backend: str) -> None:
    after = separate_torch(recipe(CLICK, CUBLAS, CUDNN, NVML, TORCH, backend=backend))
    torch = after.steps[2]
    assert kept(after) == (CLICK, NVML)
    assert isinstance(torch, InstallRequirements)
    assert (torch.lines, torch.resolution) == (
        ("torch==2.8.0",),
        Resolution(torch_backend=backend, constraints=(LISTING,)),
    )
    assert len(after.notes) == 1


def test_a_build_that_the_lock_names_stays() -> None:
    before = recipe(CLICK, CUBLAS, CUDNN, pin("torch==2.8.0+cu128", ""), backend=None)
    assert separate_torch(before) == before


def test_what_another_package_needs_too_stays_on_a_gpu_and_goes_without_one() -> None:
    cublas = pin("nvidia-cublas-cu12==12.8.4.1", "tensorflow", "torch")
    after = [kept(separate_torch(recipe(cublas, TORCH, backend=backend))) for backend in ("cu126", "cpu")]
    assert after == [(cublas,), ()]


def test_without_rewrites_what_another_package_needs_stays_in_cpu_mode_too() -> None:
    cublas = pin("nvidia-cublas-cu12==12.8.4.1", "tensorflow", "torch")
    before = recipe(CUDNN, cublas, TORCH, backend="cpu")
    assert kept(separate_torch(replace(before, demand=replace(DEMAND, rewrites=False)))) == (cublas,)


def test_what_the_project_itself_asks_for_stays() -> None:
    triton = pin("triton==3.4.0", "", "torch")
    assert kept(separate_torch(recipe(TORCH, triton, backend="cpu"))) == (triton,)


def test_of_a_list_that_tells_no_reasons_the_names_decide() -> None:
    list_of_names = recipe(pin("click==8.1.7"), pin("triton==3.4.0"), pin("torch==2.8.0"), backend="cu126")
    assert [each.name for each in kept(separate_torch(list_of_names))] == ["click"]


def test_where_nothing_else_is_pinned_nothing_is_constrained() -> None:
    after = separate_torch(recipe(TORCH, backend="cpu"))
    (torch,) = (step for step in after.steps if isinstance(step, InstallRequirements))
    assert (kept(after), torch.resolution.constraints) == ((), ())
