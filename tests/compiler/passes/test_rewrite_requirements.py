import pytest
from msgspec.structs import replace
from recipes import DEMAND, pin, recipe

from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.passes.rewrite_requirements import rewrite_requirements

CPU = replace(DEMAND, mode="cpu", python="3.12")
GPU = replace(DEMAND, python="3.12")
THEIRS = UserDockerfile(path="Dockerfile", text="FROM tensorflow/tensorflow AS own", stage="own")
WHERE = "(requirements.txt:1)"
PLUGINS = ("jax-cuda12-plugin", "jax-cuda12-pjrt", "jax-cuda13-plugin", "jax-cuda13-pjrt")


def resolution(*requirements: str, demand: Demand) -> Resolution:
    (step,) = (
        step
        for step in rewrite_requirements(recipe(*requirements, demand=demand)).steps
        if isinstance(step, InstallRequirements)
    )
    return step.resolution


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (
            "tensorflow[and-cuda]==2.21.0",
            Resolution(
                excludes=("tensorflow",),
                additions=("tensorflow-cpu==2.21.0",),
                reasons=(f"tensorflow 2.21.0 is installed as tensorflow-cpu: CPU mode needs no CUDA {WHERE}",),
            ),
        ),
        (
            "tensorflow>=2.10,<2.15; python_version < '3.13'",
            Resolution(
                excludes=("tensorflow",),
                additions=("tensorflow-cpu<2.15,>=2.10 ; python_version < '3.13'",),
                reasons=(f"tensorflow<2.15,>=2.10 is installed as tensorflow-cpu: CPU mode needs no CUDA {WHERE}",),
            ),
        ),
        (
            "tensorflow-gpu==2.11.0",
            Resolution(
                excludes=("tensorflow-gpu",),
                additions=("tensorflow-cpu==2.11.0",),
                reasons=(f"tensorflow-gpu 2.11.0 is installed as tensorflow-cpu: CPU mode needs no CUDA {WHERE}",),
            ),
        ),
        (
            "jax[cuda12]==0.6.2",
            Resolution(
                excludes=PLUGINS,
                reasons=(f"jax 0.6.2 is installed without [cuda12]: CPU mode needs no CUDA {WHERE}",),
            ),
        ),
        (
            "jax[cuda12_pip,k8s]==0.4.13",
            Resolution(
                overrides=("jax[k8s]==0.4.13",),
                reasons=(f"jax 0.4.13 is installed without [cuda12-pip]: CPU mode needs no CUDA {WHERE}",),
            ),
        ),
        (
            "onnxruntime-gpu==1.31.1",
            Resolution(
                excludes=("onnxruntime-gpu",),
                additions=("onnxruntime==1.31.1",),
                reasons=(f"onnxruntime-gpu 1.31.1 is installed as onnxruntime: CPU mode needs no CUDA {WHERE}",),
            ),
        ),
    ],
)
def test_cpu_mode_gets_what_has_no_cuda(requirement: str, expected: Resolution) -> None:
    assert resolution(requirement, demand=CPU) == expected


@pytest.mark.parametrize(
    ("requirement", "driver", "expected"),
    [
        (
            "jax==0.11.2",
            "550.54.15",
            Resolution(
                additions=("jax[cuda12]==0.11.2",),
                reasons=(f"jax 0.11.2 is installed as jax[cuda12]: without it jax sees no GPU {WHERE}",),
            ),
        ),
        (
            "jax",
            "590.44.01",
            Resolution(
                additions=("jax[cuda13]",),
                reasons=(f"jax is installed as jax[cuda13]: without it jax sees no GPU {WHERE}",),
            ),
        ),
        (
            "tensorflow==2.20.0",
            None,
            Resolution(
                additions=("tensorflow[and-cuda]==2.20.0",),
                reasons=(f"tensorflow 2.20.0 is installed with [and-cuda]: without it tensorflow sees no GPU {WHERE}",),
            ),
        ),
        (
            "tensorflow==2.15.0",
            None,
            Resolution(
                overrides=("tensorflow[and-cuda]==2.15.1",),
                reasons=(
                    "tensorflow 2.15.0 is installed as 2.15.1: "
                    f"tensorflow[and-cuda] 2.15.0 wants a tensorrt that is not on PyPI {WHERE}",
                ),
            ),
        ),
        (
            "onnxruntime-gpu==1.22.0",
            None,
            Resolution(
                additions=("onnxruntime-gpu[cuda,cudnn]==1.22.0",),
                reasons=(
                    f"onnxruntime-gpu 1.22.0 is installed with [cuda,cudnn]: without them it sees no GPU {WHERE}",
                ),
            ),
        ),
        (
            "cupy-cuda12x",
            None,
            Resolution(
                additions=("cupy-cuda12x[ctk]",),
                reasons=(f"cupy-cuda12x is installed with [ctk]: without it cupy needs a CUDA toolkit {WHERE}",),
            ),
        ),
    ],
)
def test_gpu_mode_gets_what_sees_the_gpu(requirement: str, driver: str | None, expected: Resolution) -> None:
    assert resolution(requirement, demand=replace(GPU, driver=driver)) == expected


