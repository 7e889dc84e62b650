"""A Pipfile without a lock: its `[packages]` into requirements. https://github.com/pypa/pipfile"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.dependencies.locks.targets import ARCHIVES
from caliban.compiler.frontend.dependencies.manifests import problems as manifest_problems
from caliban.compiler.frontend.dependencies.manifests import requirement_problems
from caliban.compiler.frontend.dependencies.manifests.requirements_txt import read_statements
from caliban.compiler.frontend.dependencies.manifests.statements import Statement
from caliban.compiler.frontend.dependencies.manifests.toml import Toml, read_toml
from caliban.compiler.frontend.dependencies.pythons import python_fact
from caliban.compiler.frontend.dependencies.reading import ReadRequirements
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import PythonFact
from caliban.compiler.locks.lock import index

# Keys of a package that are markers: `sys_platform = "== 'win32'"`.
_MARKERS = (
    *("os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release"),
    *("platform_system", "platform_version", "python_version", "python_full_version", "implementation_name"),
)


def read_pipfile(disk: Disk, path: str) -> ReadRequirements:
    """Read the requirements, without the development packages. Raises Rejected."""
    pipfile = read_toml(disk, path)
    if pipfile is None:
        raise Rejected(problems.no_requirements_file(path, None))
    packages = pipfile.table("packages")
    found = [*_indexes(pipfile), *(_statement(pipfile, name, packages[name]) for name in packages)]
    read = read_statements(disk, path, tuple(found))
    python = required_python(pipfile.table("requires"), pipfile.place("[requires]", "python"))
    return replace(read, python=python or read.python)


def _indexes(pipfile: Toml) -> Iterator[Statement]:
    """The sources: the first is the index, others are asked too."""
    sources = pipfile.root.get("source", [])
    if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
        raise Rejected(manifest_problems.wrong_type(pipfile.place("source"), "source", "a list of tables"))
    for number, source in enumerate(sources):
        url = str(source.get("url", ""))
        if url and index(url).url is not None:
            option = "--extra-index-url" if number else "--index-url"
            line = pipfile.place_of_string(url).line or 1
            yield Statement(line, 1, f"{option} {url}", f"{option} {url}", continued=False)


def _statement(pipfile: Toml, name: str, value: object) -> Statement:
    """The requirement, as a requirements file has it."""
    place = pipfile.place("[packages]", f"\n{name}", name)
    line = place.line or 1
    options: Mapping[str, Any] = value if isinstance(value, dict) else {"version": value}
    if (foreign := next((key for key in ("hg", "svn", "bzr") if key in options), None)) is not None:
        raise Rejected(requirement_problems.unsupported_vcs(place, foreign))
    text = _spelled(name, options)
    return Statement(line, 1, text, text, continued=False)


def _spelled(name: str, options: Mapping[str, Any]) -> str:
    extras = options.get("extras")
    bracketed = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    markers = [str(options["markers"])] if "markers" in options else []
    markers += [f"{key} {options[key]}" for key in _MARKERS if key in options]
    tail = " ; " + " and ".join(f"({marker})" if " or " in marker else marker for marker in markers) if markers else ""
    if "git" in options:
        revision = f"@{options['ref']}" if "ref" in options else ""
        folder = f"#subdirectory={options['subdirectory']}" if "subdirectory" in options else ""
        return f"{name}{bracketed} @ git+{str(options['git']).removeprefix('git+')}{revision}{folder}{tail}"
    if "file" in options:
        return f"{name}{bracketed} @ {options['file']}{tail}"
    if "path" in options:
        if str(options["path"]).endswith(ARCHIVES):
            return f"{name}{bracketed} @ {options['path']}{tail}"
        return f"-e {options['path']}{bracketed}{tail}"
    version = str(options.get("version", "*"))
    return f"{name}{bracketed}{'' if version == '*' else version}{tail}"


def required_python(requires: Mapping[str, Any], place: Place) -> PythonFact | None:
    """Return the Python that the table `[requires]` asks for: `python_version = "3.11"`."""
    version = requires.get("python_version") or requires.get("python_full_version")
    if not isinstance(version, str) or version == "*":
        return None
    return python_fact(f"=={'.'.join(version.split('.')[:2])}.*", place)
