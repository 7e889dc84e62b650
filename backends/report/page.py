"""A plan as one page for a browser, with nothing from elsewhere in it: decisions, layers, changes, the last build."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from caliban.backends.report.difference import NO_STEPS
from caliban.backends.report.text import ReportOptions, effect_of, subjects_of, time_of
from caliban.backends.report.words import chance, seconds, title
from caliban.compiler.cost.explanation import LayerCost, layer_costs, orders, scenarios, usual_changes
from caliban.compiler.diagnostics import printable
from caliban.compiler.facts.sizes import size
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.words.secret_words import masked_line


class Span(NamedTuple):
    """One step of the last build, in seconds from its start."""

    words: str
    cached: bool
    started: float
    seconds: float


_TITLE = ": caliban explain"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --line: #d8dce2; --bar: #2f6fde; --cached: #b9c6da; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #9aa4b2; --line: #39414d; --bar: #6ba0ff; --cached: #465063; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font: 600 1.2rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 2.2rem 0 .6rem; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .2rem 1rem; margin: 0; }
dt, th, .soft { color: var(--soft); font-weight: 400; }
dd { margin: 0; overflow-wrap: anywhere; }
div.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.chart { width: 16%; min-width: 6rem; }
#timeline td.chart { width: 34%; }
td.words { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; width: 55%; }
.bar { height: .8rem; margin-top: .35rem; border-radius: 2px; background: var(--bar); min-width: 1px; }
.cached .bar { background: var(--cached); }
"""


def is_page(head: str) -> bool:
    """Return whether a text begins as our pages do."""
    return head.startswith("<!doctype html>") and f"{_TITLE}</title>" in head


def render_page(plan: Plan, recipe: Recipe, asked: ReportOptions, timeline: Sequence[Span]) -> str:
    """The page."""
    run = next(iter(plan.job.launches))
    heading = printable(masked_line((*plan.job.argv, *run.arguments)))
    body = "\n".join(
        (
            f"<h1>{escape(heading)}</h1>",
            *_decisions(plan, recipe, asked),
            *_layers(recipe, asked),
            *_changes(recipe, asked),
            *_timeline(timeline),
        )
    )
    name = escape(printable(plan.project))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}{_TITLE}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _decisions(plan: Plan, recipe: Recipe, asked: ReportOptions) -> Iterator[str]:
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    runs = "1 run" if plan.job.launches.count == 1 else f"{plan.job.launches.count:,} runs"
    rows = [("mode", f"{'a GPU' if plan.mode == 'gpu' else 'the CPU'}, {runs}"), ("base", base.image)]
    rows += [("", base.reason), *(("note", note) for note in recipe.notes)]
    rows += [("left out", ", ".join(asked.left_out))] if asked.left_out else []
    yield "<dl>"
    yield from (f"<dt>{escape(name)}</dt><dd>{escape(printable(text))}</dd>" for name, text in rows)
    yield "</dl>"


def _layers(recipe: Recipe, asked: ReportOptions) -> Iterator[str]:
    layers = layer_costs(recipe, asked.measured)
    largest = max((layer.size for layer in layers), default=0) or 1
    dearest = max((layer.per_build for layer in layers), default=0.0) or 1.0
    yield "<h2>Layers, from the first to the last</h2>"
    yield '<div class="scroll"><table id="layers"><tr><th>layer<th class="number">size<th>'
    yield '<th class="number">to build<th>changes<th class="number">an average build<th></tr>'
    yield from (_layer(layer, largest, dearest) for layer in layers)
    yield "</table></div>"
    compared = orders(recipe, asked.typed, asked.measured)
    average = f"An average build takes {sum(layer.per_build for layer in layers):.2f} s in this order"
    if compared is not None:
        average += f"; with the folders as you named them {compared.typed:.2f} s"
        average += f", large to small {compared.large_to_small:.2f} s"
    estimated = " ~ is an estimate; other times were measured when the layer was last built."
    yield f"<p>{average}.{estimated if any(not layer.measured for layer in layers) else ''}</p>"


def _layer(layer: LayerCost, largest: int, dearest: float) -> str:
    effects = layer.step.effects
    beside = effects.separate_stage
    cells = (
        f"<td>{escape(title(layer.step))}",
        f'<td class="number">{size(layer.size) if layer.size else ""}',
        f'<td class="chart">{_bar(layer.size / largest) if layer.size else ""}',
        f'<td class="number">{"" if beside else time_of(layer)}',
        f"<td>{'beside the image' if beside else chance(layer.chance)}",
        f'<td class="number">{"" if beside else seconds(layer.per_build)}',
        f'<td class="chart">{_bar(layer.per_build / dearest) if layer.per_build >= 0.005 else ""}',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _bar(share: float, start: float = 0.0) -> str:
    return f'<div class="bar" style="width: {share * 100:.1f}%; margin-left: {start * 100:.1f}%"></div>'


def _changes(recipe: Recipe, asked: ReportOptions) -> Iterator[str]:
    layers = layer_costs(recipe, asked.measured)
    yield '<h2>What a change makes the builder do</h2>\n<div class="scroll"><table id="changes">'
    for scenario in asked.changed or scenarios(recipe, usual_changes(recipe), lambda _: False):
        yield f"<tr><td>{escape(subjects_of(scenario))}<td>{escape(effect_of(scenario, layers, asked.measured))}</tr>"
    yield "</table></div>"


def _timeline(timeline: Sequence[Span]) -> Iterator[str]:
    steps = [span for span in timeline if not span.words.startswith(NO_STEPS)]
    if not steps:
        yield '<p class="soft">No build of this project is on record here.</p>'
        return
    whole = max(span.started + span.seconds for span in steps) or 1.0
    yield f'<h2>The last build, {seconds(whole)}</h2>\n<div class="scroll"><table id="timeline">'
    for span in steps:
        took = "cached" if span.cached else seconds(span.seconds)
        kind = ' class="cached"' if span.cached else ""
        words = escape(printable(" ".join(word for word in span.words.split() if not word.startswith("--mount="))))
        bar = _bar(span.seconds / whole, span.started / whole)
        yield f'<tr{kind}><td class="words">{words}<td class="number">{took}<td class="chart">{bar}</tr>'
    yield "</table></div>"
