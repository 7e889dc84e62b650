"""The compilers that the project's own code calls when it runs: facts in, a step that installs them out."""

from caliban.compiler.facts.compilers import COMPILERS
from caliban.compiler.input.config import Settings
from caliban.compiler.input.project import Project
from caliban.compiler.ir.steps.system import InstallSystemPackages


def compilers(project: Project, settings: Settings) -> InstallSystemPackages | None:
    """The step, worth its layer only on a base without them; None where nothing is called, or the base is the user's.

    Triton runs on a GPU alone.
    """
    calls = [(call, place) for call, place in project.compiling if call != "triton" or settings.mode == "gpu"]
    if not calls or settings.base_image is not None or project.base_dockerfile is not None:
        return None
    packages = sorted({package for call, _ in calls for package in COMPILERS[call]})
    told = " and ".join(f"{call} ({place})" for call, place in calls)
    reason = f"what compiles when it runs, and a slim base has no compiler: {told}"
    return InstallSystemPackages(packages=tuple(packages), reason=reason, wanted=False)
