"""MODULE may be a command that the project itself declares."""

import pytest
from conftest import MakeProject
from support import BASE, write

CLI = "import os, sys\ndef main():\n    print(os.getcwd(), sys.argv[1:], 'v1')\n    return 3\n"
SCRIPTS = '[project.scripts]\nmytrain = "pkg.cli:main"\n'
MANIFEST = f'[project]\nname = "p"\nversion = "1"\n{SCRIPTS}'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


@pytest.mark.parametrize("root", ["", "src/"])
@pytest.mark.parametrize("base", [(), ("--base_image", BASE)])
def test_a_command_runs_the_code_as_it_is_now(root: str, base: tuple[str, ...], make: MakeProject) -> None:
    project = make({"pyproject.toml": MANIFEST + SETUPTOOLS, f"{root}pkg/__init__.py": "", f"{root}pkg/cli.py": CLI})
    first = project.run(*base, "mytrain", "--", "--lr", "a b")
    write(project.folder, {f"{root}pkg/cli.py": CLI.replace("v1", "v2")})
    second = project.run(*base, "mytrain")
    assert (first.code, first.stdout) == (3, b"/usr/app ['--lr', 'a b'] v1\n"), first.stderr
    assert (second.code, second.stdout) == (3, b"/usr/app [] v2\n"), second.stderr
