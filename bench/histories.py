"""Histories of commits to replay: what each changed, and how big each folder was; from git, or made from a pattern."""

import random
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

CODE = "trainer"


class Size(NamedTuple):
    """How big a folder is."""

    bytes: int
    files: int


class Commit(NamedTuple):
    """One commit of a project whose folders are all copied."""

    changed: frozenset[str]  # files
    sizes: Mapping[str, Size]  # by folder, in the order in which the user names them
    code: str  # which of them is the code


class Habit(NamedTuple):
    """How one folder of a project is worked on."""

    size: Size
    chances: tuple[float, ...]  # that a commit changes it: through equal parts of the history, one after the other
    growth: int = 0  # bytes that each change adds


MB = 1_000_000
_HOT = Habit(Size(MB, 200), (0.9,))

# In the order of the command line, which is nobody's plan.
GENERATED: dict[str, dict[str, Habit]] = {
    "hot code, warm configs, cold data": {
        "configs": Habit(Size(100_000, 40), (0.25,)),
        "data": Habit(Size(1000 * MB, 10), (0.01,)),
        "models": Habit(Size(200 * MB, 5), (0.05,)),
        CODE: _HOT,
    },
    "a growing data folder": {
        "archive": Habit(Size(400 * MB, 20), (0.02,)),
        "samples": Habit(Size(50 * MB, 500), (0.5,), growth=8 * MB),
        "vocabulary": Habit(Size(100 * MB, 2), (0.02,)),
        CODE: _HOT,
    },
    "large files that change, small ones that do not": {
        "checkpoints": Habit(Size(600 * MB, 6), (0.4,)),
        "images": Habit(Size(200 * MB, 50_000), (0.01,)),
        "labels": Habit(Size(2 * MB, 100), (0.3,)),
        CODE: _HOT,
    },
    "work that moves from one folder to another": {
        "first": Habit(Size(300 * MB, 30), (0.5, 0.0)),
        "second": Habit(Size(300 * MB, 30), (0.0, 0.5)),
        "third": Habit(Size(500 * MB, 30), (0.02,)),
        CODE: _HOT,
    },
}


def generate(habits: Mapping[str, Habit], *, commits: int, seed: int) -> tuple[Commit, ...]:
    """A history of this pattern; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # the same history every time
    sizes = {folder: habit.size for folder, habit in habits.items()}
    found: list[Commit] = []
    for number in range(commits):
        changed: set[str] = set()
        for folder, habit in habits.items():
            if chance.random() < habit.chances[number * len(habit.chances) // commits]:
                changed.add(f"{folder}/{chance.randrange(habit.size.files)}")
                grown = habit.growth > 0
                sizes[folder] = Size(sizes[folder].bytes + habit.growth, sizes[folder].files + grown)
        found.append(Commit(frozenset(changed), dict(sizes), CODE))
    return tuple(found)


def of_repository(root: Path, *, code: str) -> tuple[Commit, ...]:
    """The first parents of a repository, the oldest first; its folders in the order of their names, the code last."""
    hashes = _git(root, "rev-list", "--first-parent", "--reverse", "HEAD").split()
    found = (_commit(root, each, code) for each in hashes)
    return tuple(commit for commit in found if code in commit.sizes)


def _commit(root: Path, name: str, code: str) -> Commit:
    shown = _git(root, "diff-tree", "--root", "-m", "--first-parent", "--no-commit-id", "--name-only", "-r", "-z", name)
    sizes: dict[str, Size] = {}
    for line in _git(root, "ls-tree", "-r", "-l", "-z", name).split("\0"):
        facts, _, path = line.partition("\t")
        folder, below, _ = path.partition("/")
        if below:
            size = int(facts.split()[3].replace("-", "0"))
            before = sizes.get(folder, Size(0, 0))
            sizes[folder] = Size(before.bytes + size, before.files + 1)
    named = sorted(sizes, key=lambda folder: (folder == code, folder))
    return Commit(frozenset(filter(None, shown.split("\0"))), {folder: sizes[folder] for folder in named}, code)


def _git(root: Path, *words: str) -> str:
    return subprocess.run(("git", "-C", str(root), *words), capture_output=True, text=True, check=True).stdout
