"""Reads pip's configuration files and variables as `PackageSources`.

As pip 25 has it (pip/_internal/configuration.py): of each setting the last one counts, files in the order below, then
the variables; `[install]` beats `[global]` wherever each stands.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from caliban.runtime.settings.indexes import PackageIndex, PackageSources


class PipSettings(NamedTuple):
    """The settings of pip that matter here."""

    sources: PackageSources
    cert: str | None  # the bundle of certificates
    unreadable: tuple[str, ...]  # configuration files that are none


def read_pip_settings(environment: Mapping[str, str]) -> PipSettings:
    """The settings of this machine and user."""
    known: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    unreadable = []
    for path in filter(os.path.exists, _files(environment)):
        sections = _sections(path)
        if sections is None:
            unreadable.append(path)
            continue
        for section in known:
            known[section] |= dict(_settings(sections.get(section, {}).items()))
    variables = ((name[4:], value) for name, value in environment.items() if name.startswith("PIP_"))
    settings = {**known["global"], **known["install"], **dict(_settings(variables))}
    return PipSettings(_sources(settings), settings.get("cert"), tuple(unreadable))


def _sections(path: str) -> dict[str, dict[str, str]] | None:
    """Return the settings of a file by section; None if it is no file of pip."""
    from configparser import Error, RawConfigParser  # most machines have no such file

    parser = RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (Error, UnicodeError):  # their messages may quote a password
        return None
    return {name: dict(parser[name]) for name in parser.sections()}


def _files(environment: Mapping[str, str]) -> Iterator[str]:
    """The weakest first."""
    named = environment.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = environment.get("HOME") or os.path.expanduser("~")
    shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    yield from (os.path.join(folder, "pip", "pip.conf") for folder in shared.split(os.pathsep) if folder)
    yield "/etc/pip.conf"
    if not named or not os.path.exists(named):
        yield os.path.join(home, ".pip", "pip.conf")
        own = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
        yield os.path.join(home, "Library", "Application Support", "pip", "pip.conf")  # macOS
        yield os.path.join(own, "pip", "pip.conf")
    if environment.get("VIRTUAL_ENV"):
        yield os.path.join(environment["VIRTUAL_ENV"], "pip.conf")
    if named:
        yield named


def _settings(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """By pip's names: 'PIP_INDEX_URL', 'index_url' and 'index-url' are one. What is empty says nothing."""
    for name, value in pairs:
        if value.strip():
            yield name.lower().replace("_", "-").removeprefix("--"), value.strip()


def _sources(settings: Mapping[str, str]) -> PackageSources:
    default = settings.get("index-url")
    return PackageSources(
        indexes=(
            *(PackageIndex(url=url) for url in settings.get("extra-index-url", "").split()),
            *((PackageIndex(url=default, options=(("default", True),)),) if default else ()),
        ),
        find_links=tuple(settings.get("find-links", "").split()),
        insecure_hosts=tuple(settings.get("trusted-host", "").split()),
        no_index=settings.get("no-index", "").lower() in ("1", "true", "yes", "on", "y", "t"),
    )
