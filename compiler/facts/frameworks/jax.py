"""What jax needs: its requirements in, a stack or a rewrite out.

Its extras 'cuda12' and 'cuda13' bring CUDA as wheels; those ending in '-local', and all before 0.4.7, use the system's,
with ptxas and libdevice, which only a devel image has.
"""

import re

from caliban.compiler.facts.frameworks.choice import Choice, choice
from caliban.compiler.facts.frameworks.gpu import Stack, can_run, driver_can_run, require_driver
from caliban.compiler.facts.frameworks.releases import Release, releases
from caliban.compiler.facts.frameworks.rewrite import Rewrite, respelled
from caliban.compiler.facts.images import cuda_image
from caliban.compiler.ir.base import BaseNeed

_CUDA = re.compile(r"cuda\d*(?:-.+)?")
_LOCAL = re.compile(r"cuda(\d+)-local")
_FROM_WHEELS = re.compile(r"cuda(\d*)(?:-pip|-cudnn\d+)?")
_PLUGINS = ("jax-cuda12-plugin", "jax-cuda12-pjrt", "jax-cuda13-plugin", "jax-cuda13-pjrt")
_PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html"


def jax_stack(need: BaseNeed) -> Stack | None:
    """The stack, or None without jax; raises Rejected where the driver is too old for the extra."""
    found = choice(need, "jax", "jaxlib")
    if found is None:
        return None
    release = found.release
    local = next((match[1] for extra in sorted(found.extras) if (match := _LOCAL.fullmatch(extra))), None)
    if local is not None:
        newest = releases("jax", need.tables)[-1].local
        return _devel(found, release.local.get(local) or newest.get(local) or newest["12"], need)
    if release.image and release.cuda:
        return _devel(found, release.cuda, need)
    return _from_wheels(found, need)


def jax_rewrite(need: BaseNeed) -> Rewrite | None:
    """Without CUDA in CPU mode, with CUDA as wheels in GPU mode."""
    found = choice(need, "jax")
    if found is None or not found.rewritable:
        return None
    return _for_cpu(found) if need.mode == "cpu" else _for_gpu(found, need)


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


def _for_gpu(found: Choice, need: BaseNeed) -> Rewrite | None:
    """With the extra that suits the driver; before 0.4.23 its builds with CUDA are on no index."""
    release, where = found.release, found.want.pin.source
    brought = any(_CUDA.fullmatch(extra) for extra in found.extras) or _has_plugin(need)
    if brought or release.find_links or release.image or not (found.fits or found.unknown):
        return None
    extra = _extra(release, need)
    return Rewrite(
        reason=f"{found.want.words} is installed as jax[{extra}]: without it jax sees no GPU ({where})",
        source=where,
        additions=tuple(respelled(want, extras=want.extras | {extra}) for want in found.wants),
    )


def _devel(found: Choice, cuda: str, need: BaseNeed) -> Stack:
    want, release = found.want, found.release
    image = cuda_image(cuda, "cudnn-devel", need.tables)
    require_driver(cuda, want, need)
    words = f"{want.words} needs CUDA {cuda}, cuDNN and ptxas of the system ({want.pin.source})"
    if not release.local and not want.extras:
        note = f"{want.words} sees no GPU ({want.pin.source}): write jax[{release.extra}], with --find-links {_PAGE}"
        return Stack(words=words, cuda=cuda, image=image, notes=(note,))
    return Stack(words=words, cuda=cuda, image=image)


def _from_wheels(found: Choice, need: BaseNeed) -> Stack:
    """CUDA as wheels, if an extra or a plugin asks for it; else the note that says how."""
    want, release, where = found.want, found.release, found.want.pin.source
    notes = (f"caliban knows jax up to {release.version} and nothing of {want.words}",) if found.unknown else ()
    majors = (match[1] or "12" for extra in sorted(found.extras) if (match := _FROM_WHEELS.fullmatch(extra)))
    major = next(majors, None)
    if major is None and not _has_plugin(need):
        write = respelled(want, name="jax", extras={*want.extras, _extra(release, need)})
        links = f", with --find-links {_PAGE}" if release.find_links else ""
        notes = (*notes, f"{want.words} sees no GPU ({where}): write {write}{links}")
        return Stack(words=f"{want.words} takes CUDA from wheels ({where})", notes=notes)
    if major is not None:
        can_use_12 = major == "13" and driver_can_run("12", need)
        require_driver(major, want, need, f"write jax[{release.extra}]" if can_use_12 else None)
    if release.find_links and not any(_PAGE in option for option in need.indexes):
        notes = (*notes, f"{want.words} with CUDA is on no index ({where}): add --find-links {_PAGE}")
    brings = f"CUDA {major}" if major else "CUDA"
    return Stack(words=f"{want.words} brings {brings} in its wheels ({where})", cuda=major, shadowed=True, notes=notes)


def _extra(release: Release, need: BaseNeed) -> str:
    """'cuda13' where driver and card are known to run it."""
    new = release.extra_cuda13 and need.driver and can_run("13.0", need)
    return (release.extra_cuda13 if new else release.extra) or "cuda12"


def _has_plugin(need: BaseNeed) -> bool:
    return any(pin.name.startswith("jax-cuda") for pin in need.packages)
