import zipfile
from pathlib import Path

import pytest

from caliban.runtime.settings.wheel_metadata import requirements_of

METADATA = "x-1.dist-info/METADATA"
REQUIRES = "Metadata-Version: 2.1\nName: x\nrequires-dist: six (>=1.5)\nRequires-Dist: a[b]; extra == 'c'\n"


def test_a_wheel_requires_what_its_fields_say_and_not_what_its_description_does(tmp_path: Path) -> None:
    path = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(METADATA, f"{REQUIRES}\nRequires-Dist: of-the-text\n")
    assert requirements_of(str(path)) == ("six (>=1.5)", "a[b]; extra == 'c'")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\5\6" + b"\0" * 18, b"PK\3\4"])
def test_what_is_no_wheel_requires_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x-1-py3-none-any.whl").write_bytes(content)
    assert requirements_of(str(tmp_path / "x-1-py3-none-any.whl")) == ()


def test_a_wheel_whose_metadata_is_no_text_requires_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(METADATA, b"Requires-Dist: \xff")
    assert requirements_of(str(path)) == ()


def test_a_source_archive_tells_nothing(tmp_path: Path) -> None:
    assert requirements_of(str(tmp_path / "x-1.tar.gz")) == ()
