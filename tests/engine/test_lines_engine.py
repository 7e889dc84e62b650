"""Every line of requirements reaches the installer, however the file is written (SPEC §3)."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import MakeProject
from servers import bridge_address
from support import Files, in_folder, wheel, write

LIST = """
from importlib.metadata import distributions
print(*sorted(f"{d.name}=={d.version}" for d in distributions() if d.name not in ("pip", "setuptools", "wheel")))
"""
ALPHA = wheel("alpha", "1.0", {"alpha.py": ""})
WHEELS = {**ALPHA, **wheel("alpha", "2.0rc1", {"alpha.py": ""}), **wheel("beta", "1.0", {"beta.py": ""})}
HASH = f"--hash=sha256:{hashlib.sha256(ALPHA['alpha-1.0-py3-none-any.whl']).hexdigest()}"
ENVIRONMENT = "dependencies:\n- pip\n- pip:\n  - "


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *words: object) -> None:
        """Says nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where builds find the wheels, and a list that names one of them."""
    host = bridge_address()
    folder = tmp_path / "served"
    server = ThreadingHTTPServer((host, 0), partial(_Quiet, directory=str(folder)))
    start = f"http://{host}:{server.server_port}"
    write(folder, {**WHEELS, "more.txt": f"{start}/alpha-1.0-py3-none-any.whl\n"})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield start
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("line", ["ADDRESS/alpha-1.0-py3-none-any.whl", "-r ADDRESS/more.txt"])
@pytest.mark.parametrize("file", ["requirements.txt", "named.txt", "environment.yml"])
def test_a_line_without_a_name_is_installed_where_it_is_the_only_one(
    line: str, file: str, make: MakeProject, address: str
) -> None:
    text = f"{ENVIRONMENT if file == 'environment.yml' else ''}{line.replace('ADDRESS', address)}\n"
    words = ("--requirements", file) if file == "named.txt" else ()
    ran = make({"m/x.py": LIST, file: text}).run(*words, "m/x.py")
    assert (ran.code, ran.stdout) == (0, b"alpha==1.0\n"), ran.stderr


def encoded(files: Files) -> dict[str, str | bytes]:
    return {name: text.encode("utf-16") if isinstance(text, str) else text for name, text in files.items()}


@pytest.mark.parametrize("hashed", [False, True])
def test_files_that_powershell_wrote_are_installed(hashed: bool, make: MakeProject) -> None:
    """With hashes the files themselves are mounted, and edited in the build."""
    pin = f"alpha==1.0 {HASH if hashed else ''}"
    files = encoded({
        "requirements.txt": f"--no-index --find-links wheels\r\npython >= 3.8\r\n-r more.txt\r\n{pin}\r\n",
        "more.txt": "-c limits.txt\r\n",
    })  # fmt: skip
    limits = {"limits.txt": "# -*- coding: latin-1 -*-\nalpha<2  # é\n".encode("latin-1")}
    ran = make({"m/x.py": LIST, **in_folder("wheels", WHEELS), **files, **limits}).run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b"alpha==1.0\n"), ran.stderr


def test_a_prerelease_is_installed_where_a_line_asks_for_them(make: MakeProject) -> None:
    text = "--no-index --find-links wheels\nalpha\n"
    files = {"m/x.py": LIST, "requirements.txt": text, "pre.txt": f"--pre\n{text}", **in_folder("wheels", WHEELS)}
    project = make(files)
    ran = [project.run("m/x.py"), project.run("--requirements", "pre.txt", "m/x.py")]
    assert [each.stdout for each in ran] == [b"alpha==1.0\n", b"alpha==2.0rc1\n"], ran


def test_what_conda_list_exports_is_installed(make: MakeProject) -> None:
    listed = "# platform: linux-64\nalpha=1.0=py_0\nbeta=1.0=pypi_0\n_libgcc_mutex=0.1=main\n"
    config = {".calibanconfig.json": '{"dependencies": ["where.txt", "requirements.txt"]}'}
    files = {"requirements.txt": listed, "where.txt": "--no-index\n--find-links wheels\n", **config}
    ran = make({"m/x.py": LIST, **files, **in_folder("wheels", WHEELS)}).run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b"alpha==1.0 beta==1.0\n"), ran.stderr
