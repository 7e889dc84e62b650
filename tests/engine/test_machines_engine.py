"""Machines behind a mirror, or without a network: torch, Debian's packages and wheels come from where the host says."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import MakeProject, MakeSearch
from msgspec import Struct
from msgspec.structs import replace
from servers import Server, bridge_address, index_server, mirror_of
from support import BASE, RealProject, docker, in_folder, wheel, write

from caliban.compiler.facts.frameworks.torch_at_hand import CPU
from caliban.compiler.locks.wheel_tags import can_install
from caliban.runtime.settings.asked import configured_sources
from caliban.runtime.settings.installers import InstallerSettings
from caliban.runtime.settings.local_packages import LocalPackages

UNSET = dict.fromkeys(["PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY"], "")
SAY = "import kit, numpy, torch\nprint(kit.name, torch.name, numpy.name)\n"
USER = "ada"


@pytest.fixture
def password() -> str:
    return secrets.token_hex()


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """The environment of a user without any settings of installers."""
    home = tmp_path / "user"
    home.mkdir()
    return {**UNSET, "HOME": str(home), "XDG_CONFIG_DIRS": str(home), "PIP_CONFIG_FILE": os.devnull}


def module(name: str, version: str, says: str, requires: tuple[str, ...] = ()) -> dict[str, bytes]:
    return wheel(name, version, {f"{name}.py": f"name = {says!r}\n"}, requires)


def pages_of(build: str, wheels: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pages and files of PyTorch's index for one build."""
    pages: dict[str, bytes] = {}
    for file, content in wheels.items():
        page = f"/simple/whl/{build}/{file.partition('-')[0]}/"
        pages[page] = f'<a href="/files/{quote(file)}">{file}</a>'.encode()
        pages[f"/files/{quote(file)}"] = content
    return pages


class Mirrors(Struct, frozen=True, kw_only=True):
    """A project that requires torch through another package, a mirror of PyPI, and one of PyTorch's index."""

    project: RealProject
    packages: Server
    torch: Server
    environment: Mapping[str, str]


@pytest.fixture
def mirrors(make: MakeProject, user: Mapping[str, str], password: str) -> Iterator[Mirrors]:
    project = make({"m/x.py": SAY, "requirements.txt": "kit\n"})
    packages = {
        **module("kit", "1.0", project.name, ("torch>=2", "numpy")),
        **module("torch", "2.0", "cuda"),
        **module("numpy", "1.9", "ours"),
    }
    torches = {**module("torch", "2.0+cpu", "cpu", ("numpy",)), **module("numpy", "2.0", "PyTorch's")}
    host = bridge_address()
    with (
        index_server(packages, host, user=USER, password=password) as ours,
        index_server({}, host, user=USER, password=password, more=pages_of("cpu", torches)) as pytorchs,
    ):
        environment = {**user, "PIP_INDEX_URL": ours.url("/simple")}
        yield Mirrors(project=project, packages=ours, torch=pytorchs, environment=environment)


def test_a_mirror_gives_torch_alone_and_its_password_stays_nowhere(
    mirrors: Mirrors, password: str, search: MakeSearch
) -> None:
    project = mirrors.project
    sought = search({"the password": password})
    environment = {**mirrors.environment, "CALIBAN_TORCH_INDEX": mirrors.torch.url("/simple/whl")}
    with sought.processes():
        ran = project.run("m/x.py", env=environment)
    assert ran[:2] == (0, f"{project.name} cpu ours\n".encode()), ran.stderr
    sought.text("stderr", ran.stderr)
    sought.image(f"caliban/{project.name}:cpu")
    sought.files("caliban's folder", project.home)
    sought.cache()
    assert sought.found == set()


def test_a_lock_has_torch_of_the_mirror_and_its_pins_are_installed_from_there(mirrors: Mirrors, password: str) -> None:
    project = mirrors.project
    environment = {**mirrors.environment, "CALIBAN_TORCH_INDEX": mirrors.torch.url("/simple/whl")}
    locked = project.caliban("lock", "m/x.py", env=environment)
    assert locked.code == 0, locked.stderr
    text = (project.folder / "caliban.lock").read_text()
    assert ("torch==2.0+cpu" in text, "numpy==1.9" in text, password in text) == (True, True, False), text
    ran = project.run("--locked", "m/x.py", env=environment)
    assert ran[:2] == (0, f"{project.name} cpu ours\n".encode()), ran.stderr


def test_by_default_torch_comes_from_the_hosts_own_index_and_that_is_said(mirrors: Mirrors) -> None:
    ran = mirrors.project.run("--torch_index", "default", "m/x.py", env=mirrors.environment)
    assert ran[:2] == (0, f"{mirrors.project.name} cuda ours\n".encode()), ran.stderr


