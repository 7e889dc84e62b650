"""Merges three sources of settings into one value: flags beat the environment, which beats the config; lists append."""

import re
from collections.abc import Mapping

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.deep_learning_images import ALIAS, deep_learning_image
from caliban.compiler.facts.image_reference import flaw
from caliban.compiler.facts.images import mirrored
from caliban.compiler.facts.places import place_of_source
from caliban.compiler.facts.tools import PYTORCH_INDEX
from caliban.compiler.frontend.cli import problems
from caliban.compiler.frontend.cli.bind import (
    DEFAULT,
    check_apt_mirror,
    check_secret,
    check_torch_index,
    check_variable,
    is_platform,
    is_python,
)
from caliban.compiler.frontend.config import problems as config_problems
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.config import Config, Settings, TorchIndex
from caliban.compiler.input.invocation import Compilation, Launched, Mode
from caliban.compiler.input.secret_variables import secret_variables

EPOCH = "SOURCE_DATE_EPOCH"  # https://reproducible-builds.org/specs/source-date-epoch
_LAST_SECOND = 253_402_300_799  # of the year 9999: what an image says of its age has four digits for the year


def resolve_settings(invocation: Compilation, config: Config, caller: Caller) -> Settings:
    """The settings of one command. Raises Rejected for a bad value in the environment."""
    options, environment = invocation.build, caller.environment
    mode = options.mode or _mode(environment.get("CALIBAN_DEFAULT_MODE")) or config.default_mode or "gpu"
    configured, place = config.base_image.get(mode, (None, None))
    base, base_source = _first(options.base_image, "--base_image", environment, "CALIBAN_BASE_IMAGE", configured, place)
    python, python_source = _first(
        options.python, "--python", environment, "CALIBAN_PYTHON", config.python, config.source
    )
    platform, _ = _first(
        options.platform, "--platform", environment, "CALIBAN_PLATFORM", config.platform, config.source
    )
    if python is not None and not is_python(python):
        raise Rejected(problems.bad_value(python_source or "", python, "a minor version, such as 3.11"))
    if platform is not None and not is_platform(platform):
        raise Rejected(problems.bad_value("$CALIBAN_PLATFORM", platform, "linux/amd64 or linux/arm64"))
    granted = (*options.secrets, *_names(environment.get("CALIBAN_BUILD_SECRETS", ""), "$CALIBAN_BUILD_SECRETS"))
    mirror = environment.get("CALIBAN_REGISTRY_MIRROR") or config.registry_mirror
    if mirror and flaw(mirrored("python", mirror)) is not None:
        expected = "a registry, such as mirror.example.com/hub"
        raise Rejected(problems.bad_value("$CALIBAN_REGISTRY_MIRROR", mirror, expected))
    apt_mirror, apt_source = _first(
        options.apt_mirror, "--apt_mirror", environment, "CALIBAN_APT_MIRROR", config.apt_mirror, config.source
    )
    if apt_mirror is not None:
        check_apt_mirror(apt_mirror, apt_source or "")
    _check_gpu(environment)
    launched = isinstance(invocation, Launched)
    engine_args = (
        *config.engine_args,
        *read_engine_arguments(environment.get("CALIBAN_DOCKER_RUN_ARGS", ""), "$CALIBAN_DOCKER_RUN_ARGS"),
    )
    typed = invocation.launch.engine_args if isinstance(invocation, Launched) else ()
    for variable in secret_variables((*engine_args, *typed))[0]:
        check_variable(variable.name, "--docker_run_args")
    return Settings(
        mode=mode,
        base_image=_image(base, base_source, mode) if base else None,
        base_source=base_source,
        python=python,
        python_source=python_source,
        platform=platform,
        mirror=mirror,
        apt_mirror=apt_mirror.rstrip("/") if apt_mirror else None,
        torch_index=_torch_index(options.torch_index, config, environment),
        apt_packages=(config.apt_packages or {}).get(mode, ()),
        build_secrets=tuple(dict.fromkeys((*config.build_secrets, *granted))),
        granted_secrets=granted,
        typed_secrets=options.secrets,
        epoch=_epoch(environment.get(EPOCH)),
        rewrites=options.rewrites and config.rewrite_requirements is not False,
        install_project=options.install_project and config.install_project is not False,
        env=config.env if launched else (),
        engine_args=engine_args,
    )


def _image(written: str, source: str | None, mode: Mode) -> str:
    """An image or Dockerfile with the mode in it: 'pytorch-{}' is 'pytorch-cpu' or 'pytorch-gpu'.

    Raises Rejected for an alias of Google's images that is none.
    """
    name = written.replace("{}", mode).replace("{0}", mode)
    if not name.startswith(ALIAS):
        return name
    image = deep_learning_image(name)
    if image is None:
        raise Rejected(config_problems.unknown_alias(place_of_source(source or ""), written))
    return image


def _torch_index(flag: str | None, config: Config, environment: Mapping[str, str]) -> TorchIndex | None:
    given, source = _first(flag, "--torch_index", environment, "CALIBAN_TORCH_INDEX", config.torch_index, config.source)
    if given is None:
        return None
    check_torch_index(given, source or "")
    if given == DEFAULT:
        return TorchIndex(origin="default", source=source)
    if given.rstrip("/") == PYTORCH_INDEX:
        return TorchIndex(origin="pytorch", source=source)
    return TorchIndex(origin="mirror", url=given.rstrip("/"), source=source)


def _check_gpu(environment: Mapping[str, str]) -> None:
    """Raises Rejected where the GPU to build for is none."""
    driver, capability = environment.get("CALIBAN_GPU_DRIVER"), environment.get("CALIBAN_GPU_CAPABILITY")
    wrong: list[Diagnostic] = []
    if driver and not re.fullmatch(r"\d{2,4}(\.\d{1,4}){0,2}", driver, re.ASCII):
        wrong.append(problems.bad_value("$CALIBAN_GPU_DRIVER", driver, "the version of a driver, such as 550.54.15"))
    if capability and not re.fullmatch(r"\d{1,2}\.\d", capability, re.ASCII):
        wrong.append(problems.bad_value("$CALIBAN_GPU_CAPABILITY", capability, "a compute capability, such as 8.0"))
    if wrong:
        raise Rejected(*wrong)


def _first(
    flag: str | None,
    name: str,
    environment: Mapping[str, str],
    variable: str,
    configured: str | None,
    place: str | None,
) -> tuple[str | None, str | None]:
    """The value that wins, and who said it."""
    if flag is not None:
        return flag, name
    if value := environment.get(variable):
        return value, f"${variable}"
    return (configured, place) if configured is not None else (None, None)


def _epoch(value: str | None) -> int | None:
    if not value:
        return None
    if not re.fullmatch(r"\d{1,12}", value, re.ASCII) or int(value) > _LAST_SECOND:
        raise Rejected(problems.bad_value(f"${EPOCH}", value, "whole seconds since 1970, such as 315532800"))
    return int(value)


def _names(text: str, source: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        check_secret(name, source)
    return names


def _mode(value: str | None) -> Mode | None:
    match (value or "").strip().lower():
        case "":
            return None
        case "cpu" | "gpu" as mode:
            return mode
        case _:
            raise Rejected(problems.bad_choice("$CALIBAN_DEFAULT_MODE", value or "", ("cpu", "gpu")))
