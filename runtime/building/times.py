"""The effect of $SOURCE_DATE_EPOCH, which depends on the engine's store and on older files."""

from collections.abc import Sequence

from caliban.compiler.facts.image_stores import CONTAINERD
from caliban.compiler.input.project import FileFact
from caliban.compiler.ir.plan import Plan
from caliban.runtime.engine.engine import Engine
from caliban.runtime.say import say

_NANOSECONDS = 1_000_000_000


def takes_archive(plan: Plan, files: Sequence[FileFact], engine: Engine) -> bool:
    """Return whether the image comes as an archive, with no time later than the plan's epoch; report the effect."""
    if plan.epoch is None:
        return False
    store = engine.store().result()
    if store is None:
        return False  # the build will tell why there is no answer
    if store != CONTAINERD:
        say(
            f"files keep their times, whatever $SOURCE_DATE_EPOCH says, so no digest repeats: an engine with the store "
            f'{store} cannot set them, one with containerd\'s can (daemon.json: "features": '
            '{"containerd-snapshotter": true})'
        )
        return False
    older = sum(fact.mtime < plan.epoch * _NANOSECONDS for fact in files)
    kept = "1 file that is older keeps its time" if older == 1 else f"{older} files that are older keep their times"
    depends = f"content and times: {kept}; take a number before all of them" if older else "content alone"
    say(
        "$SOURCE_DATE_EPOCH is set, so the image goes through an archive (which takes long: unset it where you can), "
        f"and its digest depends on {depends}"
    )
    return True
