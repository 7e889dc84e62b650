from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.cost.expected_cost import Layer, cheapest_order, layer_of, ratio, seconds_per_build, worth_it
from caliban.compiler.ir.effects import Changes, Churn, Effects

SLACK = 1e-9  # of floating point


@st.composite
def some_layers(draw: st.DrawFn, most: int = 7) -> list[Layer]:
    """Up to seven layers, each after some of those before it in the list: any precedence but a circle."""
    layers: list[Layer] = []
    for place in range(draw(st.integers(1, most))):
        after = draw(st.frozensets(st.integers(0, place - 1), max_size=2)) if place else frozenset()
        seconds = draw(st.floats(0, 100))
        chance = draw(st.sampled_from([0.0, 0.001, 0.05, 0.3, 0.8, 0.99]) | st.floats(0.0001, 0.9999))
        layers.append(Layer(seconds, chance, after, draw(st.booleans())))
    shuffled = draw(st.permutations(range(len(layers))))
    place_of = {old: new for new, old in enumerate(shuffled)}
    return [layers[old]._replace(after=frozenset(place_of[other] for other in layers[old].after)) for old in shuffled]


def allowed(layers: list[Layer], order: tuple[int, ...]) -> bool:
    return all(layers[place].after <= set(order[:at]) for at, place in enumerate(order))


@given(some_layers())
def test_no_allowed_order_is_cheaper(layers: list[Layer]) -> None:
    order = cheapest_order(layers)
    least = min(
        seconds_per_build(layers, other) for other in permutations(range(len(layers))) if allowed(layers, other)
    )
    assert allowed(layers, order)
    assert seconds_per_build(layers, order) <= least + SLACK * (1 + least)


@given(some_layers())
def test_independent_layers_are_sorted_by_their_ratio(layers: list[Layer]) -> None:
    free = [layer._replace(after=frozenset()) for layer in layers]
    order = cheapest_order(free)
    by_ratio = sorted(range(len(free)), key=lambda place: -ratio(free[place]))
    assert abs(seconds_per_build(free, order) - seconds_per_build(free, by_ratio)) <= SLACK * 1000


def test_a_hundred_folders_are_no_riddle() -> None:
    first, *folders = (Layer(1.0 + number, 0.1, frozenset({0}) if number else frozenset()) for number in range(101))
    assert cheapest_order([first, *folders]) == (0, *range(100, 0, -1))


def test_a_linked_layer_is_built_for_its_own_changes_alone() -> None:
    often, data = Layer(10.0, 0.5), Layer(100.0, 0.01)
    assert seconds_per_build([often, data], (0, 1)) == 10 * 0.5 + 100 * (1 - 0.5 * 0.99)
    linked = [often, data._replace(linked=True)]
    assert seconds_per_build(linked, (0, 1)) == 10 * 0.5 + 100 * 0.01
    assert (cheapest_order([often, data]), cheapest_order(linked)) == ((1, 0), (0, 1))


def test_a_new_order_does_not_build_linked_layers() -> None:
    data, packages = Layer(1000.0, 0.1, linked=True), Layer(10.0, 0.01)
    assert worth_it([data, packages], (0, 1), (1, 0))


def test_observations_outweigh_the_kind_as_they_grow() -> None:
    kind = Effects(churn=Churn.DATA)
    chances = [
        layer_of(Effects(churn=Churn.DATA, changes=Changes(times=times, of=of))).chance
        for times, of in ((0, 0), (1, 1), (90, 100), (0, 1000))
    ]
    assert layer_of(kind).chance == chances[0] == 0.1
    assert chances[0] < chances[1] < 0.5 < chances[2] < 0.9
    assert chances[3] < 0.01


def test_a_new_order_must_repay_its_own_rebuild() -> None:
    large, small = Layer(10.0, 0.1), Layer(9.0, 0.1)
    often, seldom = Layer(10.0, 0.5), Layer(10.0, 0.01)
    assert not worth_it([large, small], (1, 0), (0, 1))
    assert worth_it([often, seldom], (0, 1), (1, 0))
    assert not worth_it([often, seldom], (1, 0), (1, 0))
