"""Which packages are installed in place: those whose metadata no module can change, and whose modules are copied."""

from pathlib import Path

import pytest
from projects import project

from caliban.compiler.frontend.dependencies.editable import with_editable_install
from caliban.compiler.frontend.dependencies.manifests.packages import read_package
from caliban.compiler.input.project import EditableInstall

PROJECT = '[project]\nname = "My.Trainer"\nversion = "1"\n'
FLAT, SRC = {"my_trainer/__init__.py": ""}, {"src/my_trainer/__init__.py": ""}
TWO = {"one/__init__.py": "", "two/__init__.py": ""}
BACKENDS = {
    "setuptools": "setuptools.build_meta",
    "hatchling": "hatchling.build",
    "flit_core": "flit_core.buildapi",
    "uv_build": "uv_build",
    "poetry-core": "poetry.core.masonry.api",
}


def manifest(requires: str, more: str = "", text: str = PROJECT) -> str:
    name = requires.partition(" ")[0]
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{BACKENDS[name]}"\n{text}{more}'


def found(folder: Path, text: str, files: dict[str, str], *copied: str) -> EditableInstall | None:
    disk = project(folder, {"pyproject.toml": text, **files})
    package = read_package(disk, ".")
    assert package is not None
    return with_editable_install(disk, package, copied or (".",)).editable


DESCRIBED = PROJECT.replace("My.Trainer", "my-trainer") + 'description = "a trainer"\n'
HERE = 'module-root = ""\n'
FIND = "[tool.setuptools.packages.find]\n"


@pytest.mark.parametrize(
    ("text", "files", "modules"),
    [
        (manifest("setuptools"), FLAT, ("my_trainer",)),
        (manifest("setuptools >=61"), {**FLAT, "tests/x.py": "", "docs/y": "", ".git/z": ""}, ("my_trainer",)),
        (manifest("setuptools >=61,<81"), SRC, ("src/my_trainer",)),
        (manifest("setuptools"), {**SRC, "src/other/__init__.py": ""}, ("src/my_trainer", "src/other")),
        (manifest("setuptools", '[tool.setuptools]\npackages = ["one", "two"]\n'), TWO, ("one", "two")),
        (manifest("setuptools", FIND + 'where = ["src"]\n'), SRC, ("src/my_trainer",)),
        (manifest("setuptools", FIND + 'include = ["o*"]\n'), TWO, ("one",)),
        (manifest("hatchling"), FLAT, ("my_trainer",)),
        (manifest("hatchling"), SRC, ("src/my_trainer",)),
        (manifest("hatchling", '[tool.hatch.build.targets.wheel]\npackages = ["one", "two"]\n'), TWO, ("one", "two")),
        (manifest("flit_core >=3.2,<4", text=DESCRIBED), FLAT, ("my_trainer",)),
        (manifest("flit_core", '[tool.flit.module]\nname = "one"\n', text=DESCRIBED), TWO, ("one",)),
        (manifest("uv_build >=0.8,<0.9"), SRC, ("src/my_trainer",)),
        (manifest("uv_build", f"[tool.uv.build-backend]\n{HERE}"), FLAT, ("my_trainer",)),
    ],
)
def test_the_rules_of_a_backend_say_where_modules_are(
    text: str, files: dict[str, str], modules: tuple[str, ...], tmp_path: Path
) -> None:
    assert found(tmp_path, text, files) == EditableInstall(
        name="my-trainer", files=("pyproject.toml",), modules=modules
    )


