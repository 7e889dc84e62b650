import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from recipes import DEMAND, base_of, chosen, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.limits import LIMITED
from caliban.compiler.facts.frameworks.releases import releases
from caliban.compiler.facts.tables import SHIPPED
from caliban.compiler.input.user_dockerfile import NamedImage, UserDockerfile
from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.python import CreateVenv, InstallPython
from caliban.compiler.ir.steps.system import PrepareFolders

CPU = replace(DEMAND, mode="cpu")
GPU_ENV = (("NVIDIA_VISIBLE_DEVICES", "all"), ("NVIDIA_DRIVER_CAPABILITIES", "compute,utility"))
RAN = "Python 3.11: the interpreter that ran caliban"
NAMED = BaseImage(
    image="mirror.example/pytorch/pytorch:2.8.0",
    platform="linux/amd64",
    reason="the image that --base_image names",
    python=None,
    own=False,
    mirror="mirror.example",
)

FRAMEWORKS = (
    *("numpy", "h5py", "ray"),
    *("torch", "torchvision", "tensorflow", "tensorflow-gpu", "tensorflow-cpu", "jax", "jaxlib", "onnxruntime-gpu"),
    *("ctranslate2", "faster-whisper", "cupy-cuda12x", "bitsandbytes", "vllm", "deepspeed", "flash-attn"),
)
EXTRAS = st.sampled_from(("", "", "[and-cuda]", "[cuda12]", "[cuda13]", "[cuda12-local]", "[cuda11_pip]", "[x"))
KNOWN = st.sampled_from(
    [release.version for name in ("torch", "tensorflow", "jax") for release in releases(name, SHIPPED)]
)
VERSIONS = KNOWN | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(rc1|\.post1|\+cu126|\+cpu|\.\*)?", fullmatch=True)
CLAUSES = st.tuples(st.sampled_from(("==", "==", "==", ">=", "<", "<=", "~=", "!=", "===")), VERSIONS).map("".join)
MARKERS = st.sampled_from(
    ("", "", "; python_version < '3.10'", "; extra == 'x'", "; platform_machine == 'aarch64'", ";")
)
REQUIREMENTS = st.tuples(st.sampled_from(FRAMEWORKS), EXTRAS, st.lists(CLAUSES, max_size=2).map(",".join), MARKERS).map(
    "".join
)
DEMANDS = st.builds(
    Demand,
    mode=st.sampled_from(("cpu", "gpu", "gpu", "gpu")),
    platform=st.sampled_from(("linux/amd64", "linux/arm64")),
    host_python=st.sampled_from(("3.11", "3.12", "3.14", "3.16")),
    driver=st.none() | st.from_regex(r"[2-6][0-9]{2}(\.[0-9]{2,3}){0,2}", fullmatch=True) | st.text(max_size=5),
    capability=st.none() | st.sampled_from(("3.5", "6.1", "7.0", "7.5", "8.0", "8.9", "9.0", "10.0", "12.0", "?")),
    indexes=st.just(()) | st.sampled_from((("--no-index",), ("-i https://download.pytorch.org/whl/cu130",))),
)


def test_cpu_mode_is_a_slim_python_and_nothing_more() -> None:
    assert chosen(recipe("torch==2.8.0", demand=CPU)).base == BaseImage(
        image="python:3.11-slim-bookworm",
        platform="linux/amd64",
        reason=f"CPU mode, nothing needs CUDA; {RAN}",
        python="3.11",
    )


