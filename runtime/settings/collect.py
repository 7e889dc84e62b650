"""Collects the packages of this machine that a build may install: what is required, and what that requires in turn.

What only an index has may require anything; of that, the folders lend nothing but torch and its family.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from caliban.backends.docker.host_wheels import ALL_WHEELS, wheel_group, wheel_groups
from caliban.compiler.facts.frameworks.torch_at_hand import CPU, FAMILY
from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin, without_options
from caliban.compiler.facts.pep508 import holds, machine, normalized, parse_requirement
from caliban.compiler.input.project import Package, Project
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.demand import Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.project import BuildWheel, InstallEditable
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.locks.wheel_tags import can_install
from caliban.runtime.settings.lent import LentWheels, WheelGroup
from caliban.runtime.settings.local_packages import LocalPackages, PackageFile, file_state
from caliban.runtime.settings.wheel_metadata import requirements_of

# What builds of projects ask for, which their manifests say or leave to the default.
_BUILD_TOOLS = (
    *("setuptools", "wheel", "setuptools-scm", "hatchling", "hatch-vcs", "flit-core", "poetry-core", "pdm-backend"),
    *("uv-build", "scikit-build-core", "meson-python", "maturin", "pybind11", "cython"),
)
_PYTHONS = tuple(f"3.{minor}" for minor in range(8, 16))  # of a base that the user names, any


def collect_wheels(recipe: Recipe, project: Project, local: LocalPackages) -> LentWheels:
    """The files that the install may choose, in the order of their names."""
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    if not base.lent_wheels:
        return LentWheels()
    found = _closure(list(_roots(recipe, project)), _limits(recipe, project), local, base, _fits(recipe, project, base))
    files = tuple(sorted(found, key=lambda each: each.file))
    groups = tuple(_group(name, recipe, files) for name in wheel_groups(recipe))
    return LentWheels(files, _digest(files), groups)


def _group(name: str, recipe: Recipe, files: tuple[PackageFile, ...]) -> WheelGroup:
    """Return the wheels of a group: for pins, those of the pinned releases."""
    if name != ALL_WHEELS:
        steps = (step for step in recipe.steps if isinstance(step, InstallPins) and wheel_group(step) == name)
        wants = [want for step in steps for pin in step.pins if (want := _read(pin.text)) is not None]
        files = tuple(file for file in files if any(_is_asked(file, want) for want in wants))
    return WheelGroup(name, files, _digest(files))


def _is_asked(file: PackageFile, want: Wanted) -> bool:
    return file.name == want.pin.name and not want.direct and want.specifier.contains(_public(file))


def _public(file: PackageFile) -> str:
    """'2.13.0' of '2.13.0+cpu'."""
    return file.version.partition("+")[0]


def _digest(files: Sequence[PackageFile]) -> str:
    """Of names, sizes and times; empty for no files."""
    lines = "\n".join(map(_state, files))
    return sha256(lines.encode("utf-8", "surrogateescape")).hexdigest() if files else ""


def _state(file: PackageFile) -> str:
    try:
        status = os.stat(file.path)
    except OSError:  # gone meanwhile
        return file.file
    return f"{file.file} {status.st_size} {status.st_mtime_ns}"


def _closure(
    roots: Iterable[str],
    limits: dict[str, list[Wanted]],
    local: LocalPackages,
    base: BaseImage,
    fits: Callable[[PackageFile], bool],
) -> Iterator[PackageFile]:
    """Yield the files that the roots require, directly or not, each file name once."""
    pythons = _PYTHONS if base.python is None else (base.python,)
    queue = [want for text in dict.fromkeys(roots) if (want := _read(text)) is not None]
    queue = [want for want in queue if any(want.applies(python, base.platform) for python in pythons)]
    seen: set[tuple[str, str, frozenset[str]]] = set()
    taken: dict[str, PackageFile] = {}
    while queue:
        want = queue.pop()
        key = (want.pin.name, str(want.specifier), want.extras)
        if key in seen or want.direct:
            continue
        seen.add(key)
        for file in local.files(want.pin.name):
            local.read[file.path] = file_state(file.path)
            wants = (want, *limits.get(file.name, ()))
            if (
                not os.access(file.path, os.R_OK)
                or not fits(file)
                or not all(each.specifier.contains(_public(file)) for each in wants)
            ):
                continue
            if taken.setdefault(file.file, file) is not file and taken[file.file].path != file.path:
                continue
            for text in requirements_of(file.path):
                more = _read(text)
                if more is not None and _required(more, want.extras, pythons, base.platform):
                    queue.append(more)
    yield from taken.values()


def _required(want: Wanted, extras: frozenset[str], pythons: Iterable[str], platform: str) -> bool:
    return want.marker is None or any(holds(want.marker, python, platform, extras) for python in pythons)


def _read(text: str) -> Wanted | None:
    """Return the requirement of a line; None for an option, a bare path or URL, and what is no requirement."""
    read = parse_requirement(without_options(text))
    return None if read is None else read_pin(Pin(name=normalized(read.name), text=text, source=""))


def _roots(recipe: Recipe, project: Project) -> Iterator[str]:
    """All that this build asks for by name."""
    for file in project.requirements_files:
        yield from (requirement.text for requirement in file.requirements)
    for package in project.packages:
        yield from _of_package(package)
    open_to_torch = False
    for step in recipe.steps:
        match step:
            case InstallPins():
                yield from (pin.text for pin in step.pins)
            case InstallRequirements() | InstallWheelRequirements():
                open_to_torch = True
                lines = step.lines or () if isinstance(step, InstallRequirements) else ()
                yield from (*lines, *step.resolution.overrides, *step.resolution.additions)
            case BuildWheel():
                yield from (*step.build_requires, *(step.fallback or ()), *_BUILD_TOOLS)
            case InstallEditable():
                yield from _BUILD_TOOLS
            case PrepareToolkit():
                yield from step.first
            case CompileWheels():
                yield from step.packages
            case _:
                pass
    if open_to_torch:
        yield from FAMILY


def _of_package(package: Package) -> Iterator[str]:
    yield from package.build_requires
    if package.locked_by is not None:
        return
    yield from (requirement.text for requirement in package.requirements or ())
    yield from (requirement.text for group in package.chosen_groups for requirement in group.requirements)
    for extra, requirements in package.optional:
        if extra in package.selected:
            yield from (requirement.text for requirement in requirements)


def _limits(recipe: Recipe, project: Project) -> dict[str, list[Wanted]]:
    """Return the project's own limits for the files of each name, whoever requires them."""
    texts = [r.text for file in project.requirements_files for r in (*file.requirements, *file.constraints)]
    texts += [text for resolution in _resolutions(recipe) for text in resolution.limits if "<0" not in text]
    overridden = {want.pin.name for each in _resolutions(recipe) for text in each.overrides if (want := _read(text))}
    limits: dict[str, list[Wanted]] = {}
    for text in texts:
        want = _read(text)
        if want is not None and want.marker is None and want.pin.name not in overridden:
            limits.setdefault(want.pin.name, []).append(want)
    return limits


def _resolutions(recipe: Recipe) -> Iterator[Resolution]:
    for step in recipe.steps:
        if isinstance(step, InstallPins | InstallRequirements | InstallWheelRequirements):
            yield step.resolution


def _fits(recipe: Recipe, project: Project, base: BaseImage) -> Callable[[PackageFile], bool]:
    """Return a test for files that suit this image: its Python, its platform and, for torch, the chosen build."""
    resolutions = tuple(_resolutions(recipe))
    limits = {text for each in resolutions for text in each.limits}
    backend = next((each.torch_backend for each in resolutions if each.torch_backend), None)
    roots = (want for text in _roots(recipe, project) if (want := _read(text)) is not None)
    named = any("+" in str(want.written) for want in roots if want.pin.name in FAMILY)

    def fits(file: PackageFile) -> bool:
        if file.file.endswith(".whl") and not can_install(file.file, base.python, machine(base.platform)):
            return False
        if file.name not in FAMILY or named:
            return True
        if limits:
            return f"{file.name}=={file.version}" in limits
        if backend is not None:
            return file.version.endswith(f"+{backend}")
        return project.settings.mode == "cpu" or not file.version.endswith(CPU)

    return fits
