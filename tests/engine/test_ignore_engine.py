"""The engine itself builds random folders with random .dockerignore files, and keeps what we say that it keeps."""

import io
import random
import re
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest

from caliban.compiler.context.ignore import Ignore, Level, parse_ignore
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.exclusions import Exclusions
from caliban.compiler.frontend.project.walk import Walked, walk

NAMES = "a b ab abc aa ad a.b d1 b.py a.pyc .env é #a !a [a] a* a?b a{2} a|b ^a a\\b a-b $a (a) a+"
ODD_NAMES = ("x y", " a", "n\nl", "t\tb")
WILDCARDS = """
    * * ? ** ** ** *** a* *b a? ?* *a* *.* *.py **b a** [ab] [^a] [a-c]* [*] [?] [!a]* [\\d]? a[\\]b] a]* [ ]a .. .
    \\[a\\] a\\* \\!a \\#a a\\d \\w* \\n \\b* a\\|b* a\\{2\\}* a\\{b\\}* a\\^* (a* $*
"""
# A name with one of {}|^ is written with a backslash: beside a wildcard, caliban refuses it without.
PARTS = (*re.sub(r"([{}|^])", r"\\\1", NAMES).split(), *ODD_NAMES, *WILDCARDS.split())
SEEDS = (1, 2)
FOLDERS_PER_BUILD = 60  # each is a layer, and an image may have 125

