"""Private indexes and proxies reach builds and runs as they do the host's own programs; their passwords stay nowhere.

The servers are real, on addresses of this machine; all passwords are made here and now (SPEC §3, FAULTS C-09, C-11).
"""

import hashlib
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from conftest import MakeProject, MakeSearch
from leaks import Search
from msgspec import Struct
from servers import Server, bridge_address, certificate_of, forward_proxy, index_server
from support import BUILD, Files, RealProject, from_mirror, wheel, write

# What speaks of indexes, proxies and configuration on the machine at hand must not count here.
_NAMES = "PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CERT REQUESTS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY"
UNSET = dict.fromkeys(_NAMES.split(), "")
SAY = "import alpha; print(alpha.name)\n"
FETCH = """
import urllib.error, urllib.request
try:
    urllib.request.urlopen("%s/of-the-run")
except urllib.error.HTTPError as error:
    print(error.code)
"""
USER = "ada"


@pytest.fixture
def password() -> str:
    return secrets.token_hex()


class Case(Struct, frozen=True, kw_only=True):
    """A project that needs `alpha`, on a machine with an index that has it."""

    project: RealProject
    index: Server
    home: Path  # the user's
    environment: Mapping[str, str]

    def run(self, *words: str, **variables: str) -> tuple[int, bytes, str]:
        return self.project.run(*words, "m/x.py", env={**self.environment, **variables})


def of_its_own(project: RealProject) -> int:
    """A number that makes a requirement a project's own: no build has cached what another one installed."""
    return 2 + int(project.name.rpartition("-")[2], 16)


@pytest.fixture
def case(make: MakeProject, tmp_path: Path, password: str) -> Iterator[Case]:
    project = make({"m/x.py": SAY})
    write(project.folder, {"requirements.txt": f"alpha<{of_its_own(project)}\n"})
    home = tmp_path / "user"
    home.mkdir()
    environment = {**UNSET, "HOME": str(home), "XDG_CONFIG_DIRS": str(home), "PIP_CONFIG_FILE": ""}
    wheels = wheel("alpha", "1.0", {"alpha.py": f"name = 'alpha for {project.name}'\n"})
    with index_server(wheels, bridge_address(), user=USER, password=password) as index:
        yield Case(project=project, index=index, home=home, environment=environment)


def by_pips_variable(case: Case) -> dict[str, str]:
    return {"PIP_INDEX_URL": case.index.url("/simple")}


def by_pips_file(case: Case) -> dict[str, str]:
    write(case.home, {".config/pip/pip.conf": f"[global]\nextra-index-url = {case.index.url('/simple')}\n"})
    return {}


def by_uvs_variables(case: Case) -> dict[str, str]:
    url = f"http://{case.index.address}/simple"
    return {
        "UV_INDEX": f"team={url}",
        "UV_INDEX_TEAM_USERNAME": USER,
        "UV_INDEX_TEAM_PASSWORD": str(case.index.password),
    }


def by_uvs_file(case: Case) -> dict[str, str]:
    write(case.home, {".config/uv/uv.toml": f'[[index]]\nurl = "{case.index.url("/simple")}"\ndefault = true\n'})
    return {}


def by_netrc(case: Case) -> dict[str, str]:
    line = f"machine {case.index.host} login {USER} password {case.index.password}\n"
    write(case.home, {".netrc": line})
    (case.home / ".netrc").chmod(0o600)
    return {"PIP_INDEX_URL": f"http://{case.index.address}/simple"}


def by_a_variable_in_the_requirements(case: Case) -> dict[str, str]:
    """The project names the index, its config the variable that the installer may see."""
    url = f"http://{USER}:${{TEAM_TOKEN}}@{case.index.address}/simple"
    text = f"--index-url {url}\nalpha  # for {case.project.name}\n"
    write(case.project.folder, {"requirements.txt": text, ".calibanconfig.json": '{"build_secrets": ["TEAM_TOKEN"]}'})
    return {"TEAM_TOKEN": str(case.index.password), "CALIBAN_BUILD_SECRETS": "TEAM_TOKEN"}


