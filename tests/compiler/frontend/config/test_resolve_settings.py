"""Flags beat the environment, that beats the config; lists append."""

import pytest
from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.frontend.config.resolve_settings import resolve_settings
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.config import Config, TorchIndex
from caliban.compiler.input.invocation import BuildOptions, LaunchOptions, Run

CONFIG = Config(
    source=".calibanconfig.json",
    apt_packages={"cpu": ("vim",), "gpu": ()},
    base_image={"cpu": ("c:1", ".calibanconfig.json:2"), "gpu": ("g:1", ".calibanconfig.json:3")},
    python="3.10",
    engine_args=read_engine_arguments("--memory 1g", ".calibanconfig.json"),
    default_mode="cpu",
    platform="linux/arm64",
)


def host(**environment: str) -> Caller:
    return Caller(root="/p", python="3.11", platform="linux/amd64", environment=environment)


def run(**options: str) -> Run:
    return Run(target="a.py", build=BuildOptions(**options), launch=LaunchOptions())  # type: ignore[arg-type]  # by name


def test_the_config_rules_where_nothing_else_is_said() -> None:
    settings = resolve_settings(run(), CONFIG, host())
    assert (settings.mode, settings.base_image, settings.base_source, settings.python, settings.apt_packages) == (
        "cpu",
        "c:1",
        ".calibanconfig.json:2",
        "3.10",
        ("vim",),
    )


def test_the_environment_beats_the_config() -> None:
    settings = resolve_settings(
        run(), CONFIG, host(CALIBAN_DEFAULT_MODE="gpu", CALIBAN_PYTHON="3.12", CALIBAN_BASE_IMAGE="e:1")
    )
    assert (settings.mode, settings.python, settings.python_source, settings.base_image) == (
        "gpu",
        "3.12",
        "$CALIBAN_PYTHON",
        "e:1",
    )


def test_a_flag_beats_both() -> None:
    settings = resolve_settings(run(mode="gpu", python="3.13"), CONFIG, host(CALIBAN_PYTHON="3.12"))
    assert (settings.mode, settings.python, settings.python_source) == ("gpu", "3.13", "--python")


def test_a_base_may_be_named_for_both_modes_at_once() -> None:
    named = [
        resolve_settings(run(base_image="x-{}:1", mode=mode), CONFIG, host()).base_image for mode in ("cpu", "gpu")
    ]
    assert named == ["x-cpu:1", "x-gpu:1"]


@pytest.mark.parametrize(
    ("alias", "image"),
    [
        ("dlvm:pytorch-{}-1.4", "pytorch-cpu.1-4"),
        ("dlvm:pytorch-{0}-1.4", "pytorch-cpu.1-4"),
        ("dlvm:tf-cpu-1.15", "tf-cpu.1-15"),
        ("dlvm:tf2-{}", "tf2-cpu"),
        ("dlvm:tf2-gpu-2.2", "tf2-gpu.2-2"),
    ],
)
def test_an_alias_of_the_older_tool_is_the_image_that_it_stood_for(alias: str, image: str) -> None:
    named = {"cpu": (alias, ".calibanconfig.json:2")}
    bases = [
        resolve_settings(run(base_image=alias, mode="cpu"), Config(), host()).base_image,
        resolve_settings(run(mode="cpu"), Config(), host(CALIBAN_BASE_IMAGE=alias)).base_image,
        resolve_settings(run(mode="cpu"), Config(base_image=named), host()).base_image,
    ]
    assert bases == [f"gcr.io/deeplearning-platform-release/{image}"] * 3


@pytest.mark.parametrize(
    "alias", ["dlvm:", "dlvm:jax-{}", "dlvm:pytorch-1.4", "dlvm:pytorch-{}-1", "dlvm:tf-cpu-1.15.2"]
)
def test_an_alias_that_stands_for_nothing_is_rejected_at_its_place(alias: str) -> None:
    named = {"cpu": (alias, ".calibanconfig.json:2")}
    with pytest.raises(Rejected) as caught:
        resolve_settings(run(mode="cpu"), Config(base_image=named), host())
    (problem,) = caught.value.diagnostics
    assert (problem.message, str(problem.place)) == (
        f'no image is known by the alias "{alias}"',
        ".calibanconfig.json:2",
    )


