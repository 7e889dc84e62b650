"""The times and sizes of layers, known by their content: what was measured holds for an equal layer, and no other."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from caliban.backends.report.layers import BuiltLayer, LayerNames, instructions_of
from caliban.compiler.cost.measured import Measured
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.step import Step
from caliban.runtime.state.index import State


def measured_layers(
    names: LayerNames, built: Iterable[BuiltLayer], cached: Iterable[str], recipe: Recipe, files: Mapping[str, str]
) -> dict[bytes, Measured]:
    """Return what was measured of the layers that a build made, by the digests of their content.

    `cached` are the instructions that were not built: of a step with one of them, the whole time is not known. `files`
    has the digest of each file of the project by its path.
    """
    partly = {step.effects.name for instruction in cached if (step := names.step(instruction)) is not None}
    found: dict[str, tuple[Step, Measured]] = {}
    for layer in built:
        step = names.step(layer.instruction)
        if step is None or step.effects.name in partly:
            continue
        _, earlier = found.get(step.effects.name, (step, Measured(0.0)))  # of several instructions of one step
        size = layer.size if layer.size is not None else earlier.size
        found[step.effects.name] = step, Measured(earlier.seconds + layer.seconds, size)
    return {_digest(step, recipe, files): measured for step, measured in found.values()}


def last_measured(recipe: Recipe, files: Mapping[str, str], index: State) -> dict[str, Measured]:
    """Return what the layers of a recipe took and weighed, by the names of their steps. Raises sqlite3.Error."""
    digests = {step.effects.name: _digest(step, recipe, files) for step in recipe.steps}
    known = index.measured(digests.values())
    return {name: known[digest] for name, digest in digests.items() if digest in known}


def _digest(step: Step, recipe: Recipe, files: Mapping[str, str]) -> bytes:
    """Of the base, the instructions of a step and the files that it reads; layers above it take their own time."""
    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    inputs = step.effects.inputs
    read = sorted(path for path in files if _is_read(path, inputs)) if inputs else []
    text = "\n".join(
        (
            recipe.base.image,
            recipe.base.platform,
            instructions_of(step, recipe),
            *(f"{path}\0{files[path]}" for path in read),
        )
    )
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _is_read(path: str, inputs: frozenset[str]) -> bool:
    if "." in inputs or path in inputs:
        return True
    parts = path.split("/")
    return any("/".join(parts[:depth]) in inputs for depth in range(1, len(parts)))
