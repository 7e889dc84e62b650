"""The result of reading a file of requirements, whatever its format."""

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.input.project import PythonFact, RequirementsFile


class LocalPackage(Struct, frozen=True, kw_only=True):
    """A folder of the project that a requirements file asks to be installed."""

    path: str  # '.', 'libs/foo'
    extras: tuple[str, ...] = ()  # normalized; of all lines that name the folder
    place: Place  # of the first of these


class ReadRequirements(Struct, frozen=True, kw_only=True):
    """The content of a requirements file."""

    file: RequirementsFile
    local_packages: tuple[LocalPackage, ...] = ()  # each gets a step of its own; `file.edits` deletes their lines
    python: PythonFact | None = None  # of conda's `python=3.8`
    warnings: tuple[Diagnostic, ...] = ()
