import pytest
from msgspec.structs import replace
from recipes import DEMAND, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.locks.resolved import Answer, Locking, ResolutionRequest, Resolved
from caliban.compiler.passes.reuse_resolution import reuse_resolution

CHOSEN = replace(DEMAND, python="3.11")
ASKED = ResolutionRequest(platform="linux/amd64", python="3.11", requirements=("click==8.1.7", "six"))
PINS = tuple(
    LockedPin(name=name, text=f"{name}=={version}", hashes=(f"sha256:{name}",), source="caliban.lock", by=())
    for name, version in (("click", "8.1.7"), ("six", "1.17.0"))
)
ANSWER = Answer(pins=PINS, indexes=("https://example.com/simple",), files=("wheels/six-1.17.0-py3-none-any.whl",))
LOCKED = InstallPins(path="caliban.lock", pins=PINS, indexes=ANSWER.indexes, files=ANSWER.files)
COMMAND = "caliban lock train.py"


def locked(before: Recipe, *, asked: ResolutionRequest = ASKED, strict: bool = False) -> Recipe:
    earlier = Resolved(asked=asked, answer=ANSWER, base="python:3.11-slim-bookworm")
    return replace(before, locking=Locking(command=COMMAND, strict=strict, earlier=earlier))


def declared(*requirements: str, demand: Demand = CHOSEN) -> Recipe:
    return recipe(*requirements, demand=demand)


def installing(after: Recipe) -> list[Step]:
    return [step for step in after.steps if not isinstance(step, PrepareFolders | CreateVenv)]


def test_what_was_asked_before_is_not_resolved_again() -> None:
    after = reuse_resolution(locked(declared("click==8.1.7", "six"), strict=True))
    assert (installing(after), after.notes) == ([LOCKED], ())


def test_order_blanks_and_repetition_are_no_part_of_the_question() -> None:
    after = reuse_resolution(locked(declared("six", "click==8.1.7", "six "), strict=True))
    assert installing(after) == [LOCKED]


def test_another_question_is_resolved_and_told() -> None:
    before = declared("click==8.1.8", "six")
    after = reuse_resolution(locked(before))
    assert (after.steps, after.notes) == (
        before.steps,
        (
            "packages are not taken from caliban.lock (requirements: click==8.1.8 added and click==8.1.7 gone); "
            f"to lock them: {COMMAND}",
        ),
    )


@pytest.mark.parametrize(
    "demand",
    [
        replace(CHOSEN, python="3.12"),
        replace(CHOSEN, platform="linux/arm64"),
        replace(CHOSEN, indexes=("--extra-index-url https://example.com/simple",)),
        replace(CHOSEN, options=("--pre",)),
        replace(CHOSEN, constraints=(Pin(name="six", text="six<2", source="limits.txt:1"),)),
    ],
)
def test_locked_forbids_whatever_might_have_another_answer(demand: Demand) -> None:
    with pytest.raises(Rejected, match="--locked"):
        reuse_resolution(locked(declared("click==8.1.7", "six", demand=demand), strict=True))


def test_what_passes_decide_is_part_of_the_question() -> None:
    before = declared("click==8.1.7", "six")
    steps = tuple(
        replace(step, resolution=Resolution(torch_backend="cpu", excludes=("jax",)))
        if isinstance(step, InstallRequirements)
        else step
        for step in before.steps
    )
    (note,) = reuse_resolution(locked(replace(before, steps=steps))).notes
    assert "torch backend: cpu instead of none; excludes: jax added" in note


def test_what_a_build_tells_is_installed_within_what_is_locked() -> None:
    built = BuildWheel(path=".", stage="wheel", fallback=("click==8.1.7", "six"))
    told = InstallWheelRequirements(
        stage="wheel", path=".", installed_with=(InstallRequirements(path="requirements.txt"),)
    )
    before = replace(declared("click==8.1.7", "six"), steps=(PrepareFolders(), CreateVenv(), built, told))
    held = Resolution(constraints=("/opt/caliban/caliban.lock.pins.txt",))
    assert installing(reuse_resolution(locked(before))) == [
        LOCKED,
        built,
        replace(told, installed_with=(), resolution=held),
    ]


