"""Dockerfiles of the user's as a base: what ours must know of them, and that their text stays as it is."""

import re
from pathlib import Path

import pytest
from golden_cases import GOLDEN
from hypothesis import given
from hypothesis import strategies as st
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dockerfile.instructions import WORDS, instructions
from caliban.compiler.frontend.dockerfile.read import OURS, ReadDockerfile, read_dockerfile
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.user_dockerfile import UserDockerfile

FILE = "docker/Dockerfile"


def read(folder: Path, text: str, **files: str) -> ReadDockerfile:
    return read_dockerfile(project(folder, {FILE: text, **files}), FILE)


def base(folder: Path, text: str) -> UserDockerfile:
    return read(folder, text).dockerfile


@pytest.mark.parametrize(
    ("text", "named", "stage"),
    [
        ("FROM a", "FROM a AS base", "base"),
        ("FROM a\n\n", "FROM a AS base", "base"),
        ("FROM a as Own\nRUN x", "FROM a as Own\nRUN x", "own"),
        ("FROM a AS base\nFROM base\nUSER x", "FROM a AS base\nFROM base AS base-2\nUSER x", "base-2"),
        ("ARG V=1\nfrom --platform=p a:$V \\\n  # why\n  \nRUN x", None, "base"),
        ("FROM a\r\nRUN x \\\r\n  y\r\n", "FROM a AS base\nRUN x \\\n  y", "base"),
        (
            "FROM a\nRUN <<A <<-'B' cat\nFROM x\nA\n\tB\nRUN y",
            "FROM a AS base\nRUN <<A <<-'B' cat\nFROM x\nA\n\tB\nRUN y",
            "base",
        ),
        ("FROM a\nRUN x <<<y\nRUN z", "FROM a AS base\nRUN x <<<y\nRUN z", "base"),
        ("\ufeffFROM a", "FROM a AS base", "base"),
    ],
)
def test_only_a_last_stage_without_a_name_is_changed(tmp_path: Path, text: str, named: str | None, stage: str) -> None:
    found = base(tmp_path, text)
    assert found.stage == stage
    if named is not None:
        assert found.text == named


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("FROM a", None),
        ("FROM a\nUSER me\nUSER 1000:100", "1000:100"),
        ("FROM a AS x\nUSER me\nFROM b\nCOPY --from=x / /", None),
        ("FROM a AS x\nUSER me\nFROM X", "me"),
        ("FROM a\nUSER $ME", None),
    ],
)
def test_the_user_is_that_of_the_last_stage(tmp_path: Path, text: str, user: str | None) -> None:
    assert base(tmp_path, text).user == user


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("FROM a", "m.org/library/a"),
        ("FROM b.io/a AS x\nFROM X AS y\nFROM other\nFROM y", "m.org/b.io/a"),
        ("FROM scratch", "scratch"),
        ("FROM a-$TARGETARCH", "scratch"),
    ],
)
def test_the_image_that_it_comes_from_is_known(tmp_path: Path, text: str, origin: str) -> None:
    assert base(tmp_path, text).by_mirror("m.org").origin == origin


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("FROM a AS x", "FROM m.org/library/a AS x"),
        ("FROM --platform=linux/amd64 linux AS x", "FROM --platform=linux/amd64 m.org/library/linux AS x"),
        ("ARG T=1\nARG I=b/a:$T\nFROM ${I:-c} AS x", "ARG T=1\nARG I=b/a:$T\nFROM m.org/b/a:1 AS x"),
        ("FROM ${I:-c} AS x", "FROM m.org/library/c AS x"),
        ("FROM scratch AS y\nFROM y AS x", "FROM scratch AS y\nFROM y AS x"),
        ("FROM a-$TARGETARCH AS x", "FROM a-$TARGETARCH AS x"),
        ("FROM a \\\n AS x\nCOPY --from=x / /", "FROM m.org/library/a \\\n AS x\nCOPY --from=x / /"),
        ("FROM a\nCOPY --from=b / /", "FROM m.org/library/a AS base\nCOPY --from=m.org/library/b / /"),
        ("FROM a \\\n# a\n AS x", "FROM m.org/library/a \\\n# a\n AS x"),
        ("FROM a AS x\nCOPY --from=$B / /", "FROM m.org/library/a AS x\nCOPY --from=$B / /"),
        ("FROM m.org/a AS x\nCOPY --from=0 a b", "FROM m.org/a AS x\nCOPY --from=0 a b"),
        (
            "FROM a AS x\nRUN --mount=type=bind,from=b,target=/b --mount=from=x,target=/c \\\n --mount=from=c.io/c d",
            "FROM m.org/library/a AS x\nRUN --mount=type=bind,from=m.org/library/b,target=/b "
            "--mount=from=x,target=/c \\\n --mount=from=m.org/c.io/c d",
        ),
    ],
)
def test_a_mirror_changes_images_and_no_stages(tmp_path: Path, text: str, mirrored: str) -> None:
    assert base(tmp_path, text).by_mirror("m.org").text == mirrored


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("RUN x", ()),
        ("COPY a.txt ./d/ /x", ("a.txt", "d")),
        ("COPY --chown=1:1 --chmod=755 /a.txt /x", ("a.txt",)),
        ('ADD ["a.txt", "my file", "/x"]', ("a.txt", "my file")),
        ("COPY 'my file' /x", ("my file",)),
        ("COPY a.txt ../../d/b.txt \\\n  # why\n  /x", ("a.txt", "d/b.txt")),
        ("COPY . /x", (".",)),
        ("COPY a.txt *.py /x", (".",)),
        ("COPY $WHAT /x", (".",)),
        ("COPY --from=other a.txt /x", ()),
        ("ADD https://example.com/x git@example.com:x /x", ()),
        ("COPY <<EOF /x\nCOPY nothing /\nEOF", ()),
        ("ONBUILD copy a.txt /x", ("a.txt",)),
        ("RUN --mount=type=bind,source=d,target=/d x", ("d",)),
        ("RUN --mount=target=/d x", (".",)),
        ("RUN --mount=type=cache,target=/d --mount=type=bind,from=b,target=/e x", ()),
    ],
)
def test_what_it_reads_of_the_project_is_known(tmp_path: Path, text: str, needed: tuple[str, ...]) -> None:
    files = {"a.txt": "", "d/b.txt": "", "my file": "", "c.py": ""}
    assert read(tmp_path, f"FROM a\n{text}", **files).needed == needed


