"""A plan as JSON, for people: it is printed and never read back."""

import json
from collections.abc import Iterator
from enum import Enum
from itertools import islice

from msgspec import Struct
from msgspec.structs import fields, replace

from caliban.compiler.input.invocation import EngineArgument, Variable
from caliban.compiler.ir.job import Job, Launch
from caliban.compiler.ir.plan import ExistingImage, Plan, Recipe
from caliban.compiler.words.secret_words import masked_words

_RUNS_SHOWN = 1000


def render_recipe(recipe: Recipe) -> str:
    """A recipe alone, indented."""
    return json.dumps(_plain(recipe), indent=2, ensure_ascii=False) + "\n"


def render_plan(plan: Plan) -> str:
    """The plan, indented; values of variables and secrets are not in it, and of a long sweep only the first runs."""
    plan = replace(plan, image=_decided(plan.image))
    shown = {field.name: _plain(getattr(plan, field.name)) for field in fields(plan)}
    shown["runs"] = plan.job.launches.count
    shown["launches"] = [_plain(launch) for launch in islice(plan.job.launches, _RUNS_SHOWN)]
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _decided(image: Recipe | ExistingImage) -> Recipe | ExistingImage:
    """Without what passes have decided by: the packages of the last image and of caliban.lock stand in the steps."""
    if isinstance(image, ExistingImage):
        return image
    locking = replace(image.locking, earlier=None) if image.locking is not None else None
    return replace(image, earlier_order=(), earlier_bands=(), locking=locking)


def _plain(value: object) -> object:
    """Values as JSON has them; a struct says its kind, and leaves out what is at its default."""
    match value:
        case Enum():
            return value.name.lower()
        case tuple() | list():
            return [_plain(item) for item in value]
        case frozenset():
            return sorted(str(item) for item in value)
        case None | bool() | int() | float() | str():
            return value
    assert isinstance(value, Struct), f"{value!r} has no form in JSON"
    return {"type": type(value).__name__, **dict(_members(value))}


def _members(value: Struct) -> Iterator[tuple[str, object]]:
    for field in fields(value):
        if isinstance(value, Variable) and field.name == "value":
            continue  # may be a secret
        if isinstance(value, Recipe) and field.name == "demand":
            continue  # whole locks and tables; what was made of them stands in the steps
        if isinstance(value, Job) and field.name == "launches":
            continue  # shown beside the job, as far as they are shown
        item = getattr(value, field.name)
        if isinstance(value, Launch) and field.name == "arguments":
            item = masked_words(item)
        if isinstance(value, EngineArgument) and field.name in ("words", "value") and item is not None:
            item = masked_words(item) if field.name == "words" else masked_words((value.name, item))[1]
        if item != field.default:
            yield field.name, _plain(item)
