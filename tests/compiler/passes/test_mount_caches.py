import pytest
from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.project import BuildWheel, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv, FindPython, InstallPython
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.passes.mount_caches import mount_caches

SLIM = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
CUDA = replace(SLIM, image="nvidia/cuda:12.3.2-cudnn9-runtime-ubuntu22.04")
NAMED = replace(SLIM, image="tensorflow/tensorflow:2.15.0-gpu", python=None, own=False)
REQUIREMENTS = InstallRequirements(path="requirements.txt", count=1)
WHEEL = BuildWheel(path=".", stage="wheel")
WANTED = InstallWheelRequirements(path=".", stage="wheel")
PROJECT = InstallWheel(path=".", stage="wheel")
TOOLKIT = PrepareToolkit(
    stage="cuda", image="nvidia/cuda:12.8.1-devel-ubuntu22.04", python="3.11", first=(), architectures="8.0", reason=""
)
COMPILED = CompileWheels(toolkit="cuda", stage="cuda-wheels", packages=("flash-attn",))
CODE = CopyFolder(path="trainer", kind="code", size=1, files=1)
FROM_INDEX = LockedPin(name="six", text="six==1.17.0", hashes=(), source="uv.lock:3", by=("",))
FROM_PROJECT = replace(FROM_INDEX, text="six @ file:///tmp/wheels/six-1.17-py3-none-any.whl ; python_version == '3.11'")
SOURCE_OF_PROJECT = replace(FROM_INDEX, text="six @ file:///tmp/six-1.17.0.tar.gz")


def ids(*steps: Step, base: BaseImage = SLIM) -> list[str | None]:
    """Of each step, what its cache is called."""
    after = mount_caches(Recipe(demand=DEMAND, base=base, steps=steps)).steps
    return [next((cache.id for cache in getattr(step, "caches", ())), None) for step in after]


def pins(*locked: LockedPin) -> InstallPins:
    return InstallPins(path="uv.lock", pins=locked)


def test_what_downloads_or_builds_has_uvs_cache_where_uv_looks() -> None:
    cache = CacheMount(id="caliban-uv-bookworm", target="/root/.cache/uv")
    steps = (CreateVenv(python="3.11"), WHEEL, REQUIREMENTS, WANTED, PROJECT, CODE)
    assert mount_caches(Recipe(demand=DEMAND, base=SLIM, steps=steps)).steps == (
        CreateVenv(python="3.11"),
        replace(WHEEL, caches=(cache,)),
        replace(REQUIREMENTS, caches=(cache,)),
        replace(WANTED, caches=(cache,)),
        PROJECT,
        CODE,
    )


def test_a_python_that_is_brought_needs_none_because_uv_keeps_none() -> None:
    assert ids(InstallPython(version="3.11"), FindPython(version="3.11", reason="")) == [None, None]


@pytest.mark.parametrize(
    ("base", "release"),
    [
        (SLIM, "bookworm"),
        (replace(SLIM, image="mirror.example/library/python:3.13-slim-trixie", mirror="mirror.example"), "trixie"),
        (replace(SLIM, digests=((SLIM.image, "sha256:0"),)), "bookworm"),
        (CUDA, "ubuntu22.04"),
        (NAMED, "tensorflow/tensorflow:2.15.0-gpu"),
        (
            replace(NAMED, image="mirror.example/tensorflow/tensorflow:2.15.0-gpu", mirror="mirror.example"),
            "tensorflow/tensorflow:2.15.0-gpu",
        ),
        (
            replace(NAMED, dockerfile=UserDockerfile(path="Dockerfile", text="", stage="own", origin="debian:12")),
            "debian:12",
        ),
    ],
)
def test_builds_share_it_if_what_one_compiles_runs_in_the_other(base: BaseImage, release: str) -> None:
    assert ids(REQUIREMENTS, base=base) == [f"caliban-uv-{release}"]


def test_what_is_built_where_nvcc_is_belongs_to_that_image() -> None:
    steps = (TOOLKIT, COMPILED, replace(WHEEL, toolkit="cuda"), REQUIREMENTS)
    assert ids(*steps) == ["caliban-uv-ubuntu22.04", None, "caliban-uv-ubuntu22.04", "caliban-uv-bookworm"]


def test_wheels_of_the_project_are_there_already_but_not_what_builds_its_sources() -> None:
    locks = (pins(FROM_PROJECT), pins(SOURCE_OF_PROJECT), pins(FROM_PROJECT, FROM_INDEX))
    assert ids(*locks) == [None, "caliban-uv-bookworm", "caliban-uv-bookworm"]


def test_where_packages_are_only_removed_nothing_is_downloaded() -> None:
    assert ids(replace(pins(), removed=("six",))) == [None]
