"""The table of credential files that stay out of images, beside what other tools name."""

import json
import re
from pathlib import Path

import pytest
from tables.credentials import RECORDED, TABLE, examples, main, missing, names_in

from caliban.compiler.context.patterns import clean, read

ROWS = json.loads(TABLE.read_text("utf-8"))["files"]
GITLEAKS = r"""
[[rules]]
id = "stores"
path = '''(?i)(?:^|\/)[^\/]+\.(?:odd1|p12|jks)$'''
[[rules]]
id = "by content"
path = '''\.tf$'''
regex = '''secret'''
"""


def test_all_that_other_tools_name_is_left_out_or_copied_for_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main([]), capsys.readouterr().out) == (0, "credentials.json leaves out all of them\n")


def test_each_row_is_a_pattern_that_says_what_it_holds_and_where_that_is_documented() -> None:
    patterns = [row["pattern"] for row in ROWS]
    assert [read(clean(each) or "") and each for each in dict.fromkeys(patterns)] == patterns
    assert [row for row in ROWS if not row["holds"] or not re.match(r"https://\S+$", row["source"])] == []


def test_a_name_of_a_newer_tool_is_reported_with_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gitleaks.toml").write_text(GITLEAKS)
    (tmp_path / "names.txt").write_text("# of a tool\n.netrc\n.newrc\n")
    assert main([str(tmp_path / "gitleaks.toml"), str(tmp_path / "names.txt")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "gitleaks.toml: x.odd1 would be copied",
        "names.txt: .newrc would be copied",
        "2 missing in credentials.json",
    ]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        (r"(?i)(?:^|\/)[^\/]+\.p(?:12|fx)$", {"x.p12", "x.pfx"}),
        (r"\.?netrc$", {"netrc", ".netrc"}),
        (r"(^|/)id_(rsa|dsa)$", {"id_rsa", "id_dsa"}),
    ],
)
def test_an_expression_gives_a_name_for_each_way_through_it(expression: str, names: set[str]) -> None:
    assert set(examples(expression)) == names


def test_a_reason_to_copy_a_name_covers_no_other() -> None:
    assert missing(["a.conf", "b.conf"], ["**/*.key"], {"why": ["a.conf"]}) == ["b.conf"]
    assert set(names_in("x.json", RECORDED.read_text("utf-8"))) >= {"client.p12", ".npmrc"}
