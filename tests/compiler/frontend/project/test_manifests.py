"""Which manifests are copied beside the code: those that it looks for above itself, and that hold no secret."""

from pathlib import Path

import pytest
from test_copies import surveyed

SETUP = "from setuptools import setup\nsetup(name='pkg', packages=['pkg'])\n"
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "pkg"\n'
MANIFEST = HATCHLING + 'version = "1"\n'
TOKEN = '[[tool.uv.index]]\nname = "own"\nurl = "https://me:' + "hunter2" + '@example.com/simple"\n'
SEEKS = "from pathlib import Path\nROOT = next(f for f in Path(__file__).parents if (f / {}).exists())\n"


@pytest.mark.parametrize(
    ("files", "entry", "copied"),
    [
        ({"setup.py": SETUP, "pkg/t.py": SEEKS.format('"setup.py"')}, "pkg.t", ["setup.py"]),
        ({"setup.py": SETUP, "pkg/t.py": "open('../setup.py')\n"}, "pkg.t", ["setup.py"]),
        ({"setup.py": SETUP, "pkg/t.py": "# see setup.py\n"}, "pkg.t", []),
        ({"setup.py": SETUP, "pkg/t.py": "", "other/x.py": SEEKS.format('"setup.py"')}, "pkg.t", []),
        ({"setup.py": SETUP, "t.py": SEEKS.format('"setup.py"')}, "t.py", []),  # all is copied
        ({"pyproject.toml": MANIFEST, "pkg/t.py": SEEKS.format('"pyproject.toml"')}, "pkg.t", ["pyproject.toml"]),
        ({"pyproject.toml": MANIFEST, "setup.py": "", "pkg/t.py": SEEKS.format("'setup.py'")}, "pkg.t", ["setup.py"]),
        ({"pyproject.toml": MANIFEST + TOKEN, "pkg/t.py": SEEKS.format('"pyproject.toml"')}, "pkg.t", []),
        ({"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n", "pkg/t.py": "'pyproject.toml'"}, "pkg.t", []),
    ],
)
def test_a_manifest_is_copied_where_the_code_names_it(
    files: dict[str, str], entry: str, copied: list[str], tmp_path: Path
) -> None:
    found = surveyed(tmp_path, {"pkg/__init__.py": "", **files}, entry)
    assert [file.path for file in found.manifests] == copied
    assert {fact.path for fact in found.files} >= set(copied)
