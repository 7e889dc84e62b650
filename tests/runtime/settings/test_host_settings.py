"""What a machine lends to a build, and what of it is told to the user; passwords are made here."""

import secrets
import tomllib
from pathlib import Path

import pytest
from demands import DEMAND

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.input.config import TorchIndex
from caliban.compiler.input.project import NamedIndex, Requirement, RequirementsFile
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.cuda import PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders
from caliban.runtime.say import without_passwords
from caliban.runtime.settings import problems
from caliban.runtime.settings.asked import asked_indexes
from caliban.runtime.settings.host_settings import HostSettings, host_settings
from caliban.runtime.settings.installers import InstallerSettings

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
INSTALLING = Recipe(demand=DEMAND, base=BASE, steps=(InstallRequirements(path="requirements.txt", count=1),))
WITH_APT = Recipe(demand=DEMAND, base=BASE, steps=(InstallSystemPackages(packages=("git",), reason=""),))
INDEX = "pypi.example/simple"


def files(*options: str) -> tuple[RequirementsFile, ...]:
    return (RequirementsFile(path="requirements.txt", indexes=options),)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a user without any configuration."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "nothing"), "PIP_CONFIG_FILE": "/dev/null"}


@pytest.fixture
def password() -> str:
    return secrets.token_hex()


def test_a_machine_without_settings_lends_nothing(machine: dict[str, str]) -> None:
    assert host_settings(INSTALLING, files(), (), InstallerSettings(machine)) == HostSettings()


def test_an_index_with_a_password_travels_as_uvs_configuration(machine: dict[str, str], password: str) -> None:
    url = f"https://me:{password}@{INDEX}"
    loan = host_settings(
        INSTALLING, files(), (), InstallerSettings({**machine, "PIP_INDEX_URL": url, "PIP_FIND_LINKS": "/wheels"})
    )
    assert (tomllib.loads(loan.texts["uv"]), loan.unseen) == ({"index": [{"url": url, "default": True}]}, ("/wheels",))


def test_an_index_of_the_projects_own_file_beats_pips_but_takes_its_password(
    machine: dict[str, str], password: str
) -> None:
    url = f"https://me:{password}@{INDEX}"
    loan = host_settings(
        INSTALLING, files(f"--index-url https://{INDEX}"), (), InstallerSettings({**machine, "PIP_INDEX_URL": url})
    )
    assert tomllib.loads(loan.texts["uv"]) == {"index": [{"url": url, "name": "pip-1", "explicit": True}]}


def test_an_index_that_the_project_names_gets_the_hosts_password(machine: dict[str, str], password: str) -> None:
    named = (NamedIndex(name="my-team", url=f"https://{INDEX}"), NamedIndex(name="other", url="https://other.example"))
    of_poetry = {"POETRY_HTTP_BASIC_MY_TEAM_USERNAME": "me", "POETRY_HTTP_BASIC_MY_TEAM_PASSWORD": password}
    loan = host_settings(INSTALLING, (), named, InstallerSettings({**machine, **of_poetry}))
    url = f"https://me:{password}@{INDEX}"
    assert tomllib.loads(loan.texts["uv"]) == {"index": [{"url": url, "name": "project-1", "explicit": True}]}


REQUIREMENTS = InstallRequirements(path="requirements.txt", count=1)
HASHED = InstallRequirements(path="hashed.txt", count=1, hashed=True)
TOOLKIT = PrepareToolkit(stage="cuda", image="", python="3.11", first=(), architectures="", reason="")


def pins(*, text: str = "six==1.17.0", hashes: tuple[str, ...] = ()) -> InstallPins:
    return InstallPins(path="uv.lock", pins=(LockedPin(name="six", text=text, hashes=hashes, source="", by=()),))


@pytest.mark.parametrize(
    ("step", "matters"),
    [
        (REQUIREMENTS, True),
        (HASHED, False),
        (InstallRequirements(path="requirements.txt", hashed=True, installed_with=(REQUIREMENTS,)), True),
        (InstallRequirements(path="requirements.txt", hashed=True, installed_with=(HASHED,)), False),
        (pins(), True),
        (pins(hashes=("sha256:0",)), False),
        (pins(text="six @ git+https://example.com/six@0"), False),
        (BuildWheel(path=".", stage="wheel"), False),
        (InstallWheelRequirements(path=".", stage="wheel"), True),
        (TOOLKIT, True),
    ],
)
def test_which_index_is_asked_matters_to_what_is_asked_for_by_name_alone(
    machine: dict[str, str], step: Step, matters: bool
) -> None:
    told = {**machine, "PIP_INDEX_URL": f"https://{INDEX}"}
    assert bool(asked_indexes(Recipe(demand=DEMAND, base=BASE, steps=(step,)), (), InstallerSettings(told))) is matters