@pytest.mark.parametrize("value", ["CPU", "cpu", " Cpu "])
def test_the_mode_of_the_environment_is_read_in_any_case(value: str) -> None:
    assert resolve_settings(run(), Config(), host(CALIBAN_DEFAULT_MODE=value)).mode == "cpu"


def test_lists_append() -> None:
    settings = resolve_settings(run(), CONFIG, host(CALIBAN_DOCKER_RUN_ARGS="--cpus 2"))
    assert [argument.words for argument in settings.engine_args] == [("--memory", "1g"), ("--cpus", "2")]


def test_gpu_is_the_default_mode() -> None:
    assert resolve_settings(run(), Config(), host()).mode == "gpu"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALIBAN_DEFAULT_MODE", "tpu"),
        ("CALIBAN_PLATFORM", "windows"),
        ("CALIBAN_PYTHON", "three"),
        ("CALIBAN_BUILD_SECRETS", "TOKEN=hidden"),
        ("CALIBAN_REGISTRY_MIRROR", "a b"),
        ("CALIBAN_REGISTRY_MIRROR", "--mirror"),
        ("CALIBAN_APT_MIRROR", "mirror.example.com"),
        ("CALIBAN_APT_MIRROR", "https://me:secret@mirror.example.com"),
        ("CALIBAN_APT_MIRROR", "https://mirror.example.com/a b"),
        ("CALIBAN_TORCH_INDEX", "file:///wheels"),
        ("CALIBAN_TORCH_INDEX", "https://mirror.example.com/whl/cpu"),
        ("CALIBAN_TORCH_INDEX", "https://mirror.example.com/whl/cu126/"),
        ("SOURCE_DATE_EPOCH", "-1"),
        ("SOURCE_DATE_EPOCH", "1.5"),
        ("SOURCE_DATE_EPOCH", "253402300800"),
    ],
)
def test_a_bad_value_in_the_environment_is_rejected(name: str, value: str) -> None:
    with pytest.raises(Rejected):
        resolve_settings(run(), Config(), host(**{name: value}))


@pytest.mark.parametrize(
    ("flag", "variable", "configured", "expected"),
    [
        (None, None, None, None),
        (None, None, "default", TorchIndex(origin="default", source=".calibanconfig.json")),
        (
            None,
            "https://me:pw@m.org/whl/",
            "default",
            TorchIndex(origin="mirror", url="https://me:pw@m.org/whl", source="$CALIBAN_TORCH_INDEX"),
        ),
        ("default", "https://m.org/whl", None, TorchIndex(origin="default", source="--torch_index")),
        ("https://download.pytorch.org/whl/", None, None, TorchIndex(origin="pytorch", source="--torch_index")),
    ],
)
def test_the_index_of_torch_is_the_first_that_is_named(
    flag: str | None, variable: str | None, configured: str | None, expected: TorchIndex | None
) -> None:
    config = replace(CONFIG, torch_index=configured, source=".calibanconfig.json")
    caller = host(**({"CALIBAN_TORCH_INDEX": variable} if variable else {}))
    assert resolve_settings(run(torch_index=flag), config, caller).torch_index == expected


def test_a_password_for_the_index_of_torch_has_no_place_but_the_environment() -> None:
    config = replace(CONFIG, torch_index="https://me:secret@mirror.example.com/whl")
    with pytest.raises(Rejected) as caught:
        resolve_settings(run(), config, host())
    assert [problem.code for problem in caught.value.diagnostics] == ["secret-in-url"]


@pytest.mark.parametrize(("value", "epoch"), [("315532800", 315532800), ("0", 0), ("", None)])
def test_the_epoch_is_that_of_the_environment(value: str, epoch: int | None) -> None:
    assert resolve_settings(run(), Config(), host(SOURCE_DATE_EPOCH=value)).epoch == epoch
