"""What pip and uv are told on a machine, as one configuration for uv: from real files, with passwords made here."""

import secrets
import tomllib
from pathlib import Path

import pytest

from caliban.runtime.settings.indexes import (
    PackageIndex,
    PackageSources,
    merge,
    render_uv_configuration,
    web_only,
    with_passwords,
)
from caliban.runtime.settings.pip_settings import read_pip_settings
from caliban.runtime.settings.uv_settings import read_uv_settings

PYPI = "https://pypi.example/simple"
TEAM = "https://team.example/simple"
OTHER = "https://other.example/simple"
DEFAULT = (("default", True),)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a user without any configuration: not even what the real machine has in /etc counts."""
    (tmp_path / "nothing").mkdir()
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "nothing")}


def write(path: Path, *lines: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def test_pips_file_of_the_user_names_indexes_folders_and_hosts(machine: dict[str, str], tmp_path: Path) -> None:
    write(
        tmp_path / ".config/pip/pip.conf",
        *("[global]", f"index-url = {PYPI}", "extra-index-url =", f"  {TEAM}", f"  {OTHER}"),
        *("find-links = /wheels", "trusted-host = team.example", "no_index = yes", "cert = /etc/company.pem"),
    )
    settings = read_pip_settings(machine)
    assert (settings.sources, settings.cert) == (
        PackageSources(
            indexes=(PackageIndex(url=TEAM), PackageIndex(url=OTHER), PackageIndex(url=PYPI, options=DEFAULT)),
            find_links=("/wheels",),
            insecure_hosts=("team.example",),
            no_index=True,
        ),
        "/etc/company.pem",
    )


@pytest.mark.parametrize(
    ("files", "variables", "counts"),
    [
        ({"xdg/pip/pip.conf": "a", ".pip/pip.conf": "b"}, {}, "b"),
        ({".pip/pip.conf": "a", ".config/pip/pip.conf": "b"}, {}, "b"),
        ({".config/pip/pip.conf": "a", "venv/pip.conf": "b"}, {"VIRTUAL_ENV": "venv"}, "b"),
        ({".config/pip/pip.conf": "a", "mine.conf": "b"}, {"PIP_CONFIG_FILE": "mine.conf"}, "b"),
        ({".config/pip/pip.conf": "a"}, {"PIP_INDEX_URL": "b"}, "b"),
        ({".config/pip/pip.conf": "a"}, {"PIP_INDEX_URL": ""}, "a"),
    ],
)
def test_of_pips_settings_the_last_one_counts(
    files: dict[str, str], variables: dict[str, str], counts: str, machine: dict[str, str], tmp_path: Path
) -> None:
    for name, value in files.items():
        write(tmp_path / name, "[global]", f"index-url = https://{value}.example")
    paths = {name: str(tmp_path / value) for name, value in variables.items() if name != "PIP_INDEX_URL"}
    urls = {name: f"https://{value}.example" if value else "" for name, value in variables.items() if name not in paths}
    told = read_pip_settings({**machine, "XDG_CONFIG_DIRS": str(tmp_path / "xdg"), **paths, **urls})
    assert told.sources.indexes == (PackageIndex(url=f"https://{counts}.example", options=DEFAULT),)


def test_pips_section_install_beats_global_wherever_it_stands(machine: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / ".pip/pip.conf", "[install]", f"index-url = {TEAM}")
    write(tmp_path / ".config/pip/pip.conf", "[global]", f"index-url = {PYPI}")
    assert read_pip_settings(machine).sources.indexes == (PackageIndex(url=TEAM, options=DEFAULT),)


def test_the_null_device_as_pips_file_means_none(machine: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / ".config/pip/pip.conf", "[global]", f"index-url = {PYPI}")
    assert read_pip_settings({**machine, "PIP_CONFIG_FILE": "/dev/null"}).sources == PackageSources()


def test_a_broken_file_of_pip_is_named_and_passed_over(machine: dict[str, str], tmp_path: Path) -> None:
    path = write(tmp_path / ".config/pip/pip.conf", "index-url = no section")
    settings = read_pip_settings({**machine, "PIP_INDEX_URL": PYPI})
    assert (settings.unreadable, settings.sources.indexes) == ((path,), (PackageIndex(url=PYPI, options=DEFAULT),))


def test_uvs_variables_come_before_its_file_and_lists_are_joined(machine: dict[str, str], tmp_path: Path) -> None:
    write(
        tmp_path / ".config/uv/uv.toml",
        *('index-strategy = "unsafe-best-match"', "[[index]]", 'name = "team"', f'url = "{TEAM}"', "explicit = true"),
        *("[[index]]", f'url = "{OTHER}"', "default = true"),
    )
    told = read_uv_settings({**machine, "UV_INDEX": f"mine={PYPI} https://b.example", "UV_DEFAULT_INDEX": PYPI + "/"})
    assert told.sources == PackageSources(
        indexes=(
            PackageIndex(url=PYPI, options=(("name", "mine"),)),
            PackageIndex(url="https://b.example"),
            PackageIndex(url=PYPI + "/", options=DEFAULT),
            PackageIndex(url=TEAM, options=(("name", "team"), ("explicit", True))),
        ),
        strategy="unsafe-best-match",
    )


@pytest.mark.parametrize("text", ["[[index]", "[[index]]", "index = 3", "find-links = 3"])
def test_a_broken_file_of_uv_is_named_and_passed_over(text: str, machine: dict[str, str], tmp_path: Path) -> None:
    path = write(tmp_path / ".config/uv/uv.toml", text)
    assert read_uv_settings(machine) == (PackageSources(), (path,))


def test_only_the_strongest_default_stands_in_for_pypi() -> None:
    uv = PackageSources(indexes=(PackageIndex(url=TEAM, options=DEFAULT),))
    pip = PackageSources(indexes=(PackageIndex(url=OTHER), PackageIndex(url=PYPI, options=DEFAULT)))
    assert merge(uv, pip).indexes == (PackageIndex(url=TEAM, options=DEFAULT), PackageIndex(url=OTHER))


def test_a_named_index_gets_the_password_that_the_environment_has_for_it() -> None:
    password = secrets.token_hex()
    environment = {"UV_INDEX_MY_TEAM_USERNAME": "a@b", "UV_INDEX_MY_TEAM_PASSWORD": password}
    named = PackageIndex(url="https://old@team.example:8080/simple", options=(("name", "my-team"),))
    given = with_passwords((named, PackageIndex(url=PYPI)), environment)
    assert [index.url for index in given] == [f"https://a%40b:{password}@team.example:8080/simple", PYPI]


def test_a_build_asks_web_addresses_alone() -> None:
    folders = ("file:///simple", "/wheels", "wheels", "https://bad:port/", "https://")
    sources = PackageSources(
        indexes=(PackageIndex(url=PYPI), PackageIndex(url=folders[0])), find_links=(TEAM, *folders[1:])
    )
    assert web_only(sources) == PackageSources(indexes=(PackageIndex(url=PYPI),), find_links=(TEAM,))


def test_the_configuration_is_what_toml_reads_back() -> None:
    sources = PackageSources(
        indexes=(PackageIndex(url=f'{PYPI}/"é\\', options=(("name", "a"), ("ignore-error-codes", [403]), *DEFAULT)),),
        find_links=(TEAM,),
        insecure_hosts=("team.example",),
        no_index=True,
        strategy="first-index",
    )
    assert tomllib.loads(render_uv_configuration(sources, {"https-proxy": "http://proxy.example:1"})) == {
        "find-links": [TEAM],
        "allow-insecure-host": ["team.example"],
        "no-index": True,
        "index-strategy": "first-index",
        "https-proxy": "http://proxy.example:1",
        "index": [{"url": f'{PYPI}/"é\\', "name": "a", "ignore-error-codes": [403], "default": True}],
    }


def test_where_nothing_is_told_there_is_no_configuration() -> None:
    assert render_uv_configuration(PackageSources(), {}) == ""