def test_a_text_of_other_bytes_is_rejected_with_its_line(tmp_path: Path) -> None:
    disk = project(tmp_path, {FILE: ""})
    (tmp_path / FILE).write_bytes(b"FROM a\nLABEL by=\xff\n")
    with pytest.raises(Rejected) as caught:
        read_dockerfile(disk, FILE)
    assert f"{FILE}:2" in told(caught.value)


def test_the_stages_of_ours_are_those_that_no_stage_of_the_users_may_be_called() -> None:
    texts = [path.read_text(encoding="utf-8") for path in GOLDEN.glob("*/Dockerfile")]
    ours = {name for text in texts for name in re.findall(r"(?m)^FROM (?:common|scratch|\S+:\S+) AS (\S+)$", text)}
    of_golden_projects = {"base", "builder", "tools", "last", "lab"}
    on_our_bases_only = {"cuda", "cuda-wheels"}
    assert [name for name in ours - of_golden_projects - on_our_bases_only if not OURS.fullmatch(name)] == []


LINES = st.lists(
    st.tuples(
        st.sampled_from((*WORDS, "from", "#", "# escape=", "\t", "")),
        st.text(alphabet="ab $={}<'\"\\,-[]\r:/", max_size=12),
    ).map(" ".join),
    max_size=6,
)


@given(LINES)
def test_any_text_is_rejected_with_a_hint_or_ends_where_ours_begins(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "Dockerfile").write_text("\n".join(["FROM a", *lines]), encoding="utf-8")
    try:
        found = read_dockerfile(Disk(str(folder)), "Dockerfile").dockerfile
    except Rejected as rejected:
        assert all(problem.hint for problem in rejected.diagnostics)
        return
    below = f"{found.text}\n\n# ours\nFROM {found.stage}\n"
    assert instructions(below, "Dockerfile")[-1][:2] == ("FROM", found.stage)