def in_hatch(table: str, line: str) -> str:
    return manifest("hatchling", f"[tool.hatch.{table}]\n{line}\n")


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (manifest("poetry-core"), FLAT),  # its rules are not known here
        (manifest("setuptools"), {**FLAT, "setup.py": ""}),
        (manifest("setuptools"), {**FLAT, "setup.cfg": "[options]\n"}),
        (manifest("setuptools"), {**FLAT, "data/1.bin": ""}),  # setuptools refuses to choose
        (manifest("setuptools"), {**SRC, "src/loose.py": ""}),
        (manifest("setuptools <64"), FLAT),  # knows no editable install
        (manifest("setuptools").replace('["setuptools"]', '["setuptools", "cython"]'), FLAT),
        (manifest("setuptools", '[tool.setuptools.cmdclass]\nbuild_py = "mine.Build"\n'), FLAT),
        (manifest("setuptools", '[[tool.setuptools.ext-modules]]\nname = "x"\nsources = ["x.c"]\n'), FLAT),
        (manifest("setuptools", FIND + 'exclude = ["tests*"]\n'), TWO),
        (manifest("setuptools", FIND + "namespaces = true\n"), FLAT),
        (manifest("hatchling"), {"other/__init__.py": ""}),
        (manifest("hatchling"), {**FLAT, "hatch.toml": ""}),
        (manifest("hatchling"), {**FLAT, "my_trainer.py": ""}),
        (in_hatch("build.hooks.custom", ""), FLAT),
        (in_hatch("metadata.hooks.custom", ""), FLAT),
        (in_hatch("build.targets.wheel", 'exclude = ["*.md"]'), FLAT),
        (in_hatch("build.targets.wheel.force-include", '"a" = "b"'), FLAT),
        (manifest("flit_core"), FLAT),  # the description is in a module
        (manifest("uv_build", '[tool.uv.build-backend.data]\nscripts = "bin"\n'), SRC),
        (manifest("uv_build", 'license-files = ["LICENSE"]\n'), {**SRC, "LICENSE": ""}),
        (manifest("hatchling", 'readme = "gone.md"\n'), FLAT),
        (manifest("hatchling", 'license-files = ["legal/*"]\n'), FLAT),
        (manifest("hatchling", 'license-files = { globs = ["legal/*"] }\n'), FLAT),  # as a draft of PEP 639 had it
        (manifest("setuptools", "[tool]\nsetuptools = 3\n"), FLAT),
        (manifest("setuptools", '[tool.setuptools]\npackages = [""]\n'), {"__init__.py": ""}),
        (manifest("setuptools", '[tool.setuptools]\npackages = ["../up"]\n'), FLAT),
        (in_hatch("build.targets.wheel", 'packages = ["."]'), {"__init__.py": ""}),
        (in_hatch("build.targets.wheel", 'packages = ["/etc", "a\\u0000b"]'), FLAT),
        (manifest("hatchling", 'readme = "README.md"\n'), {**FLAT, "README.md": "", ".dockerignore": "*.md\n"}),
        (manifest("hatchling"), {**FLAT, ".dockerignore": "my_trainer\n"}),
        (manifest("hatchling").replace("[project]", 'backend-path = ["."]\n[project]'), FLAT),
    ],
)
def test_where_anything_else_decides_the_whole_folder_is_built(
    text: str, files: dict[str, str], tmp_path: Path
) -> None:
    assert found(tmp_path, text, files) is None


@pytest.mark.parametrize("copied", [("one",), ("scripts", "two"), ("ones", "twos"), ("one/two",)])
def test_a_package_of_which_a_part_is_not_copied_is_built(copied: tuple[str, ...], tmp_path: Path) -> None:
    text = manifest("hatchling", '[tool.hatch.build.targets.wheel]\npackages = ["one", "two"]\n')
    assert found(tmp_path, text, TWO, *copied) is None


@pytest.mark.parametrize("copied", [("one", "two"), (".",), ("scripts", "two", "one")])
def test_it_does_not_matter_which_copy_brings_the_modules(copied: tuple[str, ...], tmp_path: Path) -> None:
    text = manifest("hatchling", '[tool.hatch.build.targets.wheel]\npackages = ["one", "two"]\n')
    assert found(tmp_path, text, TWO, *copied) is not None


