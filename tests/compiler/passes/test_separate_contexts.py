import pytest
from demands import DEMAND

from caliban.compiler.facts.copy_names import is_copyable
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.passes.separate_contexts import separate_contexts

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")


def copy(path: str, context: str | None = None) -> CopyFolder:
    return CopyFolder(path=path, kind="data", size=1, files=1, context=context)


def test_each_folder_of_an_odd_name_gets_a_context_of_its_own() -> None:
    before = Recipe(demand=DEMAND, base=BASE, steps=(PrepareFolders(), copy("data[1]"), copy("plain"), copy("a*")))
    after = (PrepareFolders(), copy("data[1]", "context-1"), copy("plain"), copy("a*", "context-2"))
    assert separate_contexts(before).steps == after


@pytest.mark.parametrize("path", ["data", "models/stored", "my data", 'q"x', "a$b", "-d", "münchen", "it's", "."])
def test_a_name_that_copy_can_spell_needs_none(path: str) -> None:
    assert is_copyable(path)


ODD = ("data[1]", "a*", "what?", "back\\slash", "tab\there", "a/b[0]/c", "new\nline", "<<EOF", "2<<-x", "!x", "#x",
       " lead", "trail ", " ")  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_a_name_that_the_builder_would_read_otherwise_needs_one(path: str) -> None:
    assert not is_copyable(path)
