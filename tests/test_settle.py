"""Flags beat the environment, that beats the config; lists append."""

import pytest

from caliban.compiler.config import Config
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.engine_arguments import read_engine_arguments
from caliban.compiler.frontend.settle import settle
from caliban.compiler.host import Host
from caliban.compiler.invocation import BuildOptions, LaunchOptions, Run

CONFIG = Config(
    source=".calibanconfig.json",
    apt_packages={"cpu": ("vim",), "gpu": ()},
    base_image={"cpu": ("c:1", ".calibanconfig.json:2"), "gpu": ("g:1", ".calibanconfig.json:3")},
    python="3.10",
    engine_args=read_engine_arguments("--memory 1g", ".calibanconfig.json"),
    default_mode="cpu",
    platform="linux/arm64",
)


def host(**environment: str) -> Host:
    return Host(
        root="/p", uid=1, gid=1, user="me", python="3.11", platform="linux/amd64", memory=1, environment=environment
    )


def run(**options: str) -> Run:
    return Run(target="a.py", build=BuildOptions(**options), launch=LaunchOptions())  # type: ignore[arg-type]  # by name


def test_the_config_rules_where_nothing_else_is_said() -> None:
    settings = settle(run(), CONFIG, host())
    assert (settings.mode, settings.base_image, settings.base_source, settings.python, settings.apt_packages) == (
        "cpu",
        "c:1",
        ".calibanconfig.json:2",
        "3.10",
        ("vim",),
    )


def test_the_environment_beats_the_config() -> None:
    settings = settle(run(), CONFIG, host(CALIBAN_DEFAULT_MODE="gpu", CALIBAN_PYTHON="3.12", CALIBAN_BASE_IMAGE="e:1"))
    assert (settings.mode, settings.python, settings.python_source, settings.base_image) == (
        "gpu",
        "3.12",
        "$CALIBAN_PYTHON",
        "e:1",
    )


def test_a_flag_beats_both() -> None:
    settings = settle(run(mode="gpu", python="3.13"), CONFIG, host(CALIBAN_PYTHON="3.12"))
    assert (settings.mode, settings.python, settings.python_source) == ("gpu", "3.13", "--python")


def test_a_base_may_be_named_for_both_modes_at_once() -> None:
    named = [settle(run(base_image="x-{}:1", mode=mode), CONFIG, host()).base_image for mode in ("cpu", "gpu")]
    assert named == ["x-cpu:1", "x-gpu:1"]


def test_lists_append() -> None:
    settings = settle(run(), CONFIG, host(CALIBAN_DOCKER_RUN_ARGS="--cpus 2"))
    assert [argument.words for argument in settings.engine_args] == [("--memory", "1g"), ("--cpus", "2")]


def test_gpu_is_the_default_mode() -> None:
    assert settle(run(), Config(), host()).mode == "gpu"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALIBAN_DEFAULT_MODE", "tpu"),
        ("CALIBAN_PLATFORM", "windows"),
        ("CALIBAN_PYTHON", "three"),
        ("CALIBAN_BUILD_SECRETS", "TOKEN=hidden"),
        ("CALIBAN_REGISTRY_MIRROR", "a b"),
        ("CALIBAN_REGISTRY_MIRROR", "--mirror"),
        ("SOURCE_DATE_EPOCH", "-1"),
        ("SOURCE_DATE_EPOCH", "1.5"),
        ("SOURCE_DATE_EPOCH", "253402300800"),
    ],
)
def test_a_bad_value_in_the_environment_is_rejected(name: str, value: str) -> None:
    with pytest.raises(Rejected):
        settle(run(), Config(), host(**{name: value}))


@pytest.mark.parametrize(("value", "epoch"), [("315532800", 315532800), ("0", 0), ("", None)])
def test_the_epoch_is_that_of_the_environment(value: str, epoch: int | None) -> None:
    assert settle(run(), Config(), host(SOURCE_DATE_EPOCH=value)).epoch == epoch
