"""The project's config, `.calibanconfig.json` or `[tool.caliban]`, into a `Config` and what it warns about."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.cli.bind import check_variable
from caliban.compiler.frontend.config import problems
from caliban.compiler.frontend.config.config_text import ConfigText, read_config_text
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.frontend.config.privileges import check_privileges
from caliban.compiler.frontend.config.schema import Path
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.config import Config
from caliban.compiler.input.invocation import EngineArgument, Mode, Variable
from caliban.compiler.words.secret_urls import secret_spans

_SENSITIVE = r"(?i)pass(word|wd|phrase)|secret|token|api_?key"
_MODES: tuple[Mode, Mode] = ("cpu", "gpu")


class ReadConfig(NamedTuple):
    """A config, and the keys in it that mean nothing here."""

    config: Config
    warnings: tuple[Diagnostic, ...]
    password: Place | None = None  # the first place of a password in it, or of a secret in a URL


def read_config(disk: Disk) -> ReadConfig:
    """The config of the project; an empty one where there is none.

    Raises Rejected where it is wrong, grants what only the command line may, or is there twice.
    """
    text = read_config_text(disk)
    if text is None:
        return ReadConfig(Config(), ())
    values = text.values
    config = Config(
        source=text.source,
        apt_packages=_apt_packages(values.get("apt_packages")),
        base_image=_base_image(disk, text),
        dependencies=tuple(
            _file(disk, text, path, ("dependencies", at)) for at, path in enumerate(values.get("dependencies", ()))
        ),
        python=values.get("python"),
        env=tuple(_variables(text)),
        engine_args=_engine_args(text),
        default_mode=_mode(values.get("default_mode")),
        build_secrets=tuple(dict.fromkeys(values.get("build_secrets", ()))),
        registry_mirror=values.get("registry_mirror"),
        apt_mirror=values.get("apt_mirror"),
        torch_index=values.get("torch_index"),
        platform=values.get("platform"),
        tables=_file(disk, text, values["tables"], ("tables",)) if "tables" in values else None,
        gcloud=values["gcloud"] if isinstance(values.get("gcloud"), bool) else None,
        rewrite_requirements=values.get("rewrite_requirements"),
        install_project=values.get("install_project"),
    )
    return ReadConfig(config, tuple(_older_keys(text)), next(_passwords(text, text.values, ()), None))


def _passwords(text: ConfigText, values: Any, path: Path) -> Iterator[Place]:
    """Yield the places of passwords: the older tool's `mlflow_config`, other values of such names, and URLs."""
    items = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in items:
        if isinstance(value, str) and value:
            named = isinstance(key, str) and re.search(_SENSITIVE, key) is not None
            if named or any(True for _ in secret_spans(value)):
                yield text.place((*path, key), of_key=isinstance(key, str))
        yield from _passwords(text, value, (*path, key))


def _apt_packages(value: Any) -> Mapping[Mode, tuple[str, ...]] | None:
    """Sorted, so that their order in the config does not rebuild a layer."""
    if value is None:
        return None
    of_mode = value if isinstance(value, dict) else dict.fromkeys(_MODES, value)
    return {mode: tuple(sorted(set(of_mode.get(mode, ())))) for mode in _MODES}


def _mode(value: str | None) -> Mode | None:
    """The mode, in any case: the older tool wrote 'CPU'."""
    return None if value is None else "cpu" if value.strip().lower() == "cpu" else "gpu"


def _base_image(disk: Disk, text: ConfigText) -> Mapping[Mode, tuple[str, str]]:
    """Return the base image of each mode and its place in the file."""
    value = text.values.get("base_image")
    match value:
        case None:
            return {}
        case str():
            paths: Mapping[Mode, Path] = dict.fromkeys(_MODES, ("base_image",))
        case {"dockerfile": str(written)}:
            path = ("base_image", "dockerfile")
            return dict.fromkeys(_MODES, (_file(disk, text, written, path), _line(text, path)))
        case _:
            paths = {mode: ("base_image", mode) for mode in _MODES if mode in value}
    return {mode: (value if isinstance(value, str) else value[mode], _line(text, path)) for mode, path in paths.items()}


def _line(text: ConfigText, path: Path) -> str:
    place = text.place(path)
    return f"{place.source}:{place.line}"


def _file(disk: Disk, text: ConfigText, written: str, path: Path) -> str:
    place = text.place(path)
    found = path_in_project(disk, written, base="", place=place)
    if found is None or not disk.is_file(found):
        raise Rejected(problems.no_file(place, written, resembling(disk, written)))
    return found


def _variables(text: ConfigText) -> Iterator[Variable]:
    for name, value in text.values.get("env", {}).items():
        try:
            check_variable(name, text.source)
        except Rejected as rejected:
            raise _at(rejected, text.place(("env", name), of_key=True)) from None
        yield Variable(name=name, value=value)


def _engine_args(text: ConfigText) -> tuple[EngineArgument, ...]:
    value = text.values.get("docker_run_args", ())
    if not value:
        return ()
    place = text.place(("docker_run_args",))
    try:
        arguments = read_engine_arguments(value, text.source)
    except Rejected as rejected:
        raise _at(rejected, place) from None
    check_privileges(arguments, place)
    return arguments


def _older_keys(text: ConfigText) -> Iterator[Diagnostic]:
    """The keys of the older tool that are there."""
    for key, meaning in table("config.schema")["properties"].items():
        if key not in text.values:
            continue
        forms = (meaning, *meaning.get("anyOf", ()))  # gcloud may be an object, as the older tool took it
        older = next((form for form in forms if form.get("deprecated")), None)
        if older is not None and (older is meaning or isinstance(text.values[key], dict)):
            yield problems.older_key(text.place((key,), of_key=True), key, older["description"])


def _at(rejected: Rejected, place: Place) -> Rejected:
    """The same problems at a place in the config."""
    return Rejected(*(problem._replace(place=place) for problem in rejected.diagnostics))
