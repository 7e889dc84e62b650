"""The bands of a lock as the index keeps them, for the next image: JSON, and back."""

import json
from collections.abc import Iterator, Sequence

from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin


def render_bands(recipe: Recipe) -> str:
    """Those that the next image may build on: not what came on top of them."""
    bands = [step for step in recipe.steps if isinstance(step, InstallPins) and step.band != "delta"]
    rows = [
        {
            "path": band.path,
            "part": band.part,
            "band": band.band,
            "indexes": band.indexes,
            "files": band.files,
            "pins": [(pin.name, pin.text, pin.hashes, pin.source, pin.size) for pin in band.pins],
        }
        for band in bands
    ]
    return json.dumps(rows)


def read_bands(text: str) -> tuple[InstallPins, ...]:
    """The bands; none where the text is not ours."""
    try:
        return tuple(
            InstallPins(
                path=row["path"],
                part=row["part"],
                band=row["band"],
                indexes=tuple(row["indexes"]),
                files=tuple(row["files"]),
                pins=tuple(_pins(row["pins"])),
            )
            for row in json.loads(text)
        )
    except (ValueError, TypeError, KeyError, AssertionError):
        return ()


def _pins(rows: Sequence[Sequence[object]]) -> Iterator[LockedPin]:
    for name, text, hashes, source, size in rows:
        assert isinstance(hashes, list), "hashes are a list"
        yield LockedPin(
            name=str(name), text=str(text), hashes=tuple(hashes), source=str(source), by=(), size=int(str(size))
        )
