"""A setup.cfg into what it declares to setuptools."""

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies.manifests import problems
from caliban.compiler.frontend.dependencies.manifests.declared import Optional, SetupMetadata
from caliban.compiler.frontend.dependencies.manifests.listed import listed_requirements
from caliban.compiler.frontend.dependencies.manifests.toml import line_of
from caliban.compiler.frontend.dependencies.pythons import classified_pythons, python_fact
from caliban.compiler.frontend.dependencies.requirement import requirement
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import PythonFact, Requirement

if TYPE_CHECKING:
    from configparser import RawConfigParser

_ELSEWHERE = ("attr:", "find:")  # only the build can tell the value


def read_setup_cfg(disk: Disk, path: str = "setup.cfg") -> SetupMetadata | None:
    """Read its declarations; None if it is missing or only configures other tools. Raises Rejected if it is broken.

    The keys: https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
    """
    text = disk.text(path)
    if text is None:
        return None
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text, path)
    except configparser.Error as error:
        reason = error.message.partition("\n")[0]
        raise Rejected(problems.bad_ini(path, getattr(error, "lineno", None), reason)) from None
    except AttributeError:  # bpo-41379: a value that goes on before there is a key
        raise Rejected(problems.bad_ini(path, None, "a line is indented, but continues nothing")) from None
    if not (parser.has_section("metadata") or parser.has_section("options")):
        return None
    options = _section(parser, "options")
    return SetupMetadata(
        requirements=_requirements(disk, options.get("install_requires", ""), path, text),
        optional=_optional(disk, _section(parser, "options.extras_require"), path, text),
        python=_python(options.get("python_requires", ""), path, text),
        advice=_advice(_section(parser, "metadata").get("classifiers", ""), path, text),
    )


def _section(parser: "RawConfigParser", name: str) -> Mapping[str, str]:
    if not parser.has_section(name):
        return {}
    if name in ("options", "metadata"):  # setuptools still takes dashes
        return {key.replace("-", "_"): value for key, value in parser.items(name)}
    return dict(parser.items(name))


def _requirements(disk: Disk, value: str, path: str, text: str) -> tuple[Requirement, ...] | None:
    """A list, one in each line; or in one line, between semicolons; or files that hold it."""
    if value.startswith("file:"):
        return listed_requirements(disk, posixpath.dirname(path), value.removeprefix("file:").split(","))
    if value.startswith(_ELSEWHERE):
        return None
    items = (item.strip() for item in (value.splitlines() if "\n" in value else value.split(";")))
    lines = [item for item in items if item and not item.startswith("#")]
    found = (requirement(line, Place(source=path, line=line_of(text, (line,)))) for line in lines)
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(lines) else None


def _optional(disk: Disk, section: Mapping[str, str], path: str, text: str) -> Optional:
    return tuple((normalized(extra), _requirements(disk, value, path, text) or ()) for extra, value in section.items())


def _python(value: str, path: str, text: str) -> PythonFact | None:
    return python_fact(value, Place(source=path, line=line_of(text, ("python_requires",))))


def _advice(value: str, path: str, text: str) -> PythonFact | None:
    return classified_pythons(value.splitlines(), Place(source=path, line=line_of(text, ("classifiers",))))
