"""Bytecode of packages is in the image of a long sweep, and in no other."""

import hashlib
import json
import secrets

import pytest
from conftest import MakeProject
from servers import bridge_address, index_server
from support import Files, in_folder, wheel, write

pytestmark = pytest.mark.engine

TELL = """
import importlib.util, os
print(os.path.exists(importlib.util.find_spec("compilable").cached))
import compilable
"""
FILES: Files = {
    **in_folder("wheels", wheel("compilable", "1.0", {"compilable.py": "answer = 42", "of_python_2.py": "print 42"})),
    "requirements.txt": "--no-index\n--find-links ./wheels\ncompilable\n",
    "m/x.py": TELL,
    "long.json": json.dumps({"n": [1, 2, 3, 4, 5]}),
    "short.json": json.dumps({"n": [1, 2]}),
}


def test_a_long_sweep_finds_its_packages_compiled(make: MakeProject) -> None:
    project = make(FILES)
    long, short = (project.run("--experiment_config", f"{name}.json", "m.x") for name in ("long", "short"))
    assert (long.stdout, short.stdout) == (b"True\n" * 5, b"False\n" * 2), long.stderr


NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")
TELL_BOTH = """
import os, alpha, epsilon
print(os.stat(alpha.__cached__).st_mtime_ns, epsilon.version, os.path.exists(epsilon.__cached__))
"""


def lock_of(address: str, wheels: Files) -> Files:
    """A project that needs these, and its lock."""
    entries = []
    for name, content in wheels.items():
        package, version = name.split("-")[:2]
        digest = hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
        file = f'wheels = [{{ url = "http://{address}/files/{name}", hash = "sha256:{digest}" }}]'
        source = f'source = {{ registry = "http://{address}/simple" }}'
        entries.append(f'[[package]]\nname = "{package}"\nversion = "{version}"\n{source}\n{file}\n')
    needed = ", ".join(f'{{ name = "{name}" }}' for name in NAMES)
    root = f'[[package]]\nname = "demo"\nsource = {{ virtual = "." }}\ndependencies = [{needed}]\n'
    return {
        "pyproject.toml": f'[project]\nname = "demo"\nversion = "1"\ndependencies = {json.dumps(NAMES)}\n',
        "uv.lock": f"version = 1\n{root}{''.join(entries)}",
    }


def test_a_changed_lock_has_only_what_is_new_compiled(make: MakeProject) -> None:
    def wheel_of(name: str, version: str) -> Files:
        return wheel(name, version, {f"{name}.py": f"version = {version!r}  # {unique}\n"})

    unique, password = secrets.token_hex(), secrets.token_hex()
    old = {file: content for name in NAMES for file, content in wheel_of(name, "1.0").items()}
    now = {
        **{file: content for file, content in old.items() if not file.startswith("epsilon")},
        **wheel_of("epsilon", "1.1"),
    }
    project = make({"m/x.py": TELL_BOTH, "long.json": FILES["long.json"]})
    (project.folder.parent / "user").mkdir()
    with index_server({**old, **now}, bridge_address(), user="ada", password=password) as server:
        netrc = project.folder.parent / "user" / ".netrc"
        netrc.write_text(f"machine {server.host} login ada password {password}\n")
        netrc.chmod(0o600)
        said = []
        for wheels in (old, now):
            write(project.folder, lock_of(server.address, wheels))
            ran = project.run("--experiment_config", "long.json", "m.x", env={"NETRC": str(netrc)})
            assert ran.code == 0, ran.stderr
            said.append(sorted(set(ran.stdout.decode().splitlines())))
    ((before,), (after,)) = said
    compiled_at = before.split()[0]
    assert (before, after) == (f"{compiled_at} 1.0 True", f"{compiled_at} 1.1 True")
