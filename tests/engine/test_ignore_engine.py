"""The engine itself builds random folders with random .dockerignore files: our matcher keeps what it keeps."""

import io
import random
import subprocess
import tarfile
from pathlib import Path

import pytest

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.ignore import Ignore, Level, parse_ignore

pytestmark = pytest.mark.engine

NAMES = ("a", "b", "ab", "abc", "b.py", "a.pyc", ".env", "x y", "é", "#a", "!a", "[a]", "a*", "a?b", "a{2}", "aa", "a|b",
         "^a", "a\\b", "n\nl", "t\tb", "a-b", "d1", "$a", "(a)", "a+", " a", "ad", "a.b")  # fmt: skip
PARTS = (*NAMES, *NAMES[:6], "*", "*", "?", "a*", "*b", "*.py", "a?", "**", "**", "**", "*.*", "**b", "a**", "[ab]", "[^a]",
         "[a-c]*", "[*]", "\\[a\\]", "a\\*", "\\!a", "\\#a", "a\\d", "\\w*", "a|b*", "a{2}*", "{a,b}", "a^*", "[ ]a", "..",
         ".", "*a*", "a[\\]b]", "[!a]*", "?*", "***", "\\n", "a{1,2}?", "[?]", "(a*", "$*", "\\b*", "[\\d]?", "a]*")  # fmt: skip
SEEDS = (1, 2)
FOLDERS_PER_BUILD = 60  # each is a layer, and an image may have 125

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
        names = chance.choices(NAMES, k=chance.randrange(1, 5))
        folder = context.joinpath(*names[:-1])
        if all(not parent.is_file() for parent in (folder, *folder.parents)):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / names[-1]).exists():
                (folder / names[-1]).write_text("content")
    context.mkdir(exist_ok=True)
    lines = [line for line in (random_line(chance) for _ in range(chance.randrange(1, 9))) if accepted(line)]
    (context / ".dockerignore").write_text("".join(f"{line}\n" for line in lines))
    return parse_ignore("\n".join(lines), ".dockerignore")


def random_line(chance: random.Random) -> str:
    body = "/".join(chance.choices(PARTS, k=chance.choice((1, 1, 1, 2, 2, 3)))).replace("\n", "?")
    return "".join((chance.choice(("", "", "", "!", "!", "#", " ", "! ")), chance.choice(("", "", "/", "./", "**/")), body,
                    chance.choice(("", "", "", "/", " ", "/**", "/*", "\r"))))  # fmt: skip


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


def build(folder: Path, instructions: str, contexts: dict[str, Path], context: Path | None = None) -> set[str]:
    """The paths in an image of these instructions."""
    (folder / "Dockerfile").write_text(f"FROM scratch\n{instructions}")
    (folder / "empty").mkdir()
    named = [word for name, path in contexts.items() for word in ("--build-context", f"{name}={path}")]
    command = ("docker", "buildx", "build", "--quiet", "--no-cache", "--file", str(folder / "Dockerfile"), *named,
               "--output", "type=tar,dest=-", str(context or folder / "empty"))  # fmt: skip
    answer = subprocess.run(command, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as archive:
        return {member.name for member in archive.getmembers()}
