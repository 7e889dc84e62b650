"""The size of an image: the forecast before its first build, and `--max_image_size` before and after."""

from caliban.compiler.cost.forecast import Forecast, forecast
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.runtime.building import problems
from caliban.runtime.engine.engine import Engine
from caliban.runtime.say import say
from caliban.runtime.session import Session

_NOTABLE = 50_000_000  # bytes; what is less takes no time worth a word


def check_forecast(plan: Plan, session: Session) -> None:
    """Tells what a first build will take. Raises Rejected where that alone is more than is allowed."""
    if not isinstance(plan.image, Recipe):
        return
    ahead = forecast(plan.image)
    if plan.max_image_size is not None and ahead.image > plan.max_image_size:
        raise Rejected(problems.image_will_be_too_large(_words(ahead), plan.max_image_size))
    if ahead.image < _NOTABLE:
        return
    from caliban.runtime.building.records import was_built

    if not was_built(session.folder, session.root, plan.mode):
        from caliban.backends.report.words import duration

        say(f"a first build: {_words(ahead)}; about {duration(ahead.seconds)}")


def check_size(plan: Plan, image: str, engine: Engine) -> None:
    """Raises Rejected where an image is larger than is allowed."""
    if plan.max_image_size is None:
        return
    size = engine.image_size(image)
    if size is not None and size > plan.max_image_size:
        raise Rejected(problems.image_too_large(size, plan.max_image_size))


def _words(ahead: Forecast) -> str:
    """'62 MB of packages to download, 800 MB to copy, 990 MB in the image'."""
    from caliban.compiler.facts.sizes import size

    parts = [f"{size(ahead.download)} of packages to download"] if ahead.download else []
    parts += [f"{size(ahead.copied)} to copy"] if ahead.copied else []
    more = "" if ahead.complete else ", and the packages that are still to be resolved"
    return f"{', '.join(parts)}, {size(ahead.image)} in the image beside its base{more}"