def test_a_mirror_without_a_cpu_build_is_an_error(mirrors: Mirrors) -> None:
    environment = {**mirrors.environment, "CALIBAN_TORCH_INDEX": mirrors.packages.url("/simple")}
    ran = mirrors.project.run("m/x.py", env=environment)
    assert (ran.code, "--torch_index default" in ran.stderr) == (125, True), ran.stderr


def test_a_wheel_folder_serves_and_another_wheel_beside_reinstalls_nothing(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    project = make({"m/x.py": "import alpha, beta\nprint(alpha.name, beta.name)\n", "requirements.txt": "alpha<9\n"})
    folder, store = tmp_path / "wheels", tmp_path / "store"
    write(store, {**module("alpha", "1.0", project.name, ("beta",)), **module("beta", "1.0", "beta")})
    folder.mkdir()
    for path in store.iterdir():
        (folder / path.name).symlink_to(path)
    environment = {**user, "PIP_FIND_LINKS": str(folder), "PIP_NO_INDEX": "1"}
    ran = project.run("m/x.py", env=environment)
    assert ran[:2] == (0, f"{project.name} beta\n".encode()), ran.stderr
    write(folder, {**module("gamma", "1.0", "gamma"), **module("alpha", "9.0", "too new")})
    assert project.run("m/x.py", env=environment).builds == 0
    write(folder, module("beta", "1.1", "newer"))
    assert project.run("m/x.py", env=environment)[:2] == (0, f"{project.name} newer\n".encode())


def test_requirements_that_name_nothing_need_no_wheel_of_a_folder(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    project = make({"m/x.py": "print(1)\n", "requirements.txt": "# none yet\n"})
    write(tmp_path / "wheels", module("alpha", "1.0", "alpha"))
    ran = project.run("m/x.py", env={**user, "PIP_FIND_LINKS": str(tmp_path / "wheels")})
    assert ran[:2] == (0, b"1\n"), ran.stderr


def test_an_index_of_files_serves_though_its_pages_link_above_their_folder(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    project = make({"m/x.py": "import alpha\nprint(alpha.name)\n", "requirements.txt": "alpha\n"})
    files = module("alpha", "1.0", project.name)
    (file,) = files
    page = {"simple/alpha/index.html": f'<a href="../../files/{file}#sha256=">{file}</a>'}
    write(tmp_path / "mirror of PyPI", {**in_folder("files", files), **page})
    url = f"file://{quote(str(tmp_path))}/mirror%20of%20PyPI/simple"
    ran = project.run("m/x.py", env={**user, "PIP_INDEX_URL": url, "PIP_NO_INDEX": "1"})
    assert ran[:2] == (0, f"{project.name}\n".encode()), ran.stderr


def test_a_cpu_build_of_a_wheel_folder_is_taken_though_the_index_has_a_newer_one(
    make: MakeProject, user: Mapping[str, str], password: str, tmp_path: Path
) -> None:
    project = make({"m/x.py": SAY, "requirements.txt": "kit\n"})
    packages = {
        **module("kit", "1.0", project.name, ("torch", "numpy")),
        **module("torch", "3.0", "cuda"),
        **module("numpy", "1.0", "numpy"),
    }
    write(tmp_path / "wheels", module("torch", "2.0+cpu", "cpu"))
    with index_server(packages, bridge_address(), user=USER, password=password) as index:
        environment = {**user, "PIP_INDEX_URL": index.url("/simple"), "PIP_FIND_LINKS": str(tmp_path / "wheels")}
        ran = project.run("m/x.py", env=environment)
    assert ran[:2] == (0, f"{project.name} cpu numpy\n".encode()), ran.stderr


def test_a_torch_of_a_named_base_stays_though_a_wheel_folder_has_another(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    place = "$(python3 -c 'import site; print(site.getsitepackages()[0])')"
    written = (
        f"cd {place} && echo 'name = 1' > torch.py && mkdir torch-1.0.dist-info && cd torch-1.0.dist-info && "
        "printf 'Metadata-Version: 2.1\\nName: torch\\nVersion: 1.0\\n' > METADATA && echo torch.py,, > RECORD"
    )
    files = {"m/x.py": "import alpha, torch\nprint(torch.name)\n", "requirements.txt": "alpha\n"}
    project = make({**files, "Dockerfile": f"FROM {BASE}\nRUN {written}\n"})
    write(tmp_path / "wheels", {**module("alpha", "1.0", "alpha", ("torch",)), **module("torch", "2.0+cpu", "cpu")})
    environment = {**user, "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"}
    ran = project.run("--base_image", "Dockerfile", "m/x.py", env=environment)
    assert ran[:2] == (0, b"1\n"), ran.stderr


def test_gpu_mode_takes_no_cpu_build_of_a_wheel_folder(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    project = make({"m/x.py": "import torch\nprint(torch.name)\n", "requirements.txt": "torch\n"})
    write(tmp_path / "wheels", {**module("torch", "2.0+cpu", "cpu"), **module("torch", "2.0", "cuda")})
    environment = {**user, "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"}
    built = project.caliban("build", "--gpu", "m/x.py", env={**environment, "CALIBAN_GPU_DRIVER": "595.58.03"})
    assert built.code == 0, built.stderr
    image = built.stdout.decode().strip()
    assert docker("run", "--rm", image, "python", "-c", "import torch; print(torch.name)") == "cuda\n"


def test_a_project_is_built_by_tools_of_a_wheel_folder(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    """The backend is a wheel there; no index is asked."""
    backend = (
        "import zipfile\n"
        "def build_wheel(out, settings=None, metadata=None):\n"
        "    with zipfile.ZipFile(f'{out}/made-1.0-py3-none-any.whl', 'w') as file:\n"
        "        file.writestr('made.py', 'name = 1')\n"
        "        file.writestr('made-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: made\\nVersion: 1.0\\n')\n"
        "        file.writestr('made-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n')\n"
        "        file.writestr('made-1.0.dist-info/RECORD', '')\n"
        "    return 'made-1.0-py3-none-any.whl'\n"
    )
    write(tmp_path / "wheels", wheel("flit_core", "99.0", {"our_backend.py": backend}))
    manifest = (
        '[project]\nname = "made"\nversion = "1.0"\n'
        '[build-system]\nrequires = ["flit-core"]\nbuild-backend = "our_backend"\n'
    )
    project = make({"m/x.py": "import made\nprint(made.name)\n", "pyproject.toml": manifest})
    environment = {**user, "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"}
    assert project.run("m/x.py", env=environment)[:2] == (0, b"1\n")


def debian_of_the_base() -> str:
    """Where the base itself gets Debian's packages."""
    told = docker(
        "run", "--rm", BASE, "sh", "-c", "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null; true"
    )
    found = re.search(r"https?://[^/\s]+(?=/debian\b)", told)
    assert found is not None, told
    return found[0]


def test_debian_packages_come_from_the_mirror_and_the_image_keeps_its_sources(
    make: MakeProject, user: Mapping[str, str]
) -> None:
    read = "import glob\nprint(*(open(f).read() for f in glob.glob('/etc/apt/sources.list*/**', recursive=True)\n"
    read += "        if f.endswith(('.list', '.sources'))), open('/usr/share/doc/hello/copyright').read(6))\n"
    project = make({"x.py": read, ".calibanconfig.json": '{"apt_packages": ["hello"]}'})
    with mirror_of(debian_of_the_base(), bridge_address()) as mirror:
        address = f"http://{mirror.address}"
        ran = project.run("--no_cache", "--apt_mirror", address, "x.py", env=user)
    assert (ran.code, mirror.address in ran.stdout.decode()) == (0, False), ran.stderr
    assert [path for path in mirror.granted if path.startswith("/debian/pool/") and "/hello_" in path] != []


def test_an_ejected_build_is_lent_uv_where_its_registry_does_not_answer(
    make: MakeProject, user: Mapping[str, str], tmp_path: Path
) -> None:
    project = make({"x.py": "import alpha\nprint(alpha.name)\n", "requirements.txt": "--no-index\nalpha\n"})
    write(tmp_path / "lent" / "all" / "wheels", module("alpha", "1.0", project.name))
    environment = {**user, "PIP_FIND_LINKS": str(tmp_path / "lent" / "all" / "wheels")}
    # The registry of the uv image is one that nobody has, and the base is on the engine.
    script = project.run("--dry_run", "x.py", env=environment).stdout
    uv = tmp_path / "uv"
    uv.mkdir()
    (uv / "uv").write_bytes(Path(os.path.realpath(Path(sys.executable).with_name("uv"))).read_bytes())
    (uv / "uv").chmod(0o755)
    variables = {"CALIBAN_UV": str(uv), "CALIBAN_WHEELS": str(tmp_path / "lent")}
    done = subprocess.run(["sh"], input=script, env={**os.environ, **variables}, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{project.name}\n".encode()), done.stderr.decode()


def torch_of_this_machine() -> str | None:
    """The version of a CPU build of torch in a wheel folder that pip's own settings name."""
    local = LocalPackages(configured_sources((), InstallerSettings(os.environ)))
    machine = os.uname().machine
    builds = [file for file in local.files("torch") if file.version.endswith(CPU)]
    return next((file.version for file in builds if can_install(file.file, "3.11", machine)), None)


def test_a_real_torch_of_a_wheel_folder_computes(make: MakeProject) -> None:
    version = torch_of_this_machine()
    if version is None:
        pytest.skip("pip's settings name no wheel folder with a CPU build of torch for Python 3.11")
    code = "import torch\nprint(torch.__version__, torch.ones(3).sum().item(), torch.version.cuda)\n"
    project = make({"m/x.py": code, "requirements.txt": "torch\n"})
    ran = replace(project, wheel_folders=True).run("m/x.py")
    assert ran[:2] == (0, f"{version} 3.0 None\n".encode()), ran.stderr