@pytest.mark.parametrize(
    ("mode", "requirement"),
    [
        ("cpu", "jax==0.6.2"),
        ("cpu", "tensorflow-cpu==2.20.0"),
        ("cpu", "tensorflow @ https://example.invalid/tensorflow-2.20.0.whl"),
        ("cpu", "tensorflow==2.20.0 --hash=sha256:00"),
        ("cpu", "tensorflow==2.20.0; sys_platform == 'darwin'"),
        ("gpu", "jax[cuda12]==0.6.2"),
        ("gpu", "jax[cuda12-local]==0.6.2"),
        ("gpu", "jax==0.4.13"),
        ("gpu", "tensorflow[and-cuda]==2.20.0"),
        ("gpu", "tensorflow==2.12.1"),
        ("gpu", "onnxruntime-gpu==1.20.0"),
        ("gpu", "cupy-cuda12x==13.6.0"),
        ("gpu", "numpy"),
    ],
)
def test_what_suits_the_mode_or_must_be_as_it_is_stays(mode: str, requirement: str) -> None:
    assert resolution(requirement, demand=CPU if mode == "cpu" else GPU) == Resolution()


@pytest.mark.parametrize(
    "base", [BaseNeed(given="tensorflow/tensorflow"), BaseNeed(dockerfile=THEIRS)], ids=["image", "Dockerfile"]
)
def test_on_a_base_that_the_user_names_nothing_is_rewritten(base: BaseNeed) -> None:
    before = recipe("tensorflow==2.20.0", demand=CPU, base=base)
    assert rewrite_requirements(before) == before


def test_tensorflow_keeps_its_name_on_arm() -> None:
    demand = replace(CPU, platform="linux/arm64")
    assert resolution("tensorflow==2.20.0", demand=demand) == Resolution()
    assert resolution("tensorflow[and-cuda]==2.20.0", demand=demand).overrides == ("tensorflow==2.20.0",)


def test_tensorflow_keeps_its_name_beside_what_requires_it_by_that() -> None:
    found = resolution("tensorflow[and-cuda]==2.19.0", "tensorflow-text", demand=CPU)
    assert (found.overrides, found.excludes, found.additions) == (("tensorflow==2.19.0",), (), ())


@pytest.mark.parametrize(
    ("requirement", "notes"),
    [
        ("jax[cuda12]==0.6.2", (f"jax 0.6.2 brings gigabytes of CUDA that CPU mode does not use {WHERE}",)),
        ("tensorflow==2.20.0", ()),
    ],
)
def test_turned_off_nothing_is_rewritten_and_what_that_costs_is_told(requirement: str, notes: tuple[str, ...]) -> None:
    before = recipe(requirement, demand=replace(CPU, rewrites=False))
    assert rewrite_requirements(before) == replace(before, notes=notes)


def test_later_passes_see_what_will_be_installed() -> None:
    after = rewrite_requirements(recipe("numpy", "tensorflow==2.15.0", "jax==0.6.2", demand=GPU))
    assert after.demand.packages == (
        pin("numpy", 1),
        pin("jax==0.6.2", 3),
        pin("tensorflow[and-cuda]==2.15.1", 2),
        pin("jax[cuda12]==0.6.2", 3),
    )


def test_what_constrains_the_old_name_constrains_the_new_one() -> None:
    limited = replace(CPU, constraints=(replace(pin("tensorflow<2.16", 1), source="limits.txt:1"),))
    assert resolution("tensorflow", demand=limited).additions == ("tensorflow-cpu", "tensorflow-cpu<2.16")


def test_one_step_adds_and_all_leave_out() -> None:
    pins = (replace(pin("tensorflow==2.20.0", 1), source="more.txt:1"),)
    reason = "tensorflow 2.20.0 is installed as tensorflow-cpu: CPU mode needs no CUDA (more.txt:1)"
    first = InstallRequirements(path="requirements.txt", includes=("more.txt",))
    second = InstallWheelRequirements(stage="wheel", path=".")
    before = Recipe(demand=replace(CPU, packages=pins), base=BaseNeed(), steps=(CreateVenv(), first, second))
    without = Resolution(excludes=("tensorflow",), reasons=(reason,))
    assert rewrite_requirements(before).steps == (
        CreateVenv(),
        replace(first, resolution=replace(without, additions=("tensorflow-cpu==2.20.0",))),
        replace(second, resolution=without),
    )