@pytest.mark.parametrize(
    ("requirements", "reason"),
    [
        ([], "GPU mode: nothing here needs a CUDA base"),
        (
            ["torch==2.8.0"],
            "GPU mode: torch 2.8.0 brings CUDA 12.8 in its wheels (requirements.txt:1), so no CUDA base",
        ),
        (["torch==99.0"], "GPU mode: torch 99.0 brings CUDA in its wheels (requirements.txt:1), so no CUDA base"),
        (
            ["torch==2.8.0+cu126"],
            "GPU mode: torch 2.8.0 brings CUDA 12.6 in its wheels (requirements.txt:1), so no CUDA base",
        ),
        (
            ["torch==2.8.0+cpu"],
            "GPU mode: torch 2.8.0 is the build that the project names (requirements.txt:1), so no CUDA base",
        ),
        (
            ["tensorflow[and-cuda]==2.20.0"],
            "GPU mode: tensorflow 2.20.0 brings CUDA 12.5 in its wheels (requirements.txt:1), so no CUDA base",
        ),
        (
            ["jax[cuda12]==0.6.2", "torch==2.8.0"],
            "GPU mode: jax 0.6.2 brings CUDA 12 in its wheels (requirements.txt:1), "
            "torch 2.8.0 brings CUDA 12.8 in its wheels (requirements.txt:2), so no CUDA base",
        ),
    ],
)
def test_gpu_mode_by_itself_is_no_reason_for_a_cuda_base(requirements: list[str], reason: str) -> None:
    assert chosen(recipe(*requirements)).base == BaseImage(
        image="python:3.11-slim-bookworm",
        platform="linux/amd64",
        reason=f"{reason}; {RAN}",
        python="3.11",
        env=GPU_ENV,
    )


