"""Reads uv's configuration files and variables as `PackageSources`.

As uv 0.13 has it: variables beat the user's file, that beats the system's; lists are joined in this order.
https://docs.astral.sh/uv/concepts/configuration-files/
"""

import os
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, NamedTuple

from caliban.runtime.settings.indexes import Option, PackageIndex, PackageSources, merge


class UvSettings(NamedTuple):
    """The settings of uv that matter here."""

    sources: PackageSources
    unreadable: tuple[str, ...]  # configuration files that are none


def read_uv_settings(environment: Mapping[str, str]) -> UvSettings:
    """The settings of this machine and user; those of a project stand in its own files."""
    found = [_from_variables(environment)]
    unreadable = []
    for path in _files(environment):
        try:
            with open(path, "rb") as file:
                import tomli  # most machines have no such file

                found.append(_from_table(tomli.load(file)))
        except FileNotFoundError:
            continue
        except (
            OSError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ):  # no TOML, or not uv's; their messages may quote a password
            unreadable.append(path)
    return UvSettings(reduce(merge, found), tuple(unreadable))


def _files(environment: Mapping[str, str]) -> Iterator[str]:
    """The strongest first."""
    if environment.get("UV_NO_CONFIG") in ("1", "true"):
        return
    if named := environment.get("UV_CONFIG_FILE"):
        yield named
        return
    home = environment.get("HOME") or os.path.expanduser("~")
    own = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    yield os.path.join(own, "uv", "uv.toml")
    shared = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    system = [*(os.path.join(folder, "uv", "uv.toml") for folder in shared if folder), "/etc/uv/uv.toml"]
    yield from [path for path in system if os.path.exists(path)][:1]


def _from_variables(environment: Mapping[str, str]) -> PackageSources:
    def words(name: str) -> list[str]:
        return environment.get(name, "").split()

    default = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    return PackageSources(
        indexes=(
            *(_index(word) for word in (*words("UV_INDEX"), *words("UV_EXTRA_INDEX_URL"))),
            *((_index(default, default=True),) if default else ()),
        ),
        find_links=tuple(link.strip() for link in environment.get("UV_FIND_LINKS", "").split(",") if link.strip()),
        insecure_hosts=tuple(words("UV_INSECURE_HOST")),
        no_index=environment.get("UV_NO_INDEX") in ("1", "true"),
        strategy=environment.get("UV_INDEX_STRATEGY") or None,
    )


def _index(word: str, *, default: bool = False) -> PackageIndex:
    """'https://…', or 'name=https://…'."""
    name, equals, url = word.partition("=")
    named = bool(equals) and not {":", "/"} & set(name)
    options: list[tuple[str, Option]] = [("name", name)] if named else []
    options += [("default", True)] if default else []
    return PackageIndex(url=url if named else word, options=tuple(options))


def _from_table(table: Mapping[str, Any]) -> PackageSources:
    """A uv.toml; what `[pip]` says in it counts for what is installed in an image, and beats the rest."""
    return merge(_of_table(table.get("pip", {})), _of_table(table))


def _of_table(table: Mapping[str, Any]) -> PackageSources:
    default = str(table.get("index-url", ""))
    return PackageSources(
        indexes=(
            *(_entry(entry) for entry in table.get("index", ())),
            *(PackageIndex(url=str(url)) for url in table.get("extra-index-url", ())),
            *((PackageIndex(url=default, options=(("default", True),)),) if default else ()),
        ),
        find_links=tuple(map(str, table.get("find-links", ()))),
        insecure_hosts=tuple(table.get("allow-insecure-host", ())),
        no_index=table.get("no-index", False),
        strategy=table.get("index-strategy"),
    )


def _entry(entry: Mapping[str, Any]) -> PackageIndex:
    options = ((key, value) for key, value in entry.items() if isinstance(value, str | bool | int | list))
    return PackageIndex(url=str(entry["url"]), options=tuple((key, value) for key, value in options if key != "url"))
