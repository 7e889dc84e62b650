"""A plan as a report for a terminal: the decisions with their reasons, the layers with their costs, what changes do."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from caliban.backends.report.words import chance, seconds, title
from caliban.compiler.cost.cache_model import Certainty
from caliban.compiler.cost.explanation import (
    LayerCost,
    Orders,
    Scenario,
    layer_costs,
    orders,
    scenarios,
    usual_changes,
)
from caliban.compiler.cost.forecast import Forecast, forecast
from caliban.compiler.cost.measured import Measured
from caliban.compiler.diagnostics import printable
from caliban.compiler.facts.sizes import size
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.words.secret_words import masked_line

_WIDTH = 100
_INDENT = 10  # of what stands behind a label
_BAR = 12  # characters of the longest
_MOST_PATHS = 8  # that are named
_BARS = " ▏▎▍▌▋▊▉█"


class Since(NamedTuple):
    """The differences since the last image was built."""

    ago: str  # '3 min ago'
    changed: tuple[str, ...]  # files
    added: tuple[str, ...]
    removed: tuple[str, ...]
    dockerfile: bool  # whether that is another one
    indexes: bool  # whether others are asked
    scenario: Scenario


class ReportOptions(NamedTuple):
    """The request for a report, apart from the plan."""

    typed: tuple[str, ...]  # the folders of -d, in the order of the command line
    changed: tuple[Scenario, ...]  # --changed
    left_out: tuple[str, ...]  # of every copy
    since: Since | None = None  # None: no image was built here
    measured: Mapping[str, Measured] = MappingProxyType({})  # layers that were built, by the names of their steps


def render_report(plan: Plan, recipe: Recipe, asked: ReportOptions, *, style: bool = False) -> Iterator[str]:
    """The lines; `style` sets headings in bold and asides in grey, for a terminal."""
    bold, grey = _styles(style)
    run = next(iter(plan.job.launches))
    more = f", {plan.job.launches.count:,} runs" if plan.job.launches.count > 1 else ""
    where = "on a GPU" if plan.mode == "gpu" else "on the CPU"
    yield bold(f"{printable(masked_line((*plan.job.argv, *run.arguments)))}  {where}{more}")
    yield ""
    yield from _decisions(recipe, asked)
    layers = layer_costs(recipe, asked.measured)
    yield ""
    yield from _table(layers, bold, grey)
    yield ""
    if any(not layer.measured for layer in layers):
        yield grey("~ is an estimate; other times were measured when the layer was last built")
    yield from _forecast(forecast(recipe))
    yield from _average(layers, orders(recipe, asked.typed, asked.measured))
    yield ""
    if asked.since is not None:
        yield from _since(asked.since, layers, asked.measured, bold)
        yield ""
    yield bold("what a change makes the builder do")
    found = asked.changed or scenarios(recipe, usual_changes(recipe), lambda _: False)
    width = min(max((len(subjects_of(each)) for each in found), default=0), 40)
    yield from (f"  {subjects_of(each):<{width}}  {effect_of(each, layers, asked.measured)}" for each in found)


def _since(
    since: "Since", layers: Sequence[LayerCost], measured: Mapping[str, Measured], bold: "_Style"
) -> Iterator[str]:
    yield bold(f"since the last image, {since.ago}")
    for what, paths in (("changed", since.changed), ("added", since.added), ("removed", since.removed)):
        if paths:
            more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
            yield f"  {what:<8}  {', '.join(map(printable, paths[:_MOST_PATHS]))}{more}"
    if since.scenario.changed:
        yield f"  {'rebuilt':<8}  {effect_of(since.scenario, layers, measured)}"
    elif since.indexes:
        yield "  other package indexes are asked: what they are asked for is reinstalled"
    elif since.dockerfile:
        yield "  the Dockerfile is another one (`caliban diff` tells more after the next build)"
    else:
        yield "  nothing changed: the next run builds nothing"


def _styles(style: bool) -> tuple["_Style", "_Style"]:
    return (_Style("\x1b[1m"), _Style("\x1b[2m")) if style else (_Style(""), _Style(""))


class _Style(NamedTuple):
    start: str

    def __call__(self, text: str) -> str:
        return f"{self.start}{text}\x1b[0m" if self.start else text


def _decisions(recipe: Recipe, asked: ReportOptions) -> Iterator[str]:
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    yield from _labelled("base", base.image)
    yield from _labelled("", base.reason)
    for note in recipe.notes:
        yield from _labelled("note", note)
    if asked.left_out:
        yield from _labelled("left out", ", ".join(map(printable, asked.left_out)))


def _labelled(label: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(printable(text), _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{label:<{_INDENT}}{lines[0]}"
    yield from (f"{'':<{_INDENT}}{line}" for line in lines[1:])


def _table(layers: Sequence[LayerCost], bold: _Style, grey: _Style) -> Iterator[str]:
    """A row a layer; the bar is its share of what an average build takes."""
    rows = [_row(number, layer) for number, layer in enumerate(_of_the_image(layers), start=1)]
    rows += [("·", *_row(0, layer)[1:]) for layer in layers if layer.step.effects.separate_stage]
    head = ("", "layer", "size", "files", "to build", "changes")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    most = max(layer.per_build for layer in layers) or 1.0
    yield bold(_spaced(head, widths) + "   an average build")
    ordered = [*_of_the_image(layers), *(layer for layer in layers if layer.step.effects.separate_stage)]
    for row, layer in zip(rows, ordered, strict=True):
        bar = _bar(layer.per_build / most)
        average = f"   {bar:<{_BAR}} {seconds(layer.per_build)}" if layer.per_build >= 0.005 else ""
        text = _spaced(row, widths) + average
        yield text.rstrip() if average else grey(text.rstrip())


def _of_the_image(layers: Sequence[LayerCost]) -> list[LayerCost]:
    return [layer for layer in layers if not layer.step.effects.separate_stage]


def _row(number: int, layer: LayerCost) -> tuple[str, ...]:
    effects = layer.step.effects
    return (
        str(number),
        title(layer.step),
        size(layer.size) if layer.size else "",
        f"{effects.files:,}" if effects.files else "",
        "" if effects.separate_stage else time_of(layer),
        "beside the image" if effects.separate_stage else chance(layer.chance),
    )


def time_of(layer: LayerCost) -> str:
    """'12 s' of a layer that was built, '~20 s' of one whose time is estimated."""
    return seconds(layer.seconds) if layer.measured else f"~{seconds(layer.seconds)}"


def _spaced(row: Sequence[str], widths: Sequence[int]) -> str:
    number, name, *rest = (
        f"{cell:>{width}}" if column in (0, 2, 3, 4) else f"{cell:<{width}}"
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return f"{number}  {name}  " + "  ".join(rest)


def _bar(share: float) -> str:
    eighths = round(share * _BAR * 8)
    return _BARS[-1] * (eighths // 8) + (_BARS[eighths % 8] if eighths % 8 else "")


def _forecast(ahead: Forecast) -> Iterator[str]:
    more = "" if ahead.complete else ", and what packages bring that are resolved in the build"
    parts = [f"{size(ahead.download)} of packages to download"] if ahead.download else []
    parts += [f"{size(ahead.copied)} to copy"] if ahead.copied else []
    yield f"a first build: {', '.join(parts) or 'nothing to copy'}; {size(ahead.image)} beside the base{more}"


def _average(layers: Sequence[LayerCost], compared: Orders | None) -> Iterator[str]:
    ours = sum(layer.per_build for layer in layers)
    others = (
        f"; as you named the folders {compared.typed:.2f} s, large to small {compared.large_to_small:.2f} s"
        if compared is not None
        else ""
    )
    yield f"an average build takes {ours:.2f} s in this order{others}"


def subjects_of(scenario: Scenario) -> str:
    """Return the subjects of a scenario: 'data', 'any file'."""
    return ", ".join("any file" if path == "." else printable(path) for path in scenario.changed)


def effect_of(scenario: Scenario, layers: Sequence[LayerCost], measured: Mapping[str, Measured]) -> str:
    """'layers 4 and 5  (0.3 s)', 'layer 5, perhaps layer 3  (0.1 s, perhaps 20 s)'."""
    if not scenario.rebuilt:
        return "nothing: no layer holds it"
    sure, perhaps = (
        _layers([one.step for one in scenario.rebuilt if one.certainty is certainty], layers)
        for certainty in (Certainty.YES, Certainty.PERHAPS)
    )
    least, most = (seconds(scenario.seconds(certainty, measured)) for certainty in (Certainty.YES, Certainty.PERHAPS))
    if not perhaps:
        return f"{sure}  ({least})"
    return f"{sure}, perhaps {perhaps}  ({least}, perhaps {most})" if sure else f"perhaps {perhaps}  ({most})"


def _layers(steps: Sequence[Step], layers: Sequence[LayerCost]) -> str:
    """'layer 5', 'layers 3 to 7', 'the wheel, layers 4 and 6'."""
    numbers = {id(layer.step): number for number, layer in enumerate(_of_the_image(layers), start=1)}
    beside = [title(step) for step in steps if step.effects.separate_stage]
    mine = [numbers[id(step)] for step in steps if not step.effects.separate_stage]
    if len(mine) > 2 and mine == list(range(mine[0], mine[-1] + 1)):
        beside.append(f"layers {mine[0]} to {mine[-1]}")
    elif mine:
        beside.append(("layer " if len(mine) == 1 else "layers ") + " and ".join(map(str, mine)))
    return ", ".join(beside)