@pytest.mark.parametrize(
    ("requirement", "image"),
    [
        ("tensorflow==2.4.4", "nvidia/cuda:11.0.3-cudnn8-runtime-ubuntu20.04"),
        ("tensorflow==2.5.0", "nvidia/cuda:11.2.2-cudnn8-runtime-ubuntu20.04"),
        ("tensorflow==2.11.1", "nvidia/cuda:11.2.2-cudnn8-runtime-ubuntu20.04"),
        ("tensorflow-gpu<2.12", "nvidia/cuda:11.2.2-cudnn8-runtime-ubuntu20.04"),
        ("tensorflow~=2.12.0", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("tensorflow<2.14", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("jax==0.2.5", "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04"),
        ("jax==0.4.6", "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04"),
        ("jax[cuda11_local]==0.4.20", "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04"),
        ("jax[cuda12_local]==0.4.26", "nvidia/cuda:12.2.2-cudnn8-devel-ubuntu22.04"),
        ("jax[cuda12-local]", "nvidia/cuda:12.8.1-cudnn-devel-ubuntu22.04"),
        ("jax[cuda13-local]==99.0", "nvidia/cuda:13.0.3-cudnn-devel-ubuntu22.04"),
        ("onnxruntime-gpu==1.11.0", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("onnxruntime-gpu==1.18.1", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("onnxruntime-gpu<1.21", "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04"),
        ("ctranslate2", "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04"),
        ("ctranslate2==99.0", "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04"),
        ("ctranslate2==4.4.0", "nvidia/cuda:12.2.2-cudnn8-runtime-ubuntu22.04"),
        ("ctranslate2<4", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("faster-whisper", "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04"),
        ("faster-whisper<1", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        ("cupy-cuda11x", "nvidia/cuda:11.8.0-devel-ubuntu22.04"),
        ("cupy-cuda12x<14", "nvidia/cuda:12.6.3-devel-ubuntu22.04"),
        ("cupy-cuda13x==13.6.0", "nvidia/cuda:13.0.3-devel-ubuntu22.04"),
        ("vllm==0.20.0", "nvidia/cuda:13.0.3-devel-ubuntu22.04"),
        ("vllm==0.17.0", "nvidia/cuda:12.8.2-devel-ubuntu22.04"),
        ("vllm", "nvidia/cuda:13.0.3-devel-ubuntu22.04"),
        ("deepspeed", "nvidia/cuda:13.2.1-devel-ubuntu22.04"),
        ("sglang", "nvidia/cuda:13.2.1-devel-ubuntu22.04"),
    ],
)
def test_what_takes_cuda_from_the_system_gets_an_image_that_exists(requirement: str, image: str) -> None:
    base = base_of(chosen(recipe(requirement)))
    assert (base.image, base.own, base.env) == (image, True, ())


@pytest.mark.parametrize(
    ("requirements", "image"),
    [
        (["deepspeed", "torch==2.4.1"], "nvidia/cuda:12.1.1-devel-ubuntu22.04"),
        (["deepspeed", "torch==2.8.0+cu129"], "nvidia/cuda:12.9.1-devel-ubuntu22.04"),
        (["deepspeed", "torch==99.0"], "nvidia/cuda:13.2.1-devel-ubuntu22.04"),
        (["onnxruntime-gpu==1.18.0", "torch==2.6.0"], "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
        (["onnxruntime-gpu==1.18.0", "torch==2.0.1"], "python:3.11-slim-bookworm"),
        (["onnxruntime-gpu==1.20.0", "torch==2.6.0"], "python:3.11-slim-bookworm"),
        (["onnxruntime-gpu==1.20.0", "torch==2.3.0"], "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04"),
        (["onnxruntime-gpu==1.20.0", "torch==2.13.0"], "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04"),
        (["ctranslate2==4.4.0", "torch==2.3.0"], "python:3.11-slim-bookworm"),
        (["faster-whisper", "torch==2.8.0"], "python:3.11-slim-bookworm"),
        (["tensorflow==2.12.1", "deepspeed", "torch==2.8.0"], "nvidia/cuda:12.8.2-devel-ubuntu22.04"),
        (["deepspeed; sys_platform == 'win32'"], "python:3.11-slim-bookworm"),
    ],
)
def test_torch_decides_which_cuda_the_others_find(requirements: list[str], image: str) -> None:
    assert base_of(chosen(recipe(*requirements))).image == image


def test_what_compiles_for_a_cuda_that_has_no_image_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        chosen(recipe("deepspeed", "torch==1.10.0"))
    assert [problem.code for problem in caught.value.diagnostics] == ["no-toolkit"]


@pytest.mark.parametrize(
    ("requirements", "notes"),
    [
        (["bitsandbytes==0.49.2", "torch==2.11.0"], ()),
        (["bitsandbytes", "torch==2.8.0"], ()),
        (["bitsandbytes==0.45.5"], ()),
        (["bitsandbytes==99.0", "torch==2.8.0"], ()),
        (
            ["bitsandbytes<0.46", "torch==2.15.0"],
            (
                "bitsandbytes<0.46 has libraries up to CUDA 12.8, none for torch's CUDA 13.2 (requirements.txt:1): "
                "write bitsandbytes>=0.50.0",
            ),
        ),
    ],
)
def test_bitsandbytes_must_have_a_library_for_torchs_cuda(requirements: list[str], notes: tuple[str, ...]) -> None:
    assert chosen(recipe(*requirements)).notes == notes


@pytest.mark.parametrize(
    ("requirement", "capability", "refused"),
    [
        ("flash-attn", "7.5", True),
        ("flash-attn", "8.0", False),
        ("flash-attn", "12.0", False),
        ("flash-attn; sys_platform == 'win32'", "7.0", False),
        ("vllm==0.17.0", "6.1", True),
        ("bitsandbytes", "5.2", True),
        ("jax[cuda13]", "7.0", True),
        ("jax[cuda12]", "7.0", False),
        ("jax", "7.0", False),
        ("numpy", "3.5", False),
    ],
)
def test_a_card_too_old_for_a_package_is_refused(requirement: str, capability: str, refused: bool) -> None:
    demand = replace(DEMAND, capability=capability)
    try:
        chosen(recipe(requirement, demand=demand))
    except Rejected as rejected:
        assert [problem.code for problem in rejected.diagnostics] == ["no-kernels"]
        assert refused
    else:
        assert not refused


@pytest.mark.parametrize("name", sorted(table("frameworks")["needs_cuda"]["names"]))
def test_cpu_mode_refuses_what_needs_cuda(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        chosen(recipe("numpy", name, demand=CPU))
    (problem,) = caught.value.diagnostics
    assert (problem.code, str(problem.place)) == ("needs-cuda", "requirements.txt:2")


@pytest.mark.parametrize(
    "requirement",
    ["vllm==0.20.0+cpu", "vllm @ https://example.invalid/vllm-0.20.0.whl", "cupy; sys_platform == 'win32'"],
)
def test_cpu_mode_takes_what_is_meant_for_it(requirement: str) -> None:
    assert base_of(chosen(recipe(requirement, demand=CPU))).image == "python:3.11-slim-bookworm"


def test_what_is_limited_is_known_without_its_table() -> None:
    limits = table("frameworks")
    oldest = {name.partition("[")[0] for name in limits["oldest_capability"]["packages"]}
    assert {*limits["needs_cuda"]["names"], *oldest} == LIMITED


def test_a_cuda_base_gets_a_python_before_anything_uses_one() -> None:
    before = recipe("tensorflow==2.12.1")
    after = chosen(before)
    assert after.steps == (
        PrepareFolders(),
        InstallPython(version="3.11"),
        CreateVenv(python="3.11"),
        before.steps[2],
    )


def test_a_cuda_base_gets_a_python_where_there_is_no_venv_too() -> None:
    before = recipe("tensorflow==2.12.1")
    after = chosen(replace(before, steps=(PrepareFolders(),)))
    assert after.steps == (PrepareFolders(), InstallPython(version="3.11"))


@pytest.mark.parametrize(
    ("requirement", "note"),
    [
        ("jax==0.6.2", "jax 0.6.2 sees no GPU (requirements.txt:1): write jax[cuda12]==0.6.2"),
        ("jax", "jax sees no GPU (requirements.txt:1): write jax[cuda12]"),
        (
            "tensorflow==2.20.0",
            "tensorflow 2.20.0 sees no GPU (requirements.txt:1): write tensorflow[and-cuda]==2.20.0",
        ),
        ("tensorflow>=2.15", "tensorflow>=2.15 sees no GPU (requirements.txt:1): write tensorflow[and-cuda]>=2.15"),
        ("jax==99.0", "caliban knows jax up to 0.12.0.1 and nothing of jax 99.0"),
        ("tensorflow[and-cuda]==99.0", "caliban knows tensorflow up to 2.21.0 and nothing of tensorflow 99.0"),
        (
            "tensorflow[and-cuda]==2.15.0",
            "tensorflow[and-cuda] 2.15.0 wants a tensorrt that is not on PyPI: write 2.15.1",
        ),
    ],
)
def test_a_requirement_that_would_see_no_gpu_is_noted(requirement: str, note: str) -> None:
    assert chosen(recipe(requirement, demand=replace(DEMAND, rewrites=False))).notes[0] == note


@pytest.mark.parametrize("requirement", ["jax==0.6.2", "tensorflow==2.12.1", "torch==2.15.0", "tensorflow-gpu==2.12.0"])
def test_cpu_mode_has_nothing_to_note(requirement: str) -> None:
    after = chosen(recipe(requirement, demand=CPU))
    assert (base_of(after).image, after.notes) == ("python:3.11-slim-bookworm", ())


def test_jax_with_a_plugin_of_its_own_sees_the_gpu() -> None:
    assert chosen(recipe("jax==0.6.2", "jax-cuda12-plugin==0.6.2")).notes == ()


def test_a_driver_for_cuda_13_is_told_of_the_extra_for_it() -> None:
    after = chosen(recipe("jax==0.8.0", demand=replace(DEMAND, driver="595.58.03", rewrites=False)))
    assert after.notes == ("jax 0.8.0 sees no GPU (requirements.txt:1): write jax[cuda13]==0.8.0",)


@pytest.mark.parametrize(
    ("requirement", "driver", "code", "first_way_out"),
    [
        ("tensorflow==2.3.4", None, "tensorflow-too-old", "write tensorflow>=2.4,"),
        ("tensorflow==1.15.5", None, "tensorflow-too-old", "write tensorflow>=2.4,"),
        ("tensorflow<2", None, "tensorflow-too-old", "write tensorflow>=2.4,"),
        ("tensorflow-gpu", None, "tensorflow-gpu-removed", "write tensorflow[and-cuda]"),
        ("tensorflow-gpu==2.13.0", None, "tensorflow-gpu-removed", "write tensorflow[and-cuda]"),
        ("tensorflow[and-cuda]==2.20.0", "470.82", "driver-too-old", "update the driver to 525.60.13 or newer,"),
        ("tensorflow==2.12.1", "440.33", "driver-too-old", "update the driver to 450.80.02 or newer,"),
        ("jax[cuda13]==0.8.0", "550.54.15", "driver-too-old", "write jax[cuda12],"),
        ("jax[cuda12]==0.8.0", "470.82", "driver-too-old", "update the driver to 525.60.13 or newer,"),
    ],
)
def test_what_no_image_can_run_is_refused_with_the_ways_out(
    requirement: str, driver: str | None, code: str, first_way_out: str
) -> None:
    with pytest.raises(Rejected) as caught:
        chosen(recipe(requirement, demand=replace(DEMAND, driver=driver)))
    (problem,) = caught.value.diagnostics
    assert (problem.code, (problem.hint or "").splitlines()[0]) == (code, first_way_out)


def test_a_base_that_the_user_names_is_used_as_it_is() -> None:
    base = BaseNeed(given="pytorch/pytorch:2.8.0", given_by="--base_image", mirror="mirror.example")
    assert chosen(recipe("tensorflow==2.12.1", demand=replace(DEMAND, mode="cpu"), base=base)).base == NAMED


def test_a_dockerfile_of_the_user_is_the_base_by_its_last_stage_and_goes_through_the_mirror() -> None:
    text = "FROM python:3.11 AS last"
    image = NamedImage(image="python:3.11", start=5, end=16, line=1)
    by_mirror = "mirror.example/library/python:3.11"
    theirs = UserDockerfile(path="docker/Dockerfile", text=text, stage="last", images=(image,), origin="python:3.11")
    base = BaseNeed(dockerfile=theirs, given_by=".calibanconfig.json:3", mirror="mirror.example")
    assert chosen(recipe(demand=replace(DEMAND, mode="cpu"), base=base)).base == replace(
        NAMED,
        image="last",
        reason="docker/Dockerfile, which .calibanconfig.json:3 names, as the base",
        dockerfile=replace(theirs, text=f"FROM {by_mirror} AS last", origin=by_mirror),
    )


def test_what_a_named_base_wants_of_the_gpu_it_says_itself() -> None:
    base = BaseNeed(given="pytorch/pytorch:2.8.0", given_by="--base_image")
    assert base_of(chosen(recipe(base=base))).env == ()


@pytest.mark.parametrize(
    ("requirement", "image"),
    [
        ("torch", "mirror.example/library/python:3.11-slim-bookworm"),
        ("tensorflow==2.12.1", "mirror.example/nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04"),
    ],
)
def test_our_own_choice_goes_through_the_mirror(requirement: str, image: str) -> None:
    base = base_of(chosen(recipe(requirement, base=BaseNeed(mirror="mirror.example"))))
    assert (base.image, base.mirror) == (image, "mirror.example")


@given(st.lists(REQUIREMENTS, max_size=4), DEMANDS)
def test_any_requirements_give_an_image_that_exists_or_a_diagnostic(requirements: list[str], demand: Demand) -> None:
    try:
        after = chosen(recipe(*requirements, demand=demand))
    except Rejected as rejected:
        assert all(problem.hint for problem in rejected.diagnostics)
        return
    assert_exists(after)


def test_requirements_that_contradict_each_other_are_left_to_the_installer() -> None:
    after = chosen(recipe("tensorflow==2.12.1", "tensorflow==2.13.0"))
    assert (base_of(after).image, after.notes) == ("python:3.11-slim-bookworm", ())


@pytest.mark.parametrize("mode", ["cpu", "gpu"])
def test_a_project_without_a_framework_pays_for_none(mode: str) -> None:
    """No table of releases is read."""
    script = (
        "import recipes; from msgspec.structs import replace\n"
        f"demand = replace(recipes.DEMAND, mode={mode!r})\n"
        "recipes.chosen(recipes.recipe('numpy', 'pandas>=2', demand=demand))\n"
        "from caliban.compiler.facts import data_files\n"
        "print(data_files.table.cache_info().currsize)\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, check=True)
    assert answer.stdout == b"1\n"


def assert_exists(after: Recipe) -> None:
    repository, _, tag = base_of(after).image.partition(":")
    if repository == "python":
        assert tag.endswith(("-slim-bookworm", "-slim-trixie"))
    else:
        assert (repository, tag in table("cuda_tags")["tags"]) == ("nvidia/cuda", True)