DYNAMIC = '[project]\nname = "my-trainer"\ndynamic = ["version"]\n'
ATTR = '[tool.setuptools.dynamic]\nversion = { attr = "my_trainer.__version__" }\n'
FILE = '[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n'
PATH = '[tool.hatch.version]\npath = "my_trainer/about.py"\n'
LITERAL = {"my_trainer/__init__.py": "__version__ = '1.2'  # the next one\n"}


@pytest.mark.parametrize(
    ("text", "files", "path"),
    [
        (manifest("setuptools", ATTR, DYNAMIC), LITERAL, "my_trainer/__init__.py"),
        (manifest("setuptools", FILE, DYNAMIC), {**FLAT, "VERSION": "1.2"}, "VERSION"),
        (manifest("hatchling", PATH, DYNAMIC), {**FLAT, "my_trainer/about.py": ""}, "my_trainer/about.py"),
    ],
)
def test_a_version_may_be_in_one_file(text: str, files: dict[str, str], path: str, tmp_path: Path) -> None:
    install = found(tmp_path, text, files)
    assert install is not None
    assert install.files == ("pyproject.toml", path)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (manifest("setuptools", ATTR, DYNAMIC), {"my_trainer/__init__.py": "__version__ = '.'.join('12')\n"}),
        (manifest("setuptools", ATTR, DYNAMIC), {"my_trainer/__init__.py": "from .about import __version__\n"}),
        (manifest("setuptools", ATTR, DYNAMIC), {"my_trainer/__init__.py": "__version__ = '1'\n__version__ = '2'\n"}),
        (manifest("setuptools", ATTR, DYNAMIC), {"my_trainer/__init__.py": "__version__ = '1\n"}),
        (manifest("setuptools", FILE, DYNAMIC), FLAT),
        (manifest("setuptools", FILE, DYNAMIC.replace('"version"', '"version", "readme"')), {**FLAT, "VERSION": "1"}),
        (
            manifest("hatchling", '[tool.hatch.version]\nsource = "code"\npath = "x.py"\n', DYNAMIC),
            {**FLAT, "x.py": ""},
        ),
        (manifest("hatchling", text=DYNAMIC), FLAT),
        (manifest("uv_build", text=DYNAMIC), SRC),
        (manifest("setuptools >=abc"), FLAT),
    ],
)
def test_a_version_that_code_makes_is_built(text: str, files: dict[str, str], tmp_path: Path) -> None:
    assert found(tmp_path, text, files) is None


def test_a_file_that_holds_the_version_is_no_stub(tmp_path: Path) -> None:
    install = found(tmp_path, manifest("setuptools", ATTR, DYNAMIC), LITERAL)
    assert install is not None
    assert install.stubs == ()


def test_a_link_is_no_package(tmp_path: Path) -> None:
    project(tmp_path, {"elsewhere/__init__.py": ""})
    (tmp_path / "my_trainer").symlink_to("elsewhere")
    assert found(tmp_path, manifest("hatchling"), {}) is None


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        ('readme = "README.md"\n', ("README.md", "LICENSE", "NOTICE.txt")),
        ('readme = { file = "docs/x.rst", content-type = "text/x-rst" }\n', ("docs/x.rst", "LICENSE", "NOTICE.txt")),
        ('license = { file = "docs/x.rst" }\n', ("docs/x.rst", "LICENSE", "NOTICE.txt")),
        ('license = "MIT"\nlicense-files = ["L*"]\n', ("LICENSE",)),
        ('readme = { text = "README.md", content-type = "text/plain" }\n', ("LICENSE", "NOTICE.txt")),
    ],
)
def test_the_files_are_those_that_decide_about_the_metadata(lines: str, files: tuple[str, ...], tmp_path: Path) -> None:
    others = {**FLAT, "README.md": "", "LICENSE": "", "NOTICE.txt": "", "docs/x.rst": "", "CHANGELOG.md": ""}
    install = found(tmp_path, manifest("hatchling", lines), others)
    assert install is not None
    assert install.files == ("pyproject.toml", *files)
