"""What jax needs of a base in GPU mode: its requirements in, a stack out.

Its extras 'cuda12' and 'cuda13' bring CUDA as wheels; those ending in '-local', and all before 0.4.7, use the system's,
with ptxas and libdevice, which only a devel image has.
"""

import re
from collections.abc import Sequence

from caliban.compiler.bases import BaseNeed
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frameworks.gpu import Stack, driver_can_run, oldest_driver
from caliban.compiler.frameworks.releases import Release, releases
from caliban.compiler.frameworks.wanted import Wanted, matching, newer_than_known, older_than_known, wanted
from caliban.compiler.images import cuda_image
from caliban.compiler.problems import base as problems

_LOCAL = re.compile(r"cuda(\d+)-local")
_FROM_WHEELS = re.compile(r"cuda(\d*)(?:-pip|-cudnn\d+)?")
_PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html"


def jax_stack(need: BaseNeed) -> Stack | None:
    """The stack, or None without jax; raises Rejected where the driver is too old for the extra."""
    python = need.python or need.host_python
    wants = wanted(need.packages, ("jax", "jaxlib"), python, need.platform)
    if not wants:
        return None
    known = releases("jax", need.tables)
    newest = known[-1]
    fitting = () if any(want.direct for want in wants) else matching(wants, known)
    installed = [release for release in fitting if not need.python or need.python in release.pythons] or fitting
    oldest_or_newest = known[0] if older_than_known(wants, known) else newest
    release = installed[-1] if installed else oldest_or_newest
    want, extras = wants[0], sorted(frozenset().union(*(want.extras for want in wants)))
    local = next((found[1] for extra in extras if (found := _LOCAL.fullmatch(extra))), None)
    if local is not None:
        cuda = release.local.get(local) or newest.local.get(local) or newest.local["12"]
        return _devel(want, cuda, release, need)
    if release.image and release.cuda:
        return _devel(want, release.cuda, release, need)
    unknown = not fitting and newer_than_known(wants, known)
    notes = (f"caliban knows jax up to {newest.version} and nothing of {want.words}",) if unknown else ()
    return _from_wheels(wants, extras, release, notes, need)


def _devel(want: Wanted, cuda: str, release: Release, need: BaseNeed) -> Stack:
    image = cuda_image(cuda, "cudnn-devel", need.tables)
    words = f"{want.words} needs CUDA {cuda}, cuDNN and ptxas of the system ({want.pin.source})"
    if not release.local and not want.extras:
        note = f"{want.words} sees no GPU ({want.pin.source}): write jax[{release.extra}], with --find-links {_PAGE}"
        return Stack(words=words, cuda=cuda, image=image, notes=(note,))
    return Stack(words=words, cuda=cuda, image=image)


def _from_wheels(
    wants: Sequence[Wanted], extras: Sequence[str], release: Release, notes: tuple[str, ...], need: BaseNeed
) -> Stack:
    """CUDA as wheels, if an extra or a plugin asks for it; else the note that says how."""
    want = wants[0]
    major = next((found[1] or "12" for extra in extras if (found := _FROM_WHEELS.fullmatch(extra))), None)
    plugin = any(pin.name.startswith("jax-cuda") for pin in need.packages)
    if major is None and not plugin:
        sees_none = f"{want.words} sees no GPU ({want.pin.source}): write {_spelled(want, release, need)}"
        return Stack(words=f"{want.words} takes CUDA from wheels ({want.pin.source})", notes=(*notes, sees_none))
    if major is not None and not driver_can_run(major, need):
        raise Rejected(_too_old(want, major, release, need))
    if release.find_links and not any(_PAGE in option for option in need.indexes):
        notes = (*notes, f"{want.words} with CUDA is on no index ({want.pin.source}): add --find-links {_PAGE}")
    brings = f"CUDA {major}" if major else "CUDA"
    return Stack(words=f"{want.words} brings {brings} in its wheels ({want.pin.source})", cuda=major, notes=notes)


def _spelled(want: Wanted, release: Release, need: BaseNeed) -> str:
    """The requirement with the extra that suits the driver: 'jax[cuda12]==0.6.2'."""
    new = release.extra_cuda13 and need.driver and driver_can_run("13", need)
    extra = release.extra_cuda13 if new else release.extra
    version = f"=={want.exact}" if want.exact else str(want.specifier)
    links = f", with --find-links {_PAGE}" if release.find_links else ""
    return f"jax[{extra}]{version}{links}"


def _too_old(want: Wanted, major: str, release: Release, need: BaseNeed) -> Diagnostic:
    can_use_12 = major == "13" and driver_can_run("12", need)
    return problems.driver_too_old(
        f"{want.words} with CUDA {major}",
        want.pin.source,
        oldest_driver(major, need.tables) or "",
        need.driver or "",
        f"write jax[{release.extra}]" if can_use_12 else None,
    )
