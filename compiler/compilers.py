"""The compilers that the project's own code calls when it runs: facts in, a step that installs them out."""

from caliban.compiler.config import Settings
from caliban.compiler.project import CompilingCall, Project
from caliban.compiler.steps import InstallSystemPackages

_CPP = ("g++", "gcc")
# Triton compiles its launchers in C, whichever kernels it runs; libc's headers are only recommended by gcc.
_PACKAGES: dict[CompilingCall, tuple[str, ...]] = {
    "torch.compile": _CPP,
    "cpp_extension.load": _CPP,
    "triton": ("gcc", "libc6-dev"),
}
ALL = tuple(sorted({package for packages in _PACKAGES.values() for package in packages}))


def compilers(project: Project, settings: Settings) -> InstallSystemPackages | None:
    """The step, worth its layer only on a base without them; None where nothing is called, or the base is the user's.

    Triton runs on a GPU alone.
    """
    calls = [(call, place) for call, place in project.compiling if call != "triton" or settings.mode == "gpu"]
    if not calls or settings.base_image is not None or project.base_dockerfile is not None:
        return None
    packages = sorted({package for call, _ in calls for package in _PACKAGES[call]})
    told = " and ".join(f"{call} ({place})" for call, place in calls)
    reason = f"what compiles when it runs, and a slim base has no compiler: {told}"
    return InstallSystemPackages(packages=tuple(packages), reason=reason, wanted=False)
