"""Requirements that a manifest leaves to files beside it."""

from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.dependencies.manifests.packages import read_package
from caliban.compiler.input.project import Requirement

PYPROJECT = '[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n[tool.setuptools.dynamic]\n'
SIX = Requirement(name="six", text="six>1", place=Place(source="reqs.txt", line=2))
TOML = Requirement(name="toml", text="toml", place=Place(source="more.txt", line=1))
LISTS = {"reqs.txt": "# ours\nsix>1  # old\n", "more.txt": "toml"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": PYPROJECT + 'dependencies = { file = ["reqs.txt", "more.txt"] }\n'}, (SIX, TOML)),
        ({"pyproject.toml": PYPROJECT + 'dependencies = { file = "more.txt" }\n'}, (TOML,)),
        ({"pyproject.toml": PYPROJECT + 'dependencies = { attr = "x.y" }\n'}, None),
        ({"pyproject.toml": PYPROJECT + 'dependencies = { file = ["gone.txt"] }\n'}, None),
        ({"pyproject.toml": PYPROJECT + 'dependencies = { file = ["../reqs.txt"] }\n'}, None),
        ({"pyproject.toml": PYPROJECT + 'dependencies = { file = ["bad.txt"] }\n', "bad.txt": "-r reqs.txt\n"}, None),
        ({"setup.cfg": "[options]\ninstall_requires = file: reqs.txt, more.txt\n"}, (SIX, TOML)),
        ({"setup.cfg": "[options]\ninstall_requires = attr: x.y\n"}, None),
    ],
)
def test_files_are_read_where_they_are_plain_lists(
    tmp_path: Path, files: dict[str, str], expected: tuple[Requirement, ...] | None
) -> None:
    package = read_package(project(tmp_path, {**LISTS, **files}), ".")
    assert package is not None and package.requirements == expected
