"""What the documents promise: commands that caliban accepts, links that lead somewhere, files that exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from caliban.compiler.frontend.cli.options import COMMANDS
from caliban.compiler.frontend.cli.parse import parse

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")),
             ROOT / "SECURITY.md", ROOT / "examples" / "digits" / "README.md")  # fmt: skip


def commands_of(document: Path) -> Iterator[str]:
    """The lines of code blocks, fenced or indented, that call caliban; without their comments."""
    fenced = False
    for line in document.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif (fenced or line.startswith("    ")) and line.strip().startswith("caliban "):
            yield line.strip()


EXAMPLES = [(document.relative_to(ROOT).as_posix(), line) for document in DOCUMENTS for line in commands_of(document)]


@pytest.mark.parametrize(("document", "line"), EXAMPLES)
def test_a_command_in_a_document_is_one_that_caliban_accepts(document: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    end = next((place for place, word in enumerate(words) if word in ("|", ">", "<", "&&")), len(words))

    assert parse(words[1:end]) is not None, document


def test_the_readme_shows_every_command() -> None:
    shown = {words[1] for words in map(str.split, commands_of(ROOT / "README.md"))}

    assert {spec.name for spec in COMMANDS} <= shown


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_to_files(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]

    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_what_the_code_map_names_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`((?:compiler|backends|runtime|tests|caliban|bench|docs|golden|examples)/[\w./-]*)`", text)
    )

    assert named and sorted(path for path in named if not (ROOT / path).exists()) == []


def test_the_flow_of_a_run_names_functions_in_their_modules() -> None:
    """Of each line: the module, found in the compiler, the backends or the runtime, defines what is called."""
    text = (
        (ROOT / "ARCHITECTURE.md")
        .read_text(encoding="utf-8")
        .partition("## The flow of a run")[2]
        .partition("\n## ")[0]
    )
    calls = re.findall(r"^    (\S+\.py) +(\w+)\(", text, re.MULTILINE)
    sources = {path: [ROOT / place / path for place in (".", "compiler", "runtime")] for path, _ in calls}
    wrong = [
        (path, name)
        for path, name in calls
        if not any(
            file.exists() and re.search(rf"^(def|class) {name}\b", file.read_text(encoding="utf-8"), re.MULTILINE)
            for file in sources[path]
        )
    ]

    assert len(calls) > 10 and wrong == []