def by_a_manifest_and_uvs_variables(case: Case) -> dict[str, str]:
    """The project names the index, variables of the host have its password."""
    manifest = f"""
[project]
name = "{case.project.name}"
version = "1"
dependencies = ["alpha"]
[[tool.uv.index]]
name = "my-team"
url = "http://{case.index.address}/simple"
"""
    (case.project.folder / "requirements.txt").unlink()
    write(case.project.folder, {"pyproject.toml": manifest})
    return {"UV_INDEX_MY_TEAM_USERNAME": USER, "UV_INDEX_MY_TEAM_PASSWORD": str(case.index.password)}


WAYS = (
    by_a_manifest_and_uvs_variables,
    by_pips_variable,
    by_pips_file,
    by_uvs_variables,
    by_uvs_file,
    by_netrc,
    by_a_variable_in_the_requirements,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_private_index_serves_the_build(way: Callable[[Case], dict[str, str]], case: Case, password: str) -> None:
    ran = case.run(**way(case))
    said = f"alpha for {case.project.name}\n".encode()
    assert (ran[:2], password in ran[2]) == ((0, said), False), ran[2]
    assert [path for path in case.index.granted if path.startswith("/files/")] != []


def test_a_certificate_that_the_host_trusts_is_trusted_by_builds_and_runs(
    case: Case, mirror: str, tmp_path: Path, password: str
) -> None:
    host = bridge_address()
    certificate = certificate_of(host, tmp_path / "company.pem")
    wheels = wheel("alpha", "1.0", {"alpha.py": "name = 'alpha by https'\n"})
    with index_server(wheels, host, user=USER, password=password, certificate=certificate) as index:
        write(case.project.folder, {**from_mirror(mirror), "m/x.py": SAY + FETCH % f"https://{index.address}"})
        trusting = case.run(PIP_INDEX_URL=index.url("/simple"), SSL_CERT_FILE=str(certificate))
        doubting = case.run("--no_cache", PIP_INDEX_URL=index.url("/simple"))
    assert trusting[:2] == (0, b"alpha by https\n401\n"), trusting[2]
    assert (doubting[0], "certificate" in doubting[2], "SSL_CERT_FILE" in doubting[2]) == (125, True, True)


# A build backend that needs no other package.
BACKEND = """
import zipfile
def build_wheel(folder, settings=None, metadata=None):
    name = "alpha-3.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        info = "alpha-3.0.dist-info"
        wheel.writestr("alpha.py", "name = 'alpha from git'")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: alpha\\nVersion: 3.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
MANIFEST = """
[build-system]
requires = []
backend-path = ["."]
build-backend = "backend"
[project]
name = "alpha"
version = "3.0"
"""


IDENTITY = ("-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false")


def commit(folder: Path, files: Files) -> str:
    """The repository with one more commit, served as a web server serves files; the commit's name."""
    write(folder, files)
    for words in (("init", "-q"), ("add", "."), (*IDENTITY, "commit", "-qm", "x"), ("update-server-info",)):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    asked = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def served(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / ".git").rglob("*") if path.is_file())
    return {f"/alpha.git/{path.relative_to(folder / '.git')}": path.read_bytes() for path in files}


def locked(source: str, more: str = "") -> dict[str, str]:
    """A project that needs alpha, and the lock that says where it comes from."""
    root = '[[package]]\nname = "demo"\nsource = { virtual = "." }\ndependencies = [{ name = "alpha" }]\n'
    alpha = f'[[package]]\nname = "alpha"\nversion = "1.0"\nsource = {{ {source} }}\n{more}'
    return {
        "pyproject.toml": '[project]\nname = "demo"\nversion = "1"\ndependencies = ["alpha"]\n',
        "uv.lock": f"version = 1\n{root}{alpha}",
    }


def test_a_private_repository_is_fetched_with_the_password_of_the_netrc(case: Case, tmp_path: Path) -> None:
    commit(tmp_path / "alpha", {"backend.py": BACKEND, "pyproject.toml": MANIFEST})
    password = secrets.token_hex()
    with index_server({}, bridge_address(), user=USER, password=password, more=served(tmp_path / "alpha")) as server:
        write(case.home, {".netrc": f"machine {server.host} login {USER} password {password}\n"})
        write(case.project.folder, {"requirements.txt": f"alpha @ git+http://{server.address}/alpha.git\n"})
        ran = case.run()
    assert (ran[:2], password in ran[2]) == ((0, b"alpha from git\n"), False), ran[2]