PROJECT = """
    train.py .env a.pem .git/config .git/hooks/x.py data/.env data/1.csv data/raw/2.csv data/.git/config data/key.json
    env/pyvenv.cfg env/lib/x.py env/bin/python build/x.py trainer/__init__.py trainer/__pycache__/x.pyc trainer/[x]/y.py
    trainer/.aws/x.py trainer/raw/.env
"""
KEY = '{"type": "service_account", "private_key": "%s"}' % ("x" * 1000)
WISHES = """
    * ** data !data !**/*.py **/*.py !.env !**/.env !trainer trainer !trainer/raw trainer/** !*/raw **/*.csv !env
    !env/lib !.git/hooks/x.py */raw data/raw !data/raw !build *.pem
"""
REFUSED = ("[", "a[", "a\\", "!", "!/", "[]a]", "[b-a]*", "[a-]", "\\y*", "\\é*", "a/[x", "*{2}", "[^]", "a\tb")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_keeps_exactly_what_the_matcher_keeps(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret comes of it
    contexts = {f"c{number}": tmp_path / f"c{number}" for number in range(FOLDERS_PER_BUILD)}
    ignored = {name: write_folder(context, chance) for name, context in contexts.items()}

    built = build(tmp_path, "".join(f"COPY --from={name} . /{name}/\n" for name in contexts), contexts)

    kept = {name: {path.removeprefix(f"{name}/") for path in built if path.startswith(f"{name}/")} for name in contexts}
    expected = {name: keeps(context, Ignore(ignored[name])) for name, context in contexts.items()}
    assert {name: (ignored[name], kept[name]) for name in contexts} == {
        name: (ignored[name], expected[name]) for name in contexts
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_copies_what_the_walk_lists_and_no_file_arrives_empty(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret comes of it
    contexts = {f"c{number}": tmp_path / f"c{number}" for number in range(FOLDERS_PER_BUILD)}
    walked = {name: write_project(context, chance) for name, context in contexts.items()}

    built = build(tmp_path, "".join(f"COPY --from={name} . /{name}/\n" for name in contexts), contexts)

    expected = {
        f"{name}/{fact.path}": fact.size if stat.S_ISREG(fact.mode) else 0
        for name, found in walked.items()
        for fact in found.files
    }
    copied = {path: size for path, size in built.items() if "/" in path and not path.endswith("/.dockerignore")}
    assert copied == expected


def test_the_list_works_in_a_file_of_its_own_beside_the_dockerfile(tmp_path: Path) -> None:
    context = tmp_path / "context"
    walked = write_project(context, random.Random(3))  # noqa: S311
    (context / ".dockerignore").write_text("*\n")  # the other one is obeyed instead
    (tmp_path / "Dockerfile.dockerignore").write_text("".join(f"{pattern}\n" for pattern in walked.patterns))
    built = build(tmp_path, "COPY . /\n", {}, context)
    assert built.keys() - {".dockerignore"} == {fact.path for fact in walked.files}


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_is_rejected_is_refused_by_the_engine_too(line: str, tmp_path: Path) -> None:
    context = tmp_path / "context"
    (context / "aa").mkdir(parents=True)
    (tmp_path / "Dockerfile.dockerignore").write_text(f"{line}\n")
    with pytest.raises(Rejected):
        parse_ignore(line, ".dockerignore")
    with pytest.raises(subprocess.CalledProcessError):
        build(tmp_path, "COPY . /\n", {}, context)


def write_folder(context: Path, chance: random.Random) -> tuple[str, ...]:
    """A random tree with a random .dockerignore, whose patterns are the answer."""
    for _ in range(chance.randrange(4, 14)):
        names = chance.choices((*NAMES.split(), *ODD_NAMES), k=chance.randrange(1, 5))
        folder = context.joinpath(*names[:-1])
        if all(not parent.is_file() for parent in (folder, *folder.parents)):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / names[-1]).exists():
                (folder / names[-1]).write_text("content")
    context.mkdir(exist_ok=True)
    lines = [line for line in (random_line(chance) for _ in range(chance.randrange(1, 9))) if accepted(line)]
    (context / ".dockerignore").write_text("".join(f"{line}\n" for line in lines))
    return parse_ignore("\n".join(lines), ".dockerignore")


def write_project(context: Path, chance: random.Random) -> Walked:
    """A project with something of everything that is left out, and what a walk finds with random wishes of a user."""
    for path in PROJECT.split():
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text("x" if path != "data/key.json" else KEY)
    (context / "data" / "empty").mkdir()
    (context / "data" / "link").symlink_to("../nowhere")
    (context / "data" / "new\nline [x]").write_text("x")
    exclusions = Exclusions(
        user_patterns=tuple(chance.choices(WISHES.split(), k=chance.randrange(5))),
        directories=tuple(chance.choices(("data", "data/.git", "trainer/[x]", "build"), k=chance.randrange(2))),
        includes=tuple(chance.choices((".env", "env", "env/lib", "data/**", "**/*.pem"), k=chance.randrange(2))),
    )
    walked = walk(Disk(str(context)), (".",), exclusions)
    (context / ".dockerignore").write_text("".join(f"{pattern}\n" for pattern in walked.patterns))
    return walked


def random_line(chance: random.Random) -> str:
    body = "/".join(chance.choices(PARTS, k=chance.choice((1, 1, 1, 2, 2, 3)))).replace("\n", "?")
    before = chance.choice(("", "", "", "!", "!", "#", " ", "! ")) + chance.choice(("", "", "/", "./", "**/"))
    return before + body + chance.choice(("", "", "", "/", " ", "/**", "/*", "\r"))


def accepted(line: str) -> bool:
    try:
        parse_ignore(line, ".dockerignore")
    except Rejected:
        return False
    return True


def keeps(context: Path, ignore: Ignore) -> set[str]:
    """What a walk finds that enters no folder in which nothing can be kept; a folder of something kept is kept."""
    kept: set[str] = set()

    def visit(folder: Path, level: Level) -> None:
        for child in folder.iterdir():
            if not level.excludes(child.name):
                kept.update(str(path) for path in (child, *child.parents) if path.is_relative_to(context))
            if child.is_dir() and (below := level.enter(child.name)) is not None:
                visit(child, below)

    top = ignore.at(".")
    assert top is not None
    visit(context, top)
    return {str(Path(path).relative_to(context)) for path in kept} - {"."}


def build(folder: Path, instructions: str, contexts: dict[str, Path], context: Path | None = None) -> dict[str, int]:
    """The paths in an image of these instructions, with their sizes in bytes."""
    (folder / "Dockerfile").write_text(f"FROM scratch\n{instructions}")
    (folder / "empty").mkdir()
    named = [word for name, path in contexts.items() for word in ("--build-context", f"{name}={path}")]
    command = ("docker", "buildx", "build", "--quiet", "--no-cache", "--file", str(folder / "Dockerfile"), *named,
               "--output", "type=tar,dest=-", str(context or folder / "empty"))  # fmt: skip
    answer = subprocess.run(command, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as archive:
        return {member.name: member.size for member in archive.getmembers()}
