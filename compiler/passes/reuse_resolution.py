"""Reuse the packages that `caliban lock` resolved, where they were made from what is declared now.

What a requirement comes to differs from day to day; the packages in `caliban.lock` are what it came to when it was
written. Where the question is another one by now, the user is told what is different, and it is resolved as without
the file; with `--locked`, that is an error. A distribution whose build tells its requirements may ask for no more than
what is locked, so it still gets what it asks for, within that.

Runs behind all passes that decide what is asked, and before `split_dependencies`, which makes layers of the pins.

>>> earlier = Resolved(asked=ResolutionRequest(requirements=('click',)), answer=Answer(pins=('click==8.1.7',)))
>>> def later(text):
...     packages = InstallRequirements(path='requirements.txt')
...     demand = Demand(python='3.11', packages=(text,))
...     show(reuse_resolution(recipe(demand, packages, locking=Locking(earlier=earlier))))
>>> later('click')
Demand(python='3.11', packages=('click',))
InstallPins(path='caliban.lock', pins=('click==8.1.7',))
>>> later('click>=8.2')
Demand(python='3.11', packages=('click>=8.2',))
InstallRequirements(path='requirements.txt')
note: packages are not taken from caliban.lock (requirements: click>=8.2 added and click gone); to lock them: ...
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.frameworks.torch_at_hand import FAMILY
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.locks.parts import parts_of
from caliban.compiler.locks.resolved import CALIBAN_LOCK, Answer, Locking, ResolutionRequest, differences
from caliban.compiler.passes import problems


def reuse_resolution(recipe: Recipe) -> Recipe:
    """The recipe with pins for what it resolves; raises Rejected where `--locked` forbids to resolve."""
    demand, locking = recipe.demand, recipe.locking
    if locking is None:
        return recipe
    why = tuple(dict.fromkeys(_open(recipe, demand)))
    locking = replace(locking, asked=_asked(recipe, demand, known=not why), open=why)
    recipe = replace(recipe, locking=locking)
    if locking.making:
        return recipe
    if found := tuple(_drift(locking, demand)):
        if locking.strict:
            raise Rejected(problems.drift(found, locking.command))
        note = f"packages are not taken from {CALIBAN_LOCK} ({'; '.join(found)}); to lock them: {locking.command}"
        return replace(recipe, notes=(*recipe.notes, note))
    if locking.strict and why:
        recipe = replace(recipe, notes=(*recipe.notes, f"--locked holds for the base alone: {'; '.join(why)}"))
    answer = locking.earlier.answer if locking.earlier is not None else None
    return recipe if answer is None else _with(answer, recipe)


def _drift(locking: Locking, demand: Demand) -> Iterator[str]:
    if locking.earlier is None:
        yield f"it has nothing for {demand.mode} mode" if locking.there else f"there is no {CALIBAN_LOCK}"
        return
    assert locking.asked is not None, "it was just asked"
    yield from differences(locking.earlier.asked, locking.asked)


def _open(recipe: Recipe, demand: Demand) -> Iterator[str]:
    """Yield the reasons for which only a build can tell the packages."""
    if (pins := next((step for step in recipe.steps if isinstance(step, InstallPins)), None)) is not None:
        beside = (step.path for step in recipe.steps if isinstance(step, InstallRequirements))
        yield from (_beside(path, pins.path) for path in beside)
        return
    if recipe.base.named:
        yield "only a build can tell which Python and packages the base has that is named"
    fetched = (pin.source for pin in demand.packages if "git+" in pin.text)
    yield from (f"{place} comes from git, and only a build runs the code of others" for place in fetched)
    yield from (f"only the installer knows what {place} comes to" for place in demand.unread)
    for step in recipe.steps:
        match step:
            case PrepareToolkit() | CompileWheels():
                yield "some are compiled in the build, for the torch that it gets"
            case BuildWheel(listed=True, fallback=None):
                yield f"only a build of {'the project' if step.path == '.' else step.path} tells what it depends on"


def _beside(path: str, lock: str) -> str:
    """Describe requirements that are resolved in spite of another lock, which `separate_torch` names."""
    if path == lock:
        return f"the build of torch that is installed is not the one in {lock}"
    return f"{path} is resolved in the build, within {lock}"


def _asked(recipe: Recipe, demand: Demand, *, known: bool) -> ResolutionRequest:
    """Return the request to resolve; for a project with another lock, the selection of that lock."""
    pins = [pin for step in recipe.steps if isinstance(step, InstallPins) for pin in step.pins]
    if pins or not known:
        import hashlib  # 5 ms, for its OpenSSL: only a project with a lock pays for it

        lines = sorted(" ".join((pin.text, *pin.hashes)) for pin in pins)
        selection = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
        return ResolutionRequest(
            platform=demand.platform, python=demand.chosen_python, selection=f"sha256:{selection}" if pins else None
        )
    resolving = [step for step in recipe.steps if isinstance(step, InstallRequirements | InstallWheelRequirements)]
    resolutions = [step.resolution for step in resolving]
    return ResolutionRequest(
        platform=demand.platform,
        python=demand.chosen_python,
        requirements=_sorted(pin.text for pin in demand.packages),
        constraints=_sorted(pin.text for pin in demand.constraints),
        options=_sorted((*demand.indexes, *demand.options)),
        # A CPU build at hand answers the same question, so a lock serves machines with and without one.
        torch_backend=next(("cpu" if each.limits else each.torch_backend for each in resolutions), None),
        overrides=_sorted(line for each in resolutions for line in each.overrides),
        excludes=_sorted(name for each in resolutions for name in (*each.excludes, *each.folders)),
    )


def _sorted(texts: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({" ".join(text.split()) for text in texts}))


def _with(answer: Answer, recipe: Recipe) -> Recipe:
    """The pins where the first of what they stand for was; what a build tells is held to them."""
    asking = [step for step in recipe.steps if isinstance(step, InstallRequirements | InstallWheelRequirements)]
    if not asking or not answer.pins:
        return recipe
    known = asking[0].resolution
    elsewhere = known.limits and any(pin.name in FAMILY and pin.text not in known.limits for pin in answer.pins)
    backend = "cpu" if elsewhere else known.torch_backend  # what is locked does not lie in a wheel folder here
    resolution = Resolution(torch_backend=backend, torch_mirrored=known.torch_mirrored, secrets=known.secrets)
    pins = tuple(
        InstallPins(
            path=CALIBAN_LOCK,
            pins=part,
            part=number,
            indexes=answer.indexes,
            files=answer.files,
            resolution=resolution,
        )
        for number, part in enumerate(parts_of(answer.pins), start=1)
    )
    listings = tuple(each.listing for each in pins)
    first = next(number for number, step in enumerate(recipe.steps) if isinstance(step, _ASKING))
    steps: list[Step] = [*recipe.steps[:first], *pins]
    for step in recipe.steps[first:]:
        match step:
            case InstallRequirements():
                pass
            case InstallWheelRequirements():
                steps.append(
                    replace(step, installed_with=(), resolution=replace(step.resolution, constraints=listings))
                )
            case _:
                steps.append(step)
    return replace(recipe, steps=tuple(steps))


_ASKING = (InstallRequirements, BuildWheel, InstallWheelRequirements)
