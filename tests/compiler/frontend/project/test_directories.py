"""Which names of `-d` are names."""

from pathlib import Path

import pytest

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project.directories import extra_directories
from caliban.compiler.frontend.project.disk import Disk


def test_a_directory_may_have_a_name_of_blanks(tmp_path: Path) -> None:
    (tmp_path / " ").mkdir()
    assert extra_directories(Disk(str(tmp_path)), (" ",), str(tmp_path)) == (" ",)


@pytest.mark.parametrize("typed", ["", " ", "\t"])
def test_no_name_at_all_is_told_from_one_that_is_not_there(typed: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        extra_directories(Disk(str(tmp_path)), (typed,), str(tmp_path))
    (problem,) = caught.value.diagnostics
    assert (problem.code, "\t" in problem.message) == ("bad-name", False)