def test_indexes_that_no_build_asks_make_no_difference(machine: dict[str, str], password: str) -> None:
    pips = {**machine, "PIP_EXTRA_INDEX_URL": f"https://me:{password}@{INDEX}"}
    local = {**machine, "PIP_INDEX_URL": "file:///mirror/simple", "UV_FIND_LINKS": "/wheels"}
    named_by_the_project = files("--index-url https://other.example/simple")
    told = (
        asked_indexes(INSTALLING, named_by_the_project, InstallerSettings(pips)),
        asked_indexes(INSTALLING, files(), InstallerSettings(local)),
    )
    assert told == ("", "")


def test_an_image_that_installs_nothing_is_lent_no_index(machine: dict[str, str], password: str) -> None:
    bare = Recipe(demand=DEMAND, base=BASE, steps=(PrepareFolders(),))
    environment = {**machine, "PIP_INDEX_URL": f"https://me:{password}@{INDEX}", "PIP_FIND_LINKS": "/wheels"}
    assert host_settings(bare, files(), (), InstallerSettings(environment)) == HostSettings()


@pytest.mark.parametrize(
    ("variables", "options", "host_network"),
    [
        ({"PIP_INDEX_URL": "http://127.0.0.1:3141/simple"}, (), True),
        ({"UV_INDEX": "mine=http://[::1]:3141/simple"}, (), True),
        ({"https_proxy": "localhost:3128"}, (), True),
        ({"PIP_INDEX_URL": f"https://{INDEX}", "NO_PROXY": "localhost"}, (), False),
    ],
)
def test_what_is_on_loopback_is_reached_by_the_machines_network(
    variables: dict[str, str], options: tuple[str, ...], host_network: bool, machine: dict[str, str]
) -> None:
    assert (
        host_settings(INSTALLING, files(*options), (), InstallerSettings({**machine, **variables})).host_network
        == host_network
    )


def test_a_project_cannot_ask_for_the_machines_network(machine: dict[str, str]) -> None:
    text = "alpha @ http://127.0.0.1:8080/alpha-1.0-py3-none-any.whl; python_version > '3'"
    place = Place(source="requirements.txt", line=1)
    file = RequirementsFile(path="requirements.txt", requirements=(Requirement(name="alpha", text=text, place=place),))
    index = NamedIndex(name="near", url="http://localhost/simple")
    loan = host_settings(INSTALLING, (file,), (index,), InstallerSettings(machine))
    addresses = ["http://127.0.0.1:8080/alpha-1.0-py3-none-any.whl", "http://localhost/simple"]
    assert (loan.host_network, loan.warnings) == (False, (problems.loopback_asked_by_project(addresses),))
    trusted = host_settings(
        INSTALLING, (file,), (index,), InstallerSettings({**machine, "PIP_EXTRA_INDEX_URL": addresses[1]})
    )
    assert (trusted.host_network, trusted.warnings) == (True, ())


def test_system_packages_alone_come_by_a_proxy_on_loopback_too(machine: dict[str, str]) -> None:
    assert host_settings(
        WITH_APT, (), (), InstallerSettings({**machine, "http_proxy": "http://127.0.0.1:3128"})
    ) == HostSettings(host_network=True)


def test_the_loopback_of_another_machine_is_a_warning(machine: dict[str, str], password: str) -> None:
    environment = {"DOCKER_HOST": "ssh://far.example", "PIP_INDEX_URL": f"http://me:{password}@127.0.0.1:3141/simple"}
    loan = host_settings(INSTALLING, files(), (), InstallerSettings({**machine, **environment}))
    assert (loan.host_network, loan.warnings) == (
        False,
        (problems.loopback_of_another_machine(["http://****@127.0.0.1:3141/simple"]),),
    )


def test_a_proxy_with_a_password_is_told_to_uv_and_apt(machine: dict[str, str], password: str) -> None:
    url = f"http://me:{password}@proxy.example:3128"
    loan = host_settings(
        INSTALLING, files(), (), InstallerSettings({**machine, "HTTPS_PROXY": url, "no_proxy": "localhost, .example"})
    )
    assert (tomllib.loads(loan.texts["uv"]), loan.texts["apt"]) == (
        {"https-proxy": url, "no-proxy": ["localhost", ".example"]},
        f'Acquire::https::Proxy "{url}";\n',
    )


def test_a_proxy_without_a_password_needs_no_secret(machine: dict[str, str]) -> None:
    assert (
        host_settings(
            WITH_APT, files(), (), InstallerSettings({**machine, "HTTPS_PROXY": "http://proxy.example:3128"})
        ).texts
        == {}
    )