def test_of_a_repository_the_locked_commit_is_installed(case: Case, tmp_path: Path) -> None:
    first = commit(tmp_path / "alpha", {"backend.py": BACKEND, "pyproject.toml": MANIFEST})
    commit(tmp_path / "alpha", {"backend.py": BACKEND.replace("from git", "of another commit")})
    password = secrets.token_hex()
    with index_server({}, bridge_address(), user=USER, password=password, more=served(tmp_path / "alpha")) as server:
        write(case.home, {".netrc": f"machine {server.host} login {USER} password {password}\n"})
        (case.project.folder / "requirements.txt").unlink()
        write(case.project.folder, locked(f'git = "http://{server.address}/alpha.git#{first}"'))
        ran = case.run()
    assert ran[:2] == (0, b"alpha from git\n"), ran[2]


def test_what_is_locked_on_a_private_index_is_taken_from_there_by_its_hash(case: Case) -> None:
    ((name, content),) = wheel("alpha", "1.0", {"alpha.py": "name = 'alpha of the lock'\n"}).items()
    password = secrets.token_hex()
    with index_server({name: content}, bridge_address(), user=USER, password=password) as server:
        write(case.home, {".netrc": f"machine {server.host} login {USER} password {password}\n"})
        (case.project.folder / "requirements.txt").unlink()
        address = f"http://{server.address}"
        digest = hashlib.sha256(content).hexdigest()
        wheels = f'wheels = [{{ url = "{address}/files/{name}", hash = "sha256:{digest}" }}]\n'
        write(case.project.folder, locked(f'registry = "{address}/simple"', wheels))
        ran = case.run()
    assert (ran[:2], set(server.granted)) == ((0, b"alpha of the lock\n"), {f"/files/{name}"}), ran[2]


def test_an_index_on_loopback_serves_the_build(case: Case, password: str) -> None:
    wheels = wheel("alpha", "2.0", {"alpha.py": "name = 'alpha of loopback'\n"})
    with index_server(wheels, "127.0.0.1", user=USER, password=password) as index:
        ran = case.run(PIP_INDEX_URL=index.url("/simple"))
    assert ran[:2] == (0, b"alpha of loopback\n"), ran[2]


def test_a_wrong_password_is_told_but_not_shown(case: Case) -> None:
    wrong = secrets.token_hex()
    ran = case.run(PIP_INDEX_URL=case.index.url("/simple", password=wrong))
    assert (ran[0], ran[1], "401" in ran[2], ".netrc" in ran[2], wrong in ran[2]) == (125, b"", True, True, False)
    assert ran[2].count("error[") == 1


def test_an_index_without_the_package_is_told_with_the_line_that_asks_for_it(case: Case) -> None:
    write(case.project.folder, {"requirements.txt": f"beta<{of_its_own(case.project)}\n"})
    ran = case.run(**by_pips_variable(case))
    assert (ran[0], "requirements.txt:1" in ran[2]) == (125, True), ran[2]


def test_an_edit_of_the_code_needs_no_index(case: Case) -> None:
    first = case.run(**by_pips_variable(case))
    write(case.project.folder, {"m/x.py": "print('edited')"})
    nowhere = f"http://{bridge_address()}:1"
    second = case.run(**by_pips_variable(case), HTTP_PROXY=nowhere, HTTPS_PROXY=nowhere)
    assert [first[0], second[:2]] == [0, (0, b"edited\n")], second[2]


