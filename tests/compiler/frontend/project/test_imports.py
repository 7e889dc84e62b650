"""What the entry's code imports, but the copy lacks."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Place, render
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.imports import Code, Foreign, Unreached, foreign_imports, unreached_imports

SCRIPT = ("trainer", ".")  # the import path of `python trainer/train.py`
MODULE = (".",)  # of `python -m trainer.train`
PROJECT = {
    "common/__init__.py": "",
    "common/net.py": "",
    "plain/loader.py": "",
    "settings.py": "",
    "data/images.csv": "",
    "trainer/__init__.py": "",
    "trainer/model.py": "",
    "trainer/nn/__init__.py": "",
    "trainer/nn/layers.py": "",
}


def missed(
    folder: Path,
    train: str,
    *,
    search_path: tuple[str, ...] = MODULE,
    copied: tuple[str, ...] = ("trainer",),
    beside: Mapping[str, str] | None = None,
) -> list[str]:
    """The names that trainer/train.py misses; `beside` are more files of the project."""
    disk = project(folder, {**PROJECT, **(beside or {}), "trainer/train.py": train})
    return [found.name for found in unreached_imports(Code(disk, "trainer/train.py", search_path), copied, None)]


def test_a_folder_that_is_imported_but_not_copied_is_named_with_its_import(tmp_path: Path) -> None:
    disk = project(tmp_path, {**PROJECT, "trainer/train.py": "import os\nfrom common.net import Net\n"})
    assert unreached_imports(Code(disk, "trainer/train.py", MODULE), ("trainer",), None) == (
        Unreached("common", "common", Place(source="trainer/train.py", line=2, text="from common.net import Net")),
    )


@pytest.mark.parametrize(
    ("train", "names"),
    [
        ("import common", ["common"]),
        ("import common.net as net, settings", ["common", "settings"]),
        ("import plain.loader", ["plain"]),
        ("from plain import loader", ["plain"]),
        ("def late():\n    import common", ["common"]),
        ("with x:\n    for y in z:\n        import common", ["common"]),
        ("try:\n    import common\nfinally:\n    pass", ["common"]),
        ("try:\n    pass\nexcept OSError:\n    import common", ["common"]),
        ("if __name__ == '__main__':\n    import common", ["common"]),
        ("if sys.argv[1:]:\n    import common", ["common"]),
        ("match x:\n    case 1:\n        import common", ["common"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import common", ["common"]),
    ],
)
def test_imports_that_must_succeed_count(train: str, names: list[str], tmp_path: Path) -> None:
    assert missed(tmp_path, train) == names


@pytest.mark.parametrize(
    "train",
    [
        "import trainer.model, os, numpy",
        "import data",  # a folder without code
        "from . import model",
        "try:\n    import common\nexcept ImportError:\n    import settings",
        "try:\n    import common\nexcept (KeyError, ModuleNotFoundError):\n    common = None",
        "try:\n    import common\nexcept:\n    pass",
        "import typing\nif typing.TYPE_CHECKING:\n    import common",
        "with contextlib.suppress(ImportError):\n    import common",
        "import sys\nif sys.version_info < (3, 8):\n    import common\nelse:\n    import settings",
        "import sys\nif sys.version_info[0] == 2:\n    import common",
        "if platform.system() == 'Darwin':\n    import common",
        "if sys.platform.startswith('win'):\n    import common",
        "text = 'import common'",
        "import common (",
        "import common\0",
    ],
)
def test_imports_that_need_nothing_more_do_not_count(train: str, tmp_path: Path) -> None:
    assert missed(tmp_path, train) == []


def test_imports_are_followed_through_the_copied_code(tmp_path: Path) -> None:
    chain = {"trainer/model.py": "from .nn import layers", "trainer/nn/layers.py": "import common"}
    assert missed(tmp_path, "from trainer import model", beside=chain) == ["common"]


def test_the_main_part_of_an_imported_module_is_not_run(tmp_path: Path) -> None:
    model = "if __name__ == '__main__':\n    import common"
    assert missed(tmp_path, "import trainer.model", beside={"trainer/model.py": model}) == []


def test_code_that_imports_itself_in_circles_ends(tmp_path: Path) -> None:
    assert missed(tmp_path, "import trainer.model", beside={"trainer/model.py": "import trainer.train, settings"}) == [
        "settings"
    ]


def test_a_module_runs_the_packages_above_it_and_a_script_does_not(tmp_path: Path) -> None:
    disk = project(tmp_path, {**PROJECT, "trainer/__init__.py": "import common", "trainer/train.py": ""})
    for search_path, names in ((MODULE, ["common"]), (SCRIPT, [])):
        found = unreached_imports(Code(disk, "trainer/train.py", search_path), ("trainer",), None)
        assert [each.name for each in found] == names


def test_a_script_finds_its_neighbours_before_anything_else(tmp_path: Path) -> None:
    assert missed(tmp_path, "import settings, common", search_path=SCRIPT, beside={"trainer/settings.py": ""}) == [
        "common"
    ]


def test_copied_code_shadows_the_standard_library_and_other_code_does_not(tmp_path: Path) -> None:
    in_copy = {"trainer/queue.py": "import common", "secrets.py": "import settings"}
    assert missed(tmp_path, "import queue, secrets", search_path=SCRIPT, beside=in_copy) == ["common"]


def test_installed_names_are_not_missed(tmp_path: Path) -> None:
    disk = project(tmp_path, {**PROJECT, "trainer/train.py": "import common, settings"})
    found = unreached_imports(Code(disk, "trainer/train.py", MODULE), ("trainer",), {"common"})
    assert [each.name for each in found] == ["settings"]


def test_nothing_is_missed_once_it_is_copied(tmp_path: Path) -> None:
    assert missed(tmp_path, "import common.net", copied=("trainer", "common")) == []
    assert missed(tmp_path, "import common.net", copied=(".",)) == []


def test_a_part_of_a_package_that_is_copied_alone_is_not_enough(tmp_path: Path) -> None:
    more = {"models/net.py": "", "models/stored/weights.py": ""}
    assert missed(tmp_path, "import models.net", copied=("trainer", "models/stored"), beside=more) == ["models"]
    assert missed(tmp_path, "import models.stored.weights", copied=("trainer", "models/stored"), beside=more) == []


def test_shell_scripts_import_nothing(tmp_path: Path) -> None:
    assert unreached_imports(Code(Disk(str(tmp_path)), "scripts/go.sh", ("scripts", ".")), ("scripts",), None) == ()


def test_the_warning_says_what_to_do(tmp_path: Path) -> None:
    disk = project(tmp_path, {**PROJECT, "trainer/train.py": "import common\nimport settings"})
    found = unreached_imports(Code(disk, "trainer/train.py", MODULE), ("trainer",), None)
    assert (
        "\n".join(render(each.warning()) for each in found)
        == """\
