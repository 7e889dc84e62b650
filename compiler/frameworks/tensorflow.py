"""What tensorflow needs of a base in GPU mode: its requirements in, a stack out.

Before 2.14 it takes CUDA and cuDNN from the system; since then the extra 'and-cuda' brings them as wheels.
"""

from caliban.compiler.bases import BaseNeed
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frameworks.gpu import Stack, driver_can_run, oldest_driver
from caliban.compiler.frameworks.releases import Release, releases
from caliban.compiler.frameworks.wanted import Wanted, matching, newer_than_known, older_than_known, wanted
from caliban.compiler.images import cuda_image
from caliban.compiler.problems import base as problems

_NAMES = ("tensorflow-gpu", "tensorflow")  # the old name first: it says more


def tensorflow_stack(need: BaseNeed) -> Stack | None:
    """The stack, or None without tensorflow; raises Rejected where no release in question runs on this GPU."""
    python = need.python or need.host_python
    found = (wanted(need.packages, (name,), python, need.platform) for name in _NAMES)
    wants = next((wants for wants in found if wants), None)
    if wants is None:
        return None
    want = wants[0]
    extras = frozenset().union(*(each.extras for each in wants))
    known = releases("tensorflow-gpu" if want.pin.name == "tensorflow-gpu" else "tensorflow", need.tables)
    if any(each.direct for each in wants):
        return _from_wheels(want)
    fitting, newer = matching(wants, known), newer_than_known(wants, known)
    if known[-1].refused == "stub" and (newer or known[-1].version in {release.version for release in fitting}):
        raise Rejected(problems.tensorflow_gpu_stub(want.words, want.pin.source))
    if fitting:
        installed = [release for release in fitting if not need.python or need.python in release.pythons] or fitting
        return _stack(want, extras, installed[-1], need)
    if older_than_known(wants, known):
        raise Rejected(problems.tensorflow_too_old(want.words, want.pin.source))
    note = f"caliban knows tensorflow up to {known[-1].version} and nothing of {want.words}"
    return _from_wheels(want, note if newer else None)


def _stack(want: Wanted, extras: frozenset[str], release: Release, need: BaseNeed) -> Stack:
    if release.refused:
        raise Rejected(problems.tensorflow_too_old(want.words, want.pin.source))
    asked = release.image is not None or release.extra in extras
    if asked and release.cuda and not driver_can_run(release.cuda, need):
        raise Rejected(
            problems.driver_too_old(
                f"{want.words} with CUDA {release.cuda}",
                want.pin.source,
                oldest_driver(release.cuda, need.tables) or "",
                need.driver or "",
                None,
            )
        )
    if release.image and release.cuda:
        words = f"{want.words} needs CUDA {release.cuda} and cuDNN of the system ({want.pin.source})"
        return Stack(words=words, cuda=release.cuda, image=cuda_image(release.cuda, release.image, need.tables))
    if asked:
        words = f"{want.words} brings CUDA {release.cuda} in its wheels ({want.pin.source})"
        return Stack(words=words, cuda=release.cuda, notes=(release.trap,) if release.trap else ())
    version = f"=={want.exact}" if want.exact else str(want.specifier)
    note = f"{want.words} sees no GPU ({want.pin.source}): write tensorflow[{release.extra}]{version}"
    return _from_wheels(want, note)


def _from_wheels(want: Wanted, note: str | None = None) -> Stack:
    words = f"{want.words} takes CUDA from wheels ({want.pin.source})"
    return Stack(words=words, notes=(note,) if note else ())
