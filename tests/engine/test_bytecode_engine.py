"""No run compiles an installed package: its bytecode is in the image, by the hash of its source."""

import hashlib
import json
import secrets

import pytest
from conftest import MakeProject
from servers import bridge_address, index_server
from support import BASE, Files, in_folder, wheel, write

# Bytes 4 to 8 of a .pyc are flags: 1 is a hash that nothing checks (PEP 552).
TELL = """
import compilable, importlib.util, pathlib
cached = pathlib.Path(compilable.__cached__)
source = pathlib.Path(compilable.__file__)
written = cached.read_bytes()[8:16] == importlib.util.source_hash(source.read_bytes())
print(cached.read_bytes()[4], written, sorted(each.name.split(".")[0] for each in cached.parent.iterdir()
      if each.name.startswith(("of_", "compilable"))))
"""
MODULES = {
    "compilable.py": "answer = 42",
    "of_python_2.py": "print 42",
    "of_an_encoding_that_it_does_not_tell.py": b"x = '\xe9'\n",
}
REQUIREMENTS = "--no-index\n--find-links ./wheels\ncompilable\n"
WHEELS = in_folder("wheels", wheel("compilable", "1.0", MODULES))


@pytest.mark.parametrize("base", [None, BASE])
def test_a_package_is_compiled_when_it_is_installed(base: str | None, make: MakeProject) -> None:
    options = () if base is None else ("--base_image", base)
    ran = make({**WHEELS, "requirements.txt": REQUIREMENTS, "m/x.py": TELL}).run(*options, "m.x")
    assert ran.stdout.decode() == "1 True ['compilable']\n", ran.stderr


def test_the_projects_own_package_is_compiled_too(make: MakeProject) -> None:
    manifest = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    setup = 'from setuptools import setup\nsetup(name="compilable", version="1.0", py_modules=["compilable"])\n'
    project = make({"pyproject.toml": manifest, "setup.py": setup, "compilable.py": "answer = 42", "m/x.py": TELL})
    ran = project.run("m.x")
    assert ran.stdout.decode() == "1 True ['compilable']\n", ran.stderr


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


def test_of_a_changed_lock_only_what_is_new_is_compiled(make: MakeProject) -> None:
    def wheel_of(name: str, version: str) -> Files:
        return wheel(name, version, {f"{name}.py": f"version = {version!r}  # {unique}\n"})

    unique, password = secrets.token_hex(), secrets.token_hex()
    old = {file: content for name in NAMES for file, content in wheel_of(name, "1.0").items()}
    now = {
        **{file: content for file, content in old.items() if not file.startswith("epsilon")},
        **wheel_of("epsilon", "1.1"),
    }
    project = make({"m/x.py": TELL_BOTH})
    (project.folder.parent / "user").mkdir()
    with index_server({**old, **now}, bridge_address(), user="ada", password=password) as server:
        netrc = project.folder.parent / "user" / ".netrc"
        netrc.write_text(f"machine {server.host} login ada password {password}\n")
        netrc.chmod(0o600)
        said = []
        for wheels in (old, now):
            write(project.folder, lock_of(server.address, wheels))
            ran = project.run("m.x", env={"NETRC": str(netrc)})
            assert ran.code == 0, ran.stderr
            said.append(sorted(set(ran.stdout.decode().splitlines())))
    ((before,), (after,)) = said
    compiled_at = before.split()[0]
    assert (before, after) == (f"{compiled_at} 1.0 True", f"{compiled_at} 1.1 True")
