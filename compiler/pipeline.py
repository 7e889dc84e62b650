"""The compiler in one function: facts in, optimized plan out, every promise of the IR checked after every pass."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compilation
from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.lowering.lower import lower
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.passes.choose_base import choose_base
from caliban.compiler.passes.choose_python import choose_python
from caliban.compiler.passes.choose_wheels import choose_wheels
from caliban.compiler.passes.compile_wheels import compile_wheels
from caliban.compiler.passes.drop_unused import drop_unused
from caliban.compiler.passes.find_python import find_python
from caliban.compiler.passes.link_copies import link_copies
from caliban.compiler.passes.mount_caches import mount_caches
from caliban.compiler.passes.order_layers import order_layers
from caliban.compiler.passes.pin_digests import pin_digests
from caliban.compiler.passes.refuse_contradictions import refuse_contradictions
from caliban.compiler.passes.refuse_incompatible_pins import refuse_incompatible_pins
from caliban.compiler.passes.refuse_missing_extras import refuse_missing_extras
from caliban.compiler.passes.refuse_traps import refuse_traps
from caliban.compiler.passes.reuse_resolution import reuse_resolution
from caliban.compiler.passes.rewrite_requirements import rewrite_requirements
from caliban.compiler.passes.select_locked import select_locked
from caliban.compiler.passes.separate_contexts import separate_contexts
from caliban.compiler.passes.separate_torch import separate_torch
from caliban.compiler.passes.split_dependencies import split_dependencies
from caliban.compiler.passes.suggest_system_packages import suggest_system_packages
from caliban.compiler.verify import NO_SECRETS, Secrets, secrets_of, verify

Pass = Callable[[Recipe], Recipe]

PASSES: tuple[Pass, ...] = (
    choose_python,
    refuse_traps,
    refuse_contradictions,
    find_python,
    rewrite_requirements,
    refuse_missing_extras,
    select_locked,
    suggest_system_packages,
    choose_wheels,
    refuse_incompatible_pins,
    separate_torch,
    compile_wheels,
    reuse_resolution,
    split_dependencies,
    choose_base,
    pin_digests,
    drop_unused,
    mount_caches,
    separate_contexts,
    link_copies,
    order_layers,
)


def compile_plan(
    invocation: Compilation, project: Project, caller: Caller, observed: Observed, *, passes: tuple[Pass, ...] = PASSES
) -> Plan:
    """The plan. Raises Rejected where no image can serve the project."""
    plan = lower(invocation, project, caller, observed)
    if not isinstance(plan.image, Recipe):
        return plan
    secrets = secrets_of(project.secrets, project.ignore_patterns)
    return replace(plan, image=optimize(plan.image, passes=passes, secrets=secrets))


def optimize(recipe: Recipe, *, passes: tuple[Pass, ...] = PASSES, secrets: Secrets = NO_SECRETS) -> Recipe:
    """Runs the passes in order."""
    *_, (_, optimized) = after_each_pass(recipe, passes=passes, secrets=secrets)
    return optimized


def after_each_pass(
    recipe: Recipe, *, passes: tuple[Pass, ...] = PASSES, secrets: Secrets = NO_SECRETS
) -> Iterator[tuple[str, Recipe]]:
    """The recipe as it was lowered, and what each pass in turn makes of it, with its name."""
    verify(recipe, after="lower", secrets=secrets)
    yield "lower", recipe
    based = False
    for apply in passes:
        recipe = apply(recipe)
        based = based or apply is choose_base
        verify(recipe, after=apply.__name__, secrets=secrets, based=based)
        yield apply.__name__, recipe
