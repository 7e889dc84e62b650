"""Conda's environment file into requirements that PyPI serves; what nothing but conda has is refused, all at once.

conda itself is not used: an image with it holds a second set of C libraries, and its solver takes minutes. Most of what
such a file names has a wheel that brings those libraries along.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never

import yaml
from msgspec import Struct
from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.frontend.dependencies.manifests import conda_problems as problems
from caliban.compiler.frontend.dependencies.manifests.conda_names import CondaOnly, LeftOut, Program, Wheel, elsewhere
from caliban.compiler.frontend.dependencies.manifests.conda_spec import CondaSpec, specifier_of, take_apart_spec
from caliban.compiler.frontend.dependencies.manifests.listings import exported
from caliban.compiler.frontend.dependencies.manifests.requirements_txt import read_statements
from caliban.compiler.frontend.dependencies.manifests.statements import Statement, statements
from caliban.compiler.frontend.dependencies.manifests.yaml_nodes import (
    keys_of,
    list_of,
    place_of,
    read_nodes,
    text_of,
    value_of,
)
from caliban.compiler.frontend.dependencies.pythons import python_fact
from caliban.compiler.frontend.dependencies.reading import ReadRequirements
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.project import CudaFact, PythonFact

_MOST_NAMED = 8  # in a comment
_CUDA = ("pytorch-cuda", "cudatoolkit", "cuda-version")  # their version is the CUDA of the pytorch beside them


class _Entry(Struct, frozen=True, kw_only=True):
    """A package that conda would install."""

    spec: CondaSpec
    place: Place  # with the text as written


class _Listed(NamedTuple):
    """The entries of a file."""

    entries: Sequence[_Entry]
    lines: Sequence[Statement]  # of pip
    wrong: Sequence[Diagnostic] = ()  # what is neither


def read_conda(disk: Disk, path: str, config: Config, settings: Settings) -> ReadRequirements | None:
    """Read the requirements of an environment file; None if the file is missing or belongs to another program.

    Raises Rejected with all that cannot be had. A base that the user names may bring what only conda has.
    """
    written = disk.encoded_text(path)
    root = read_nodes(written[0], path) if written is not None else None
    listed = value_of(root, "dependencies")
    if listed is None:
        return None
    entries: list[_Entry] = []
    asked: list[Statement] = []
    wrong: list[Diagnostic] = []
    for node in list_of(listed, path, "dependencies"):
        if (pip := value_of(node, "pip")) is not None:
            asked += _pip_section(pip, path)
            others = [key for key in keys_of(node) if key != "pip"]
            wrong += [problems.not_a_spec(place_of(node, path), f"{key}:") for key in others]
            continue
        text = text_of(node)
        spec = take_apart_spec(text) if text is not None else None
        if spec is None:
            wrong.append(problems.not_a_spec(place_of(node, path), text or "this entry"))
        else:
            entries.append(_Entry(spec=spec, place=place_of(node, path)._replace(text=text)))
    read = _read(disk, path, _Listed(entries, asked, wrong), config, settings)
    return replace(read, warnings=(*read.warnings, *_variables(root, path)))


def read_conda_list(
    disk: Disk, path: str, listed: Sequence[Statement], config: Config, settings: Settings
) -> ReadRequirements:
    """The same for the output of `conda list --export`, where build pypi_0 marks what pip installed."""
    entries: list[_Entry] = []
    asked: list[Statement] = []
    for statement in listed:
        name, version, build = exported(statement)
        if build.startswith("pypi"):
            asked.append(statement._replace(text=f"{name}=={version}"))
        else:
            place = Place(source=path, line=statement.line, text=statement.text)
            entries.append(_Entry(spec=CondaSpec(name.lower(), version, build), place=place))
    return _read(disk, path, _Listed(entries, asked), config, settings)


def _read(disk: Disk, path: str, listed: _Listed, config: Config, settings: Settings) -> ReadRequirements:
    """Return the requirements of conda's packages and of pip's lines beside them. Raises Rejected with all errors."""
    entries = listed.entries
    found, unwritable = _asked_of_pypi(entries, settings)
    wrong = [*listed.wrong, *unwritable]
    if settings.base_image is None:
        wrong += _nowhere_else(entries, settings, config.source or ".calibanconfig.json")
    if wrong:
        raise Rejected(*sorted(wrong, key=lambda problem: problem.place.line or 0 if problem.place else 0))
    read = read_statements(disk, path, (*found, *listed.lines))
    file = replace(read.file, remark=_remark(entries, settings), cuda=_cuda(entries))
    return replace(read, file=file, python=_python(entries) or read.python)


def _variables(root: yaml.Node | None, path: str) -> Iterator[Diagnostic]:
    """A warning about what conda would set when the environment is activated."""
    variables = value_of(root, "variables")
    if variables is not None and (names := keys_of(variables)):
        yield problems.unset_variables(place_of(variables, path), names)


def _pip_section(listed: yaml.Node, path: str) -> Iterator[Statement]:
    """The lines below `- pip:`, as a requirements file has them."""
    for item in list_of(listed, path, "pip"):
        text = text_of(item)
        if text is None:
            raise Rejected(problems.not_a_spec(place_of(item, path), "this entry"))
        for statement in statements(text):
            yield statement._replace(line=item.start_mark.line + statement.line)


def _asked_of_pypi(entries: Sequence[_Entry], settings: Settings) -> tuple[list[Statement], list[Diagnostic]]:
    found: list[Statement] = []
    wrong: list[Diagnostic] = []
    for entry in entries:
        meant = elsewhere(entry.spec.name, settings.mode)
        if not isinstance(meant, Wheel) or entry.spec.name == "python":
            continue
        specifier = specifier_of(entry.spec.version, numbers=meant.numbers)
        if specifier is None:
            wrong.append(problems.not_a_spec(entry.place._replace(text=None), entry.place.text or ""))
        else:
            found.append(_statement(entry, f"{meant.name}{specifier}"))
    return found, wrong


def _statement(entry: _Entry, text: str) -> Statement:
    return Statement(entry.place.line or 1, 1, text, entry.place.text or "", False)


def _nowhere_else(entries: Sequence[_Entry], settings: Settings, config: str) -> Iterator[Diagnostic]:
    """The one problem that names all packages without a wheel; a program that `apt_packages` brings is none."""
    packages: list[tuple[Place, str]] = []
    programs: list[tuple[Place, str, str]] = []
    for entry in entries:
        where, text = entry.place._replace(text=None), entry.place.text or ""
        match elsewhere(entry.spec.name, settings.mode):
            case Program(debian=name) if name not in settings.apt_packages:
                programs.append((where, text, name))
            case CondaOnly():
                packages.append((where, text))
            case Wheel() | LeftOut() | Program():
                pass
            case _ as never:
                assert_never(never)
    if packages or programs:
        yield problems.conda_only(packages, programs, config)


def _remark(entries: Sequence[_Entry], settings: Settings) -> str | None:
    """Describe mapped and omitted packages, for the comment."""
    renamed: list[str] = []
    left: list[str] = []
    for entry in entries:
        match elsewhere(entry.spec.name, settings.mode):
            case Wheel(name=name) if name != entry.spec.name:
                renamed.append(f"{entry.spec.name} is {name} on PyPI")
            case LeftOut() | Program() | CondaOnly():
                left.append(entry.spec.name)
            case Wheel():
                pass
            case _ as never:
                assert_never(never)
    said = [f"without conda: {_few(renamed)}" if renamed else "without conda"]
    said += [f"wheels and image bring what is needed of {_few(left)}"] if left else []
    return "; ".join(said)


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMED])} and {more} more"


def _python(entries: Sequence[_Entry]) -> PythonFact | None:
    """The Python that the environment has; of a version with a patch, its minor."""
    entry = next((entry for entry in entries if entry.spec.name == "python"), None)
    if entry is None or not entry.spec.version:
        return None
    place = entry.place._replace(text=None)
    whole = re.fullmatch(r"={0,2}(\d+\.\d+)(\.[\d*]+)?", entry.spec.version)
    specifier = f"=={whole[1]}.*" if whole else specifier_of(entry.spec.version)
    if specifier is None:
        raise Rejected(problems.not_a_spec(place, entry.place.text or ""))
    return python_fact(specifier, place)


def _cuda(entries: Sequence[_Entry]) -> CudaFact | None:
    """The CUDA of the environment's pytorch: by its build (py3.8_cuda11.3_…), or by a package that chooses one."""
    by_name = {entry.spec.name: entry for entry in entries}
    pytorch = by_name.get("pytorch")
    if pytorch is None:
        return None
    if (built := re.search(r"cuda(\d+\.\d+)", pytorch.spec.build)) is not None:
        return CudaFact(version=built[1], place=pytorch.place._replace(text=None))
    for name in _CUDA:
        entry = by_name.get(name)
        if entry is not None and (version := re.match(r"={0,2}(\d+\.\d+)", entry.spec.version)) is not None:
            return CudaFact(version=version[1], place=entry.place._replace(text=None))
    cpu = by_name.get("cpuonly")
    return CudaFact(version="cpu", place=cpu.place._replace(text=None)) if cpu is not None else None
