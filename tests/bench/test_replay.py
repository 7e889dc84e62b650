import subprocess
from pathlib import Path

import pytest
from histories import GENERATED, Commit, Size, generate, of_repository
from replay import replay

from caliban.compiler.facts.data_files import table

BUILDS = 120


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pattern", GENERATED)
def test_no_simple_rule_is_cheaper_by_more_than_inertia_allows(pattern: str, seed: int) -> None:
    """An order stays until another repays it in so many builds: so much of its rebuild each build may lose."""
    cost = replay(generate(GENERATED[pattern], commits=BUILDS, seed=seed))
    allowance = cost.everything_once * BUILDS / table("costs")["horizon"]
    assert cost.caliban <= min(cost.as_typed, cost.large_to_small) + allowance


@pytest.mark.parametrize("pattern", GENERATED)
def test_the_worse_of_the_simple_rules_is_never_cheaper(pattern: str) -> None:
    cost = replay(generate(GENERATED[pattern], commits=BUILDS, seed=0))
    assert cost.caliban < max(cost.as_typed, cost.large_to_small)


def test_an_order_that_nothing_speaks_against_is_built_once() -> None:
    quiet = Commit(frozenset(), {"data": Size(10**9, 10), "trainer": Size(10**6, 10)}, "trainer")
    cost = replay((quiet,) * 5)
    assert cost.caliban == cost.as_typed == cost.large_to_small == cost.everything_once


def test_a_repository_tells_what_each_commit_changed_and_how_big_its_folders_were(tmp_path: Path) -> None:
    git = ("git", "-C", str(tmp_path), "-c", "user.name=me", "-c", "user.email=me@example.org")
    subprocess.run((*git, "init", "--quiet"), check=True)
    for path, text in (("code/a.py", "1\n"), ("data/b", "12345\n"), ("code/a.py", "100\n")):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
        subprocess.run((*git, "add", "."), check=True)
        subprocess.run((*git, "commit", "--quiet", "--message", path), check=True)
    assert of_repository(tmp_path, code="code") == (
        Commit(frozenset({"code/a.py"}), {"code": Size(2, 1)}, "code"),
        Commit(frozenset({"data/b"}), {"data": Size(6, 1), "code": Size(2, 1)}, "code"),
        Commit(frozenset({"code/a.py"}), {"data": Size(6, 1), "code": Size(4, 1)}, "code"),
    )