warning[not-copied]: 'common' is imported, but 'common' is neither copied nor installed
  --> trainer/train.py:1
   |  import common
  hint: add -d common
warning[not-copied]: 'settings' is imported, but 'settings.py' is neither copied nor installed
  --> trainer/train.py:2
   |  import settings
  hint: move 'settings.py' into a folder that is copied,
        or copy the whole directory: -d ."""
    )


def foreign(folder: Path, files: Mapping[str, str], copied: str = ".") -> list[str]:
    """The modules that trainer/train.py needs from elsewhere."""
    disk = project(folder, {**PROJECT, **files})
    return [each.module for each in foreign_imports(Code(disk, "trainer/train.py", SCRIPT), (copied,))]


def test_what_neither_python_nor_the_project_has_is_foreign_with_its_first_import(tmp_path: Path) -> None:
    train = "import os, numpy as np\nimport common.net, settings, plain.loader\nfrom numpy import linalg\nimport cv2\n"
    disk = project(tmp_path, {**PROJECT, "trainer/train.py": train})
    assert foreign_imports(Code(disk, "trainer/train.py", SCRIPT), (".",)) == (
        Foreign("numpy", Place(source="trainer/train.py", line=1, text="import os, numpy as np")),
        Foreign("cv2", Place(source="trainer/train.py", line=4, text="import cv2")),
    )


@pytest.mark.parametrize(
    "train",
    [
        "try:\n    import numpy\nexcept ImportError:\n    import numpy.core",
        "import typing\nif typing.TYPE_CHECKING:\n    import numpy",
        "import common.missing, trainer.missing",
        "from .numpy import x",
        "import unpacked",  # vendored: unpacked/src/*.py, on a path that the code makes
        "import model",
        "import __main__, _thread, tomllib",
    ],
)
def test_what_may_be_absent_or_is_the_projects_own_is_not_foreign(train: str, tmp_path: Path) -> None:
    assert foreign(tmp_path, {"trainer/train.py": train, "unpacked/src/x.py": ""}) == []


def test_functions_of_the_entry_need_what_they_import_and_those_of_other_modules_may_not(tmp_path: Path) -> None:
    train = "import trainer.model\ndef late():\n    import numpy\n"
    files = {"trainer/train.py": train, "trainer/model.py": "def late():\n    import jax\n"}
    assert foreign(tmp_path, files) == ["numpy"]


def test_a_folder_of_data_is_not_the_package_of_its_name(tmp_path: Path) -> None:
    files = {"trainer/train.py": "import datasets, wandb", "datasets/x.csv": "", "wandb/run-1/files/x.json": ""}
    assert foreign(tmp_path, files) == ["datasets", "wandb"]


def test_parts_of_a_shared_package_are_foreign_each(tmp_path: Path) -> None:
    train = "from google.cloud import storage, bigquery\nimport google.protobuf\n"
    assert foreign(tmp_path, {"trainer/train.py": train}) == [
        "google.cloud.storage",
        "google.cloud.bigquery",
        "google.protobuf",
    ]