def test_what_pip_trusts_is_lent_before_what_others_trust(machine: dict[str, str], tmp_path: Path) -> None:
    for name in ("pip.pem", "ssl.pem"):
        (tmp_path / name).write_text("a certificate")
    environment = {**machine, "SSL_CERT_FILE": str(tmp_path / "ssl.pem"), "PIP_CERT": str(tmp_path / "pip.pem")}
    loan = host_settings(WITH_APT, files(), (), InstallerSettings(environment))
    assert (loan.files, loan.texts) == (
        (("ca", str(tmp_path / "pip.pem")),),
        {"apt": 'Acquire::https::CAInfo "/run/secrets/ca";\n'},
    )


def test_a_bundle_that_is_not_there_is_a_warning(machine: dict[str, str], tmp_path: Path) -> None:
    path = str(tmp_path / "gone.pem")
    assert host_settings(
        INSTALLING, files(), (), InstallerSettings({**machine, "SSL_CERT_FILE": path})
    ) == HostSettings(warnings=(problems.no_bundle("$SSL_CERT_FILE", path),))


def test_a_bundle_too_large_for_the_builder_is_an_error(machine: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "large.pem"
    path.write_bytes(b"#" * (501 << 10))
    with pytest.raises(Rejected) as caught:
        host_settings(INSTALLING, files(), (), InstallerSettings({**machine, "SSL_CERT_FILE": str(path)}))
    assert caught.value.diagnostics == (problems.secret_too_large("$SSL_CERT_FILE", str(path), 500 << 10),)


@pytest.mark.parametrize(("mode", "open_to_others"), [(0o600, False), (0o644, True)])
def test_the_netrc_is_lent_and_should_be_ours_alone(
    mode: int, open_to_others: bool, machine: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / ".netrc"
    path.write_text("machine pypi.example")
    path.chmod(mode)
    warnings: tuple[Diagnostic, ...] = (problems.open_passwords(str(path)),) if open_to_others else ()
    assert host_settings(INSTALLING, files(), (), InstallerSettings(machine)) == HostSettings(
        files=(("netrc", str(path)),), warnings=warnings
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("url = 'https://me:%s@h/x' and http://%s@h", "url = 'https://****@h/x' and http://****@h"),
        ("git+ssh://git@h/x.git@v1", "git+ssh://****@h/x.git@v1"),
        ("ftp://a:b@%s@h:1", "ftp://****@h:1"),
        ("https://h:8080/a@b, me@h", "https://h:8080/a@b, me@h"),
    ],
)
def test_what_is_told_has_no_password_in_its_urls(text: str, told: str, password: str) -> None:
    assert without_passwords(text.replace("%s", password)) == told


MIRRORED = Recipe(
    demand=DEMAND,
    base=BASE,
    steps=(
        InstallRequirements(
            path="requirements.txt", resolution=Resolution(torch_backend="cpu", torch_mirrored=True), count=1
        ),
    ),
)


def test_the_index_of_torch_travels_as_a_secret_where_a_step_asks_it(machine: dict[str, str], password: str) -> None:
    url = f"https://me:{password}@mirror.example/whl"
    index = TorchIndex(origin="mirror", url=url, source="$CALIBAN_TORCH_INDEX")
    lent = [
        host_settings(recipe, files(), (), InstallerSettings(machine), torch_index=index).texts
        for recipe in (MIRRORED, INSTALLING)
    ]
    assert lent == [{"CALIBAN_TORCH_INDEX": url}, {}]


@pytest.mark.parametrize(("source", "network"), [("$CALIBAN_TORCH_INDEX", True), (".calibanconfig.json", False)])
def test_an_index_of_torch_on_loopback_is_reached_only_if_the_user_names_it(
    machine: dict[str, str], source: str, network: bool
) -> None:
    index = TorchIndex(origin="mirror", url="http://127.0.0.1:8080/whl", source=source)
    loan = host_settings(MIRRORED, files(), (), InstallerSettings(machine), torch_index=index)
    assert (loan.host_network, len(loan.warnings)) == (network, 0 if network else 1)


def test_another_index_of_torch_is_another_key_and_its_password_none(machine: dict[str, str], password: str) -> None:
    urls = ("https://a.example/whl", f"https://me:{password}@a.example/whl", "https://b.example/whl")
    keys = [
        asked_indexes(MIRRORED, (), InstallerSettings(machine), TorchIndex(origin="mirror", url=url)) for url in urls
    ]
    assert (keys[0] == keys[1], len({"", *keys})) == (True, 3)


def test_folders_that_are_there_are_no_address_of_a_build(machine: dict[str, str], tmp_path: Path) -> None:
    told = InstallerSettings({**machine, "PIP_FIND_LINKS": str(tmp_path)})
    assert host_settings(INSTALLING, files(), (), told) == HostSettings()
