"""The project's statements on its Python: `.python-version`, the package's manifest, `runtime.txt`."""

import re
from collections.abc import Iterable, Sequence

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import Package, PythonFact

_CLAUSE = r"(?a)(===|==|~=|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+){0,3})(\.\*)?((?:a|b|rc|\.?dev|\.?post)\d*)?"
_CLASSIFIER = r"(?a)Programming Language :: Python :: 3\.(\d{1,3})"
_CPYTHON = (
    r"(?a)(?:cpython[@-]|python-?)?(\d)(?:\.(\d{1,3}))?(?:\.\d{1,3})?(?:(?:a|b|rc)\d+)?"
    r"(?:-dev|\+?t|\+freethreaded)?(?:-(?:linux|macos|windows)-[a-z0-9_-]+)?"
)
# What else pyenv and uv install: https://github.com/pyenv/pyenv/tree/master/plugins/python-build/share/python-build
_OTHER = (
    r"(?i)(pypy|graalpy|graalpython|miniconda|anaconda|miniforge|mambaforge|micropython|jython|ironpython|stackless"
    r"|pyston|cinder|nogil|activepython|pyodide|system\b).*"
)


def read_pythons(
    disk: Disk, package: Package | None, environments: Sequence[PythonFact] = ()
) -> tuple[PythonFact, ...]:
    """The facts, the strongest first; `environments` are conda's. Raises Rejected for a bad `.python-version`."""
    own, advice = (package.python, package.advice) if package is not None else (None, None)
    found = (_version_file(disk), own, *environments, _runtime_file(disk), advice)
    return tuple(fact for fact in found if fact is not None)


def python_fact(text: str, place: Place) -> PythonFact | None:
    """The fact that `requires-python` states, or None if it is empty; '>=3.6.*', once common, is taken as '>=3.6'.

    Raises Rejected where it is no version specifier.
    """
    clauses = []
    for clause in text.strip().removesuffix(",").split(",") if text.strip() else ():
        match = re.fullmatch(_CLAUSE, clause.strip())
        if match is None or (match[1] == "~=" and "." not in match[2]):
            raise Rejected(problems.bad_specifier(place, text))
        operator, version, star, suffix = match.groups(default="")
        clauses.append(f"{operator}{version}{star if operator in ('==', '!=') else suffix}")
    return PythonFact(specifier=",".join(clauses), place=place) if clauses else None


def classified_pythons(classifiers: Iterable[str], place: Place) -> PythonFact | None:
    """The minors from the oldest to the newest that classifiers name, as advice; None where they name none."""
    matches = (re.fullmatch(_CLASSIFIER, classifier.strip()) for classifier in classifiers)
    minors = [int(match[1]) for match in matches if match is not None]
    if not minors:
        return None
    return PythonFact(specifier=f">=3.{min(minors)},<3.{max(minors) + 1}", place=place, advice=True)


def _version_file(disk: Disk) -> PythonFact | None:
    """The first CPython that `.python-version` names, by its minor: '3.11.4' is '==3.11.*'."""
    for number, line in enumerate((disk.text(".python-version") or "").splitlines(), start=1):
        for word in line.partition("#")[0].split():
            if re.fullmatch(_OTHER, word):
                continue
            place = Place(source=".python-version", line=number)
            match = re.fullmatch(_CPYTHON, word)
            if match is None:
                raise Rejected(problems.bad_python_version(place, word))
            return PythonFact(specifier=_minor(match), place=place)
    return None


def _runtime_file(disk: Disk) -> PythonFact | None:
    """`runtime.txt` as Heroku and Binder read it: 'python-3.9.1'; other programs have files of that name too."""
    text = disk.text("runtime.txt") if disk.is_file("runtime.txt") else None
    match = re.fullmatch(r"python-(\d)\.(\d{1,3})(\.\d+)?", text.strip()) if text else None
    return None if match is None else PythonFact(specifier=_minor(match), place=Place(source="runtime.txt", line=1))


def _minor(match: re.Match[str]) -> str:
    return f"=={match[1]}.*" if match[2] is None else f"=={match[1]}.{match[2]}.*"