def test_another_index_is_asked_and_another_password_is_not(case: Case) -> None:
    newer = wheel("alpha", "1.1", {"alpha.py": f"name = 'newer alpha for {case.project.name}'\n"})
    first = case.run(**by_pips_variable(case))
    asked = len(case.index.granted)
    rotated = case.run(PIP_INDEX_URL=case.index.url("/simple", password=secrets.token_hex()))
    write(case.project.folder, {"m/x.py": f"{SAY}# edited\n"})
    edited = case.run(PIP_INDEX_URL=case.index.url("/simple", password=secrets.token_hex()))
    with index_server(newer, bridge_address(), user=USER, password=secrets.token_hex()) as other:
        elsewhere = {**case.environment, "PIP_INDEX_URL": other.url("/simple")}
        foretold = case.project.caliban("explain", "m/x.py", env=elsewhere).stdout
        switched = case.run(PIP_INDEX_URL=other.url("/simple"))
        explained = case.project.caliban("diff").stdout
        again = case.run(PIP_INDEX_URL=other.url("/simple"))
    back = case.run(**by_pips_variable(case))
    old, new = (f"{name} for {case.project.name}\n".encode() for name in ("alpha", "newer alpha"))
    said = [ran[1] for ran in (first, rotated, edited, switched, again, back)]
    assert said == [old, old, old, new, new, old], switched[2]
    assert [BUILD in ran[2] for ran in (first, rotated, edited, switched, again)] == [True, False, True, True, False]
    assert len(case.index.granted) == asked
    assert [b"other package indexes are asked" in text for text in (foretold, explained)] == [True, True]


def test_a_proxy_is_used_by_builds_and_runs(case: Case) -> None:
    write(case.project.folder, {"m/x.py": SAY + FETCH % f"http://{case.index.address}"})
    with forward_proxy(bridge_address()) as proxy:
        ran = case.run(**by_pips_variable(case), HTTP_PROXY=f"http://{proxy.address}")
    assert ran[:2] == (0, f"alpha for {case.project.name}\n401\n".encode()), ran[2]
    assert ("/simple/alpha/" in proxy.granted, proxy.granted[-1]) == (True, "/of-the-run")


def test_a_proxy_with_a_password_is_used_by_the_installer_and_stays_out_of_the_builders_history(case: Case) -> None:
    password = secrets.token_hex()
    with forward_proxy(bridge_address(), user=USER, password=password) as proxy:
        ran = case.run(**by_pips_variable(case), http_proxy=proxy.url())
    assert ran[:2] == (0, f"alpha for {case.project.name}\n".encode()), ran[2]
    assert ("/simple/alpha/" in proxy.granted, password in ran[2]) == (True, False)
    looking = Search({"password": password})
    assert (looking.builds(case.home / ".docker"), looking.found) == (1, set())


def test_a_proxy_that_refuses_is_told(case: Case) -> None:
    with forward_proxy(bridge_address(), user=USER, password=secrets.token_hex()) as proxy:
        ran = case.run(**by_pips_variable(case), http_proxy=f"http://{proxy.address}")
    assert (ran[0], "407" in ran[2], "the proxy wants a user" in ran[2]) == (125, True, True)


def test_a_proxy_on_loopback_is_used_by_the_build_and_is_a_warning_for_the_run(case: Case) -> None:
    with forward_proxy("127.0.0.1") as proxy:
        ran = case.run(**by_pips_variable(case), http_proxy=f"http://{proxy.address}")
    assert ran[:2] == (0, f"alpha for {case.project.name}\n".encode()), ran[2]
    assert ("/simple/alpha/" in proxy.granted, "warning[out-of-reach]" in ran[2]) == (True, True)


def test_no_trace_of_a_password_stays_anywhere(case: Case, search: MakeSearch) -> None:
    """By every way at once; looked for in all that a build and a run leave, and in every process while they run."""
    passwords = {name: secrets.token_hex() for name in (".netrc", "proxy", "uv's index")}
    write(case.home, {".netrc": f"machine pypi.example login {USER} password {passwords['.netrc']}\n"})
    looking = search({"pip.conf": str(case.index.password), **passwords})
    with (
        forward_proxy(bridge_address(), user=USER, password=passwords["proxy"]) as proxy,
        index_server({}, bridge_address(), user=USER, password=passwords["uv's index"]) as empty,
        looking.processes(),
    ):
        variables = {**by_pips_file(case), "UV_INDEX": empty.url("/simple"), "http_proxy": proxy.url()}
        code, stdout, stderr = case.run(**variables)
    assert (code, stdout) == (0, f"alpha for {case.project.name}\n".encode()), stderr
    looking.text("what caliban said", stderr)
    [image] = case.project.images()
    looking.image(image)
    looking.cache()
    assert looking.builds(case.home / ".docker") == 1
    looking.files("caliban's folder", case.project.home)
    looking.files("the user's home", case.home, without=(case.home / ".netrc", case.home / ".config/pip/pip.conf"))
    assert looking.found == set()
