"""Maps instructions that the builder reports to steps of a recipe, and summarises a build in one line."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from caliban.backends.docker.dockerfile import render_step
from caliban.backends.report.words import title
from caliban.compiler.diagnostics import printable
from caliban.compiler.facts.sizes import size
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.locked import InstallLock, InstallPins
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.python import CreateVenv, ExtendImportPath, FindPython
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders

_MOST_WORDS = 60  # characters of an instruction that is none of ours
_MOST_NAMES = 8  # in one line
_NOTABLE = 1_000_000  # bytes of a copy
_ASSIGNED = re.compile(r"(\b[A-Z_]+=)\S+")  # SETUPTOOLS_SCM_PRETEND_VERSION=$PROJECT_VERSION
_PACKAGES = InstallRequirements | InstallPins | InstallLock | InstallWheelRequirements
# What other layers stand on: not named where one of those was built too.
_GROUNDWORK = PrepareFolders | CreateVenv | FindPython | ExtendImportPath | RestoreFolderOwners | BuildWheel


class BuiltLayer(NamedTuple):
    """A layer that was built, not taken from the cache."""

    instruction: str  # as the builder reports it: 'COPY --chown=0:0 trainer /usr/app/trainer'
    seconds: float = 0.0
    size: int | None = None  # bytes, where they are known


class LayerNames:
    """Names the layers of a recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    @cached_property
    def _steps(self) -> Mapping[str, Step]:
        """The steps by what the builder reports of their instructions."""
        texts = ((step, render_step(step, self._recipe)) for step in self._recipe.steps)
        return {_key(instruction): step for step, text in texts for instruction in _instructions(text)}

    def step(self, instruction: str) -> Step | None:
        """The step that an instruction belongs to; None where it is none of ours."""
        return self._steps.get(_key(instruction))

    def name(self, instruction: str) -> str:
        """A layer in a few words: 'requirements.txt, 2 packages'; of a step that is none of ours, the beginning."""
        step = self.step(instruction)
        return title(step) if step is not None else _shortened(instruction)

    def has_packages(self, instruction: str) -> bool:
        """Return whether an instruction installs packages, whose size nobody knows before."""
        return isinstance(self.step(instruction), _PACKAGES | InstallSystemPackages)

    def summary(self, layers: Iterable[BuiltLayer]) -> str:
        """Summarise the built layers: 'packages 56 MB, trainer'; layers of one kind are one word."""
        known = [(layer, self.step(layer.instruction)) for layer in layers]
        notable = [(layer, step) for layer, step in known if not isinstance(step, _GROUNDWORK)] or known
        sizes: dict[str, int] = {}
        for layer, step in notable:
            word = _word(step) if step is not None else _shortened(layer.instruction)
            copied = step.size if isinstance(step, CopyFolder) and step.size >= _NOTABLE else 0
            sizes[word] = sizes.get(word, 0) + (layer.size if layer.size is not None else copied)
        words = [f"{printable(word)} {size(count)}" if count else printable(word) for word, count in sizes.items()]
        more = f" and {len(words) - _MOST_NAMES} more" if len(words) > _MOST_NAMES else ""
        return ", ".join(words[:_MOST_NAMES]) + more


def instructions_of(step: Step, recipe: Recipe) -> str:
    """The instructions of a step as they decide about its layer: without comments and mounts."""
    return "\n".join(_without_mounts(each) for each in _instructions(render_step(step, recipe)))


def size_of(instruction: str, sizes: Iterable[tuple[str, int]]) -> int | None:
    """The bytes of the layer of a RUN, of the engine's list of an image's layers: what made each, and its size."""
    command = _without_mounts(instruction).partition(" ")[2]
    return next((count for made_by, count in sizes if command in " ".join(made_by.split())), None)


def _word(step: Step) -> str:
    if isinstance(step, _PACKAGES):
        return "packages"
    return "system packages" if isinstance(step, InstallSystemPackages) else title(step)


def _shortened(instruction: str) -> str:
    text = _without_mounts(instruction)
    return printable(text if len(text) <= _MOST_WORDS else f"{text[: _MOST_WORDS - 1]}…")


def _without_mounts(instruction: str) -> str:
    """A report may be of an equal step of another build: then its mounts may have other names."""
    return " ".join(word for word in instruction.split() if not word.startswith("--mount="))


def _instructions(text: str) -> list[str]:
    """The instructions of a part of a Dockerfile, each on one line, as the builder joins them."""
    lines = (line for line in text.split("\n") if not line.lstrip().startswith("#"))
    return "\n".join(lines).replace("\\\n", "").split("\n")


def _key(instruction: str) -> str:
    """Return the part that an instruction and the builder's report of it share.

    The report has owners, no JSON, and the values of build arguments in place of their names.
    """
    if not instruction.startswith("COPY "):
        return _ASSIGNED.sub(r"\1", _without_mounts(instruction))
    return re.sub(r'[\\"\[\],\s]+', " ", re.sub(r" --(chown|link)\S*", "", instruction)).strip()
