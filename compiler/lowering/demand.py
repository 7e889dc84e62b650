"""Lowers facts and settings to the `Demand` and the `BaseNeed`."""

from collections.abc import Iterator

from caliban.compiler.input.caller import Caller
from caliban.compiler.input.config import Settings
from caliban.compiler.input.project import Project, PythonFact, Requirement
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import VERSION_FILES, CudaNeed, Demand, Pin, PythonNeed
from caliban.compiler.lowering.observed import Observed


def lower_base(project: Project, settings: Settings) -> BaseNeed:
    """The base as far as the user names it, and the mirrors of images and system packages."""
    return BaseNeed(
        given=project.base_image,
        given_by=settings.base_source,
        dockerfile=project.base_dockerfile,
        mirror=settings.mirror,
        apt_mirror=settings.apt_mirror,
    )


def lower_demand(project: Project, settings: Settings, caller: Caller, observed: Observed) -> Demand:
    """All that the passes which decide may have to know."""
    return Demand(
        mode=settings.mode,
        platform=settings.platform or caller.platform,
        host_python=caller.python,
        python_facts=_python_needs(project, settings),
        packages=tuple(map(_pin, _all_requirements(project))),
        constraints=tuple(_pin(limit) for file in project.requirements_files for limit in file.constraints),
        indexes=tuple(_indexes(project)),
        options=tuple(option for file in project.requirements_files for option in file.options),
        unread=tuple(_unread(project)),
        cuda=_cuda(project),
        system=caller.system,
        driver=observed.gpu_driver,
        capability=observed.gpu_capability,
        torch_origin=settings.torch_index.origin if settings.torch_index else None,
        torch_at_hand=observed.torch_at_hand,
        tables=project.tables,
        locks=project.locks,
        runs_python=project.entry.argv[0] == "python",
        compiles=_compiles(project),
        rewrites=settings.rewrites,
    )


def _indexes(project: Project) -> Iterator[str]:
    """Those of the files that are installed by name: what a lock takes from an index it says itself."""
    for file in project.requirements_files:
        yield from file.indexes
    for package in project.packages:
        if package.locked_by is None:
            yield from package.indexes


def _python_needs(project: Project, settings: Settings) -> tuple[PythonNeed, ...]:
    chosen = (
        (PythonNeed(specifier=f"=={settings.python}.*", source=settings.python_source or "", exact=True),)
        if settings.python
        else ()
    )
    return (*chosen, *(_python_need(fact) for fact in project.pythons))


def _python_need(fact: PythonFact) -> PythonNeed:
    """A file of its own is a choice; what a manifest demands is a range, be it a narrow one."""
    chosen = fact.place.source in VERSION_FILES
    source = fact.place.source if chosen else str(fact.place)
    return PythonNeed(specifier=fact.specifier, source=source, exact=chosen, advice=fact.advice)


def _unread(project: Project) -> Iterator[str]:
    places = [file.unread for file in project.requirements_files] + [package.unread for package in project.packages]
    yield from (str(place) for place in places if place is not None)


def _cuda(project: Project) -> CudaNeed | None:
    fact = next((file.cuda for file in project.requirements_files if file.cuda is not None), None)
    return None if fact is None else CudaNeed(version=fact.version, source=str(fact.place))


def _all_requirements(project: Project) -> Iterator[Requirement]:
    for file in project.requirements_files:
        yield from file.requirements
    for package in project.packages:
        if package.locked_by is None:
            yield from package.requirements or ()
            yield from (requirement for group in package.chosen_groups for requirement in group.requirements)


def _pin(requirement: Requirement) -> Pin:
    return Pin(name=requirement.name, text=requirement.text, source=str(requirement.place))


def _compiles(project: Project) -> str | None:
    """Return the place where the code compiles CUDA at run time."""
    place = dict(project.compiling).get("cpp_extension.load")
    return str(place) if place is not None else None
