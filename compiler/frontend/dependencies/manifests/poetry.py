"""The dependencies of `[tool.poetry]`, which only poetry can read, as requirements that everything else can."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from caliban.compiler.facts.pep508 import is_specifier, normalized
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.input.project import Group, Requirement

_TABLE = "tool.poetry.dependencies"
_SPACE_BEHIND_OPERATOR = r"([\^~<>=!])\s+"
_CLAUSE = r"(?a)(\^|~=?|[=!<>]=|[=<>]?)((\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?[\w.+*-]*)"


def poetry_requirements(
    manifest: Toml,
) -> tuple[tuple[Requirement, ...], tuple[tuple[str, tuple[Requirement, ...]], ...]]:
    """Return the requirements of the package and of each of its extras; a folder is `name @ ./folder`."""
    table = manifest.table("tool", "poetry", "dependencies")
    found = {
        normalized(name): (value, tuple(_requirements(manifest, name, value)))
        for name, value in table.items()
        if name != "python"
    }
    needed = tuple(
        requirement for value, requirements in found.values() for requirement in requirements if not _is_optional(value)
    )
    groups = manifest.table("tool", "poetry", "extras")
    extras = tuple(
        (
            normalized(extra),
            tuple(
                requirement
                for name in manifest.strings(groups, extra, f"tool.poetry.extras.{extra}")
                for requirement in found.get(normalized(name), (None, ()))[1]
            ),
        )
        for extra in groups
    )
    return needed, extras


def poetry_groups(manifest: Toml) -> tuple[Group, ...]:
    """Return the requirements of each `[tool.poetry.group.NAME.dependencies]`."""
    tables = {normalized(name): f"tool.poetry.group.{name}" for name in manifest.table("tool", "poetry", "group")}
    groups = [_group(manifest, name, f"{table}.dependencies") for name, table in tables.items()]
    if manifest.table("tool", "poetry", "dev-dependencies"):  # of poetry 1.1 and older
        groups.append(_group(manifest, "dev", "tool.poetry.dev-dependencies"))
    return tuple(groups)


def _group(manifest: Toml, name: str, table: str) -> Group:
    found = manifest.table(*table.split(".")).items()
    listed = (each for key, value in found for each in _requirements(manifest, key, value, table=table))
    return Group(name=name, requirements=tuple(listed), standard=False)


def _requirements(manifest: Toml, name: str, value: object, *, table: str = _TABLE) -> Iterator[Requirement]:
    """One requirement, or several where markers choose: `torch = [{version = "2.8", platform = "linux"}, …]`."""
    place = manifest.place(f"[{table}]", f"\n{name}", name)
    for choice in value if isinstance(value, list) else [value]:
        options: Mapping[str, Any] = choice if isinstance(choice, dict) else {"version": choice}
        version = options.get("version")
        unwritten = version if isinstance(version, str) and specifier_of(version) is None else ""
        yield Requirement(name=normalized(name), text=_spelled(name, options), place=place, unwritten=unwritten)


def _spelled(name: str, options: Mapping[str, Any]) -> str:
    """Before: `torch = {version = "^2.8", extras = ["cuda"], python = "<3.13"}`
    After:  `torch[cuda]>=2.8,<3; python_version<'3.13'`
    """
    extras = options.get("extras")
    head = f"{name}[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else name
    markers = [options["markers"]] if isinstance(options.get("markers"), str) else []
    if isinstance(options.get("platform"), str):
        markers.append(f"sys_platform == '{options['platform']}'")
    pythons = specifier_of(options["python"]) if isinstance(options.get("python"), str) else None
    markers += [_python_marker(clause) for clause in (pythons or "").split(",") if clause]
    tail = "; " + " and ".join(f"({marker})" if " or " in marker else marker for marker in markers) if markers else ""
    if isinstance(options.get("git"), str):
        revision = next((options[key] for key in ("rev", "tag", "branch") if isinstance(options.get(key), str)), None)
        folder = f"#subdirectory={options['subdirectory']}" if isinstance(options.get("subdirectory"), str) else ""
        return f"{head} @ git+{options['git']}{f'@{revision}' if revision else ''}{folder}{f' {tail}' if tail else ''}"
    if isinstance(options.get("url"), str):
        return f"{head} @ {options['url']}{f' {tail}' if tail else ''}"
    if isinstance(options.get("path"), str):
        return f"{head} @ {options['path']}{f' {tail}' if tail else ''}"
    version = options.get("version")
    return f"{head}{(specifier_of(version) if isinstance(version, str) else None) or ''}{tail}"


def specifier_of(constraint: str) -> str | None:
    """A poetry constraint as PEP 440 writes it: '^1.2' is '>=1.2,<2'. None where it cannot be written so ('^1 || ^3').

    The rules: https://python-poetry.org/docs/dependency-specification/
    """
    tight = re.sub(_SPACE_BEHIND_OPERATOR, r"\1", constraint)
    specifiers = [_clause(clause) for part in tight.split(",") for clause in part.split()]
    joined = ",".join(specifier for specifier in specifiers if specifier)
    return joined if None not in specifiers and is_specifier(joined) else None


def _clause(text: str) -> str | None:
    match = re.fullmatch(_CLAUSE, text)
    if text == "*" or match is None:
        return "" if text == "*" else None
    operator, version, *parts = match.groups()
    if operator in ("^", "~"):
        return f">={version},<{_next(operator, [int(part) for part in parts if part is not None])}"
    return f"=={version}" if operator in ("", "=") else f"{operator}{version}"


def _next(operator: str, parts: list[int]) -> str:
    """The first version that '^' or '~' leaves out: ^1.2.3 → 2, ^0.2.3 → 0.3, ~1.2.3 → 1.3, ~1 → 2."""
    if operator == "~":
        kept = min(len(parts), 2)
    else:
        kept = next((at for at, part in enumerate(parts, start=1) if part), len(parts))
    return ".".join(map(str, (*parts[: kept - 1], parts[kept - 1] + 1)))


def _python_marker(clause: str) -> str:
    version = clause.lstrip("<>=!~")
    variable = "python_full_version" if version.count(".") > 1 else "python_version"
    return f"{variable} {clause[: -len(version)]} '{version}'"


def _is_optional(value: object) -> bool:
    return isinstance(value, dict) and value.get("optional") is True
