"""The stack or rewrite that jax needs.

Its extras 'cuda12' and 'cuda13' bring CUDA as wheels; those ending in '-local', and all before 0.4.7, use the system's,
with ptxas and libdevice, which only a devel image has.
"""

import re

from caliban.compiler.facts.frameworks.choice import Choice, choice
from caliban.compiler.facts.frameworks.gpu import Stack, can_run, driver_can_run, require_driver
from caliban.compiler.facts.frameworks.releases import Release, releases
from caliban.compiler.facts.frameworks.rewrite import Rewrite, respelled
from caliban.compiler.facts.images import cuda_image
from caliban.compiler.ir.demand import Demand

_CUDA = re.compile(r"cuda\d*(?:-.+)?")
_LOCAL = re.compile(r"cuda(\d+)-local")
_FROM_WHEELS = re.compile(r"cuda(\d*)(?:-pip|-cudnn\d+)?")
_PLUGINS = ("jax-cuda12-plugin", "jax-cuda12-pjrt", "jax-cuda13-plugin", "jax-cuda13-pjrt")
_PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html"


def jax_stack(demand: Demand) -> Stack | None:
    """The stack, or None without jax; raises Rejected where the driver is too old for the extra."""
    found = choice(demand, "jax", "jaxlib")
    if found is None:
        return None
    release = found.release
    local = next((match[1] for extra in sorted(found.extras) if (match := _LOCAL.fullmatch(extra))), None)
    if local is not None:
        newest = releases("jax", demand.tables)[-1].local
        return _devel(found, release.local.get(local) or newest.get(local) or newest["12"], demand)
    if release.image and release.cuda:
        return _devel(found, release.cuda, demand)
    return _from_wheels(found, demand)


def jax_rewrite(demand: Demand) -> Rewrite | None:
    """Without CUDA in CPU mode, with CUDA as wheels in GPU mode."""
    found = choice(demand, "jax")
    if found is None or not found.rewritable:
        return None
    return _for_cpu(found) if demand.mode == "cpu" else _for_gpu(found, demand)


def _for_cpu(found: Choice) -> Rewrite | None:
    """Without the plugins of the extra; before there were any, without the extra."""
    asked = sorted(extra for extra in found.extras if _CUDA.fullmatch(extra))
    where = found.want.pin.source
    if not asked:
        return None
    plugged = not (found.release.find_links or found.release.image)
    without = tuple(respelled(want, extras=want.extras - set(asked)) for want in found.wants)
    return Rewrite(
        reason=f"{found.want.words} is installed without [{','.join(asked)}]: CPU mode needs no CUDA ({where})",
        source=where,
        overrides=() if plugged else without,
        excludes=_PLUGINS if plugged else (),
        otherwise=f"{found.want.words} brings gigabytes of CUDA that CPU mode does not use ({where})",
    )


def _for_gpu(found: Choice, demand: Demand) -> Rewrite | None:
    """With the extra that suits the driver; before 0.4.23 its builds with CUDA are on no index."""
    release, where = found.release, found.want.pin.source
    brought = any(_CUDA.fullmatch(extra) for extra in found.extras) or _has_plugin(demand)
    if brought or release.find_links or release.image or not (found.fits or found.unknown):
        return None
    extra = _extra(release, demand)
    return Rewrite(
        reason=f"{found.want.words} is installed as jax[{extra}]: without it jax sees no GPU ({where})",
        source=where,
        additions=tuple(respelled(want, extras=want.extras | {extra}) for want in found.wants),
    )


def _devel(found: Choice, cuda: str, demand: Demand) -> Stack:
    want, release = found.want, found.release
    image = cuda_image(cuda, "cudnn-devel", demand.tables)
    require_driver(cuda, want, demand)
    words = f"{want.words} needs CUDA {cuda}, cuDNN and ptxas of the system ({want.pin.source})"
    if not release.local and not want.extras:
        note = f"{want.words} sees no GPU ({want.pin.source}): write jax[{release.extra}], with --find-links {_PAGE}"
        return Stack(words=words, cuda=cuda, image=image, notes=(note,))
    return Stack(words=words, cuda=cuda, image=image)


def _from_wheels(found: Choice, demand: Demand) -> Stack:
    """CUDA as wheels, if an extra or a plugin asks for it; else the note that says how."""
    want, release, where = found.want, found.release, found.want.pin.source
    notes = (f"caliban knows jax up to {release.version} and nothing of {want.words}",) if found.unknown else ()
    majors = (match[1] or "12" for extra in sorted(found.extras) if (match := _FROM_WHEELS.fullmatch(extra)))
    major = next(majors, None)
    if major is None and not _has_plugin(demand):
        write = respelled(want, name="jax", extras={*want.extras, _extra(release, demand)})
        links = f", with --find-links {_PAGE}" if release.find_links else ""
        notes = (*notes, f"{want.words} sees no GPU ({where}): write {write}{links}")
        return Stack(words=f"{want.words} takes CUDA from wheels ({where})", notes=notes)
    if major is not None:
        can_use_12 = major == "13" and driver_can_run("12", demand)
        require_driver(major, want, demand, f"write jax[{release.extra}]" if can_use_12 else None)
    if release.find_links and not any(_PAGE in option for option in demand.indexes):
        notes = (*notes, f"{want.words} with CUDA is on no index ({where}): add --find-links {_PAGE}")
    brings = f"CUDA {major}" if major else "CUDA"
    return Stack(words=f"{want.words} brings {brings} in its wheels ({where})", cuda=major, shadowed=True, notes=notes)


def _extra(release: Release, demand: Demand) -> str:
    """'cuda13' where driver and card are known to run it."""
    new = release.extra_cuda13 and demand.driver and can_run("13.0", demand)
    return (release.extra_cuda13 if new else release.extra) or "cuda12"


def _has_plugin(demand: Demand) -> bool:
    return any(pin.name.startswith("jax-cuda") for pin in demand.packages)