def test_what_only_a_build_can_tell_is_asked_of_no_lock() -> None:
    built = BuildWheel(path=".", stage="wheel", fallback=None)
    before = replace(declared(), steps=(PrepareFolders(), CreateVenv(), built))
    making = Locking(command=COMMAND, making=True)
    after = reuse_resolution(replace(before, locking=making))
    assert after.locking == replace(
        making,
        asked=ResolutionRequest(platform="linux/amd64", python="3.11"),
        open=("only a build of the project tells what it depends on",),
    )


def test_where_only_a_build_can_tell_the_packages_locked_says_so() -> None:
    built = BuildWheel(path=".", stage="wheel", fallback=None)
    before = replace(declared(), steps=(PrepareFolders(), CreateVenv(), built))
    earlier = Resolved(asked=replace(ASKED, requirements=()), answer=None, base="python:3.11-slim-bookworm")
    after = reuse_resolution(replace(before, locking=Locking(command=COMMAND, strict=True, earlier=earlier)))
    assert after.notes == ("--locked holds for the base alone: only a build of the project tells what it depends on",)


def test_another_lock_is_known_by_what_it_selects() -> None:
    pins = InstallPins(path="uv.lock", pins=PINS)
    before = replace(declared(), steps=(PrepareFolders(), CreateVenv(), pins))
    making = replace(before, locking=Locking(command=COMMAND, making=True))
    other = replace(making, steps=(*making.steps[:2], replace(pins, pins=PINS[:1])))
    first, second = (reuse_resolution(each).locking for each in (making, other))
    assert first is not None and second is not None
    assert first.asked is not None and second.asked is not None
    assert first.open == () and first.asked.selection != second.asked.selection


def test_what_is_resolved_beside_another_lock_is_said() -> None:
    pins, torch = InstallPins(path="uv.lock", pins=PINS), InstallRequirements(path="uv.lock", lines=("torch==2.8.0",))
    steps = (PrepareFolders(), CreateVenv(), pins, torch, InstallRequirements(path="requirements.txt"))
    making = Locking(command=COMMAND, making=True)
    after = reuse_resolution(replace(declared(), steps=steps, locking=making)).locking
    assert after is not None and after.open == (
        "the build of torch that is installed is not the one in uv.lock",
        "requirements.txt is resolved in the build, within uv.lock",
    )


def test_without_a_lock_nothing_is_different() -> None:
    before = declared("click==8.1.7")
    assert reuse_resolution(before) == before


LIMITS = ("torch==2.13.0+cpu", "torchvision<0", "torchaudio<0")


def with_torch_at_hand(*steps_of: str) -> Recipe:
    before = declared(*steps_of)
    steps = tuple(
        replace(step, resolution=Resolution(limits=LIMITS)) if isinstance(step, InstallRequirements) else step
        for step in before.steps
    )
    return replace(before, steps=steps)


@pytest.mark.parametrize(("version", "backend"), [("2.13.0+cpu", None), ("2.14.0+cpu", "cpu")])
def test_a_lock_serves_machines_with_and_without_a_cpu_build_at_hand(version: str, backend: str | None) -> None:
    asked = replace(ASKED, requirements=("torch",), torch_backend="cpu")
    pin = LockedPin(name="torch", text=f"torch=={version}", hashes=("sha256:0",), source="caliban.lock", by=())
    earlier = Resolved(asked=asked, answer=Answer(pins=(pin,)), base="python:3.11-slim-bookworm")
    before = replace(with_torch_at_hand("torch"), locking=Locking(command=COMMAND, strict=True, earlier=earlier))
    (step,) = installing(reuse_resolution(before))
    assert isinstance(step, InstallPins)
    assert step.resolution == Resolution(torch_backend=backend)
