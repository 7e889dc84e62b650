"""Finds calls in the project's sources that compile code at run time.

Read as text, and only where torch may be there: a slim image has no compiler, and says so at the first compiled region.
"""

import re
from collections.abc import Iterable, Sequence

from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import CompilingCall, FileFact, Package, Requirement, RequirementsFile

_LARGEST = 1 << 20  # bytes; a source file that is larger is no source file
_CALLS: tuple[tuple[CompilingCall, re.Pattern[bytes]], ...] = (
    ("torch.compile", re.compile(rb"^[^#\n]*\btorch\.compile\b", re.MULTILINE)),
    ("triton", re.compile(rb"^[^#\n]*(?:@triton\.jit\b|\bimport triton\b|\bfrom triton\b)", re.MULTILINE)),
    ("cpp_extension.load", re.compile(rb"^[^#\n]*\bcpp_extension[.\s\w]*\bload(?:_inline)?\b", re.MULTILINE)),
)
_WORDS = (b"torch.compile", b"triton", b"cpp_extension")  # sooner found than a pattern; every call has one
_MAY_BRING_TORCH = re.compile(r"torch|triton|lightning|transformers|accelerate|diffusers|timm|vllm|unsloth")


def compiling_calls(
    disk: Disk, facts: Sequence[FileFact], files: Sequence[RequirementsFile], packages: Sequence[Package]
) -> tuple[tuple[CompilingCall, Place], ...]:
    """The first place of each kind of call, in the order of the files."""
    if not _may_have_torch(files, packages):
        return ()
    found: dict[CompilingCall, Place] = {}
    for fact in facts:
        if not fact.path.endswith(".py") or fact.size > _LARGEST or len(found) == len(_CALLS):
            continue
        text = disk.head(fact.path, fact.size)
        if not any(word in text for word in _WORDS):
            continue
        for call, pattern in _CALLS:
            if call not in found and (match := pattern.search(text)):
                found[call] = Place(source=fact.path, line=text.count(b"\n", 0, match.end()) + 1)
    return tuple(found.items())


def _may_have_torch(files: Sequence[RequirementsFile], packages: Sequence[Package]) -> bool:
    """Return whether a requirement may bring torch; a build may bring anything."""
    if any(package.requirements is None for package in packages):
        return True
    declared: list[Iterable[Requirement]] = [file.requirements for file in files]
    declared += [package.requirements or () for package in packages]
    return any(_MAY_BRING_TORCH.search(each.name) for requirements in declared for each in requirements)
