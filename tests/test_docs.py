"""What the documents promise: commands that caliban accepts, links that lead somewhere, files that exist."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

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
def test_links_between_documents_lead_to_files_and_headings(document: Path) -> None:
    wrong = [
        f"{target}#{heading}"
        for target, heading in links_of(document)
        if not target.exists() or (heading and heading not in headings_of(target))
    ]

    assert wrong == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = {ROOT / "README.md"}, [ROOT / "README.md"]
    while waiting:
        new = {target for target, _ in links_of(waiting.pop()) if target.suffix == ".md"} - reached
        reached |= new
        waiting += new

    assert set(DOCUMENTS) <= reached


def test_the_workflow_for_ci_is_yaml_whose_commands_a_shell_and_caliban_accept() -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), re.DOTALL)
    steps = yaml.safe_load(block)["jobs"]["train"]["steps"]
    lines = [re.sub(r"\$\{\{.*?\}\}", "x", step["run"]) for step in steps if "run" in step]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("caliban ")]

    assert [line for line in lines if subprocess.run(["sh", "-n", "-c", line], check=False).returncode] == []
    assert commands and all(parse(words) for words in commands)


def links_of(document: Path) -> list[tuple[Path, str]]:
    """The files that a document links to, each with the heading in it, or ''."""
    found = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    parts = [target.partition("#") for target in found if "://" not in target]
    return [((document.parent / path).resolve() if path else document, heading) for path, _, heading in parts]


def headings_of(document: Path) -> set[str]:
    """The headings of a document as links name them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


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
