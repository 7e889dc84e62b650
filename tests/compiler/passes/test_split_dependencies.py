from collections.abc import Sequence

from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.passes.order_layers import order_layers
from caliban.compiler.passes.split_dependencies import split_dependencies
from caliban.runtime.building.bands import read_bands, render_bands

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")


def pin(text: str, megabytes: float = 0.1) -> LockedPin:
    name = text.partition("==")[0]
    size = int(megabytes * 1e6)
    return LockedPin(name=name, text=text, hashes=(f"sha256:{text}",), source="uv.lock:1", by=("",), size=size)


TORCH, NUMPY = pin("torch==2.8.0", 900), pin("numpy==2.1.3", 17)
CLICK, SIX, TOML = pin("click==8.1.7"), pin("six==1.17.0"), pin("toml==0.10.2")
NEWER_CLICK = pin("click==8.1.8")


def recipe(pins: Sequence[LockedPin], *later: Step, earlier: Sequence[Step] = ()) -> Recipe:
    steps = (PrepareFolders(), CreateVenv(python="3.11"), InstallPins(path="uv.lock", pins=tuple(pins)), *later)
    bands = tuple(step for step in earlier if isinstance(step, InstallPins) and step.band != "delta")
    return Recipe(demand=DEMAND, base=BASE, steps=steps, earlier_bands=bands)


def bands(before: Recipe) -> list[tuple[str, tuple[LockedPin, ...], tuple[str, ...]]]:
    steps = split_dependencies(before).steps
    return [(step.band, step.pins, step.removed) for step in steps if isinstance(step, InstallPins)]


def test_what_is_heavy_gets_a_layer_of_its_own() -> None:
    assert bands(recipe([CLICK, NUMPY, SIX, TORCH])) == [("heavy", (NUMPY, TORCH), ()), ("light", (CLICK, SIX), ())]


def test_what_is_light_stays_in_one_layer() -> None:
    assert bands(recipe([CLICK, NUMPY])) == [("all", (CLICK, NUMPY), ())]
    assert bands(recipe([TORCH])) == [("all", (TORCH,), ())]


def test_a_lock_without_sizes_is_split_by_what_is_known_of_its_packages() -> None:
    unknown = replace(TORCH, size=0)
    assert bands(recipe([unknown, CLICK])) == [("heavy", (unknown,), ()), ("light", (CLICK,), ())]


def test_what_comes_on_top_has_a_number_of_its_own_in_whatever_order_the_bands_were() -> None:
    *others, heavy, light = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    steps = split_dependencies(recipe([NEWER_CLICK, NUMPY, SIX, TORCH], earlier=[*others, light, heavy])).steps
    assert [step.part for step in steps if isinstance(step, InstallPins)] == [1, 2, 3]


def test_what_differs_from_the_last_image_comes_on_top_of_it() -> None:
    last = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    assert bands(recipe([NEWER_CLICK, NUMPY, TOML, TORCH], earlier=last)) == [
        ("heavy", (NUMPY, TORCH), ()),
        ("light", (CLICK, SIX), ()),
        ("delta", (NEWER_CLICK, TOML), ("six",)),
    ]


def test_the_layer_on_top_stands_below_what_it_corrects() -> None:
    last = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    steps = order_layers(split_dependencies(recipe([CLICK, NUMPY, TORCH], earlier=last))).steps
    assert [step.band for step in steps if isinstance(step, InstallPins)] == ["heavy", "light", "delta"]


def test_nothing_comes_on_top_where_nothing_changed_and_then_it_is_the_earlier_image() -> None:
    last = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    assert split_dependencies(recipe([SIX, TORCH, CLICK, NUMPY], earlier=last)).steps == last


def test_a_layer_on_top_does_not_pile_up_on_another() -> None:
    first = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    second = split_dependencies(recipe([CLICK, NUMPY, SIX, TOML, TORCH], earlier=first)).steps
    assert bands(recipe([NEWER_CLICK, NUMPY, SIX, TOML, TORCH], earlier=second))[-1] == (
        "delta",
        (NEWER_CLICK, TOML),
        (),
    )


def test_a_heavy_change_makes_new_bands() -> None:
    last = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    newer = pin("torch==2.9.0", 900)
    assert bands(recipe([CLICK, NUMPY, SIX, newer], earlier=last)) == [
        ("heavy", (NUMPY, newer), ()),
        ("light", (CLICK, SIX), ()),
    ]
    assert bands(recipe([CLICK, NUMPY, SIX], earlier=last)) == [("all", (CLICK, NUMPY, SIX), ())]


def test_many_changes_make_new_bands() -> None:
    some = [pin(f"p{number}==1.0") for number in range(80)]
    newer = [pin(f"p{number}==2.0") for number in range(16)]
    last = split_dependencies(recipe(some)).steps
    assert [band for band, _, _ in bands(recipe([*newer[:15], *some[15:]], earlier=last))] == ["all", "delta"]
    assert [band for band, _, _ in bands(recipe([*newer, *some[16:]], earlier=last))] == ["all"]


def test_what_is_installed_within_the_pins_is_bound_by_all_bands_and_by_no_outdated_one() -> None:
    last = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH])).steps
    bound = Resolution(constraints=("/opt/caliban/uv.lock.pins.txt",))
    later = InstallRequirements(path="requirements.txt", resolution=bound)
    *_, heavy, light, after = split_dependencies(recipe([NEWER_CLICK, NUMPY, TORCH], later, earlier=last)).steps
    assert isinstance(heavy, InstallPins) and isinstance(light, InstallPins)
    assert (heavy.band, light.band) == ("heavy", "light")
    assert after == replace(later, resolution=Resolution(constraints=(heavy.listing, light.listing)))


def test_bands_come_back_from_the_index_as_they_were() -> None:
    before = split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH]))
    kept = read_bands(render_bands(before))
    assert split_dependencies(recipe([CLICK, NUMPY, SIX, TORCH], earlier=kept)).steps[2:] == kept
    assert read_bands("no JSON") == read_bands("[{}]") == ()
