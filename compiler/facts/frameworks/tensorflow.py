"""The stack or rewrite that tensorflow needs.

Before 2.14 it takes CUDA and cuDNN from the system; since then the extra 'and-cuda' brings them as wheels.
"""

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.frameworks import problems
from caliban.compiler.facts.frameworks.choice import Choice, choice
from caliban.compiler.facts.frameworks.gpu import Stack, require_driver
from caliban.compiler.facts.frameworks.rewrite import Rewrite, renamed, respelled
from caliban.compiler.facts.frameworks.wanted import Wanted
from caliban.compiler.facts.images import cuda_image
from caliban.compiler.ir.demand import Demand

_EXTRA = "and-cuda"


def tensorflow_stack(demand: Demand) -> Stack | None:
    """The stack, or None without tensorflow; raises Rejected where no release in question runs on this GPU."""
    found = choice(demand, "tensorflow-gpu") or choice(demand, "tensorflow")  # the old name first: it says more
    if found is None:
        return None
    want, release = found.want, found.release
    if any(each.direct for each in found.wants):
        return _from_wheels(want)
    if want.pin.name == "tensorflow-gpu" and (found.newer or found.newest):  # the newest is an empty shell
        raise Rejected(problems.tensorflow_gpu_stub(want.words, want.pin.source))
    if found.older or (found.fits and release.refused):
        raise Rejected(problems.tensorflow_too_old(want.words, want.pin.source))
    if found.fits:
        return _stack(found, demand)
    note = f"caliban knows tensorflow up to {release.version} and nothing of {want.words}"
    return _from_wheels(want, note if found.unknown else None)


def tensorflow_rewrite(demand: Demand) -> Rewrite | None:
    """Without CUDA in CPU mode, with CUDA as wheels in GPU mode."""
    old, new = choice(demand, "tensorflow-gpu"), choice(demand, "tensorflow")
    if demand.mode == "cpu":
        found = [each for each in (old, new) if each is not None]
        return _for_cpu(found, demand) if found and all(each.rewritable for each in found) else None
    return _for_gpu(new, demand) if new is not None and new.rewritable else None


def _for_cpu(found: list[Choice], demand: Demand) -> Rewrite | None:
    """As tensorflow-cpu, which x86 alone has; beside what requires tensorflow by that name only without its CUDA."""
    want = found[0].want
    where, wants = want.pin.source, [want for each in found for want in each.wants]
    by_name = demand.tables["frameworks"]["requires_tensorflow_by_name"]["names"]
    keeper = next((pin.name for pin in demand.packages if pin.name in by_name), None)
    asked = any(_EXTRA in want.extras for want in wants)
    otherwise = f"{want.words} brings gigabytes of CUDA that CPU mode does not use ({where})" if asked else None
    if demand.platform.startswith("linux/amd64") and keeper is None:
        return Rewrite(
            reason=f"{want.words} is installed as tensorflow-cpu: CPU mode needs no CUDA ({where})",
            source=where,
            excludes=tuple(dict.fromkeys(want.pin.name for want in wants)),
            additions=renamed(wants, demand, "tensorflow-cpu", without={_EXTRA}),
            otherwise=otherwise,
        )
    if not asked:
        return None
    why = f"{keeper} requires tensorflow by that name" if keeper else "tensorflow-cpu has no wheels for arm64"
    return Rewrite(
        reason=f"{want.words} is installed without [{_EXTRA}]: CPU mode needs no CUDA, and {why} ({where})",
        source=where,
        overrides=tuple(respelled(want, extras=want.extras - {_EXTRA}) for want in wants),
        otherwise=otherwise,
    )


def _for_gpu(found: Choice, demand: Demand) -> Rewrite | None:
    """With the extra; a release that is broken with it gives way to the next one."""
    want, release = found.want, found.release
    where = want.pin.source
    if release.extra is None or not (found.fits or found.unknown) or not demand.platform.startswith("linux/amd64"):
        return None
    if found.fits and release.trap and release.instead:
        return Rewrite(
            reason=f"{want.words} is installed as {release.instead}: {release.trap} ({where})",
            source=where,
            overrides=tuple(
                respelled(each, extras=each.extras | {_EXTRA}, version=release.instead) for each in found.wants
            ),
        )
    if _EXTRA in found.extras:
        return None
    return Rewrite(
        reason=f"{want.words} is installed with [{_EXTRA}]: without it tensorflow sees no GPU ({where})",
        source=where,
        additions=tuple(respelled(each, extras=each.extras | {_EXTRA}) for each in found.wants),
    )


def _stack(found: Choice, demand: Demand) -> Stack:
    want, release = found.want, found.release
    asked = release.image is not None or release.extra in found.extras
    if asked and release.cuda:
        require_driver(release.cuda, want, demand)
    if release.image and release.cuda:
        words = f"{want.words} needs CUDA {release.cuda} and cuDNN of the system ({want.pin.source})"
        return Stack(words=words, cuda=release.cuda, image=cuda_image(release.cuda, release.image, demand.tables))
    if asked:
        words = f"{want.words} brings CUDA {release.cuda} in its wheels ({want.pin.source})"
        trap = (f"{release.trap}: write {release.instead}",) if release.trap else ()
        return Stack(words=words, cuda=release.cuda, shadowed=True, notes=trap)
    if not demand.platform.startswith("linux/amd64"):
        words = f"{want.words} has no build with CUDA for arm64 ({want.pin.source})"
        return Stack(words=words, notes=(words,))
    note = f"{want.words} sees no GPU ({want.pin.source}): write {respelled(want, extras=want.extras | {_EXTRA})}"
    return _from_wheels(want, note)


def _from_wheels(want: Wanted, note: str | None = None) -> Stack:
    words = f"{want.words} takes CUDA from wheels ({want.pin.source})"
    return Stack(words=words, notes=(note,) if note else ())
