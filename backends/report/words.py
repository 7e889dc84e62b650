"""Words of the reports for steps, sizes, times and chances."""

from typing import assert_never

from caliban.compiler.diagnostics import printable
from caliban.compiler.ir.effects import VENV, WORKDIR
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.gcloud import InstallGcloud
from caliban.compiler.ir.steps.locked import InstallLock, InstallPins
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated, InstallEditable, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv, ExtendImportPath, FindPython, InstallPython
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders


def title(step: Step) -> str:
    """A step in a few words."""
    return printable(_title(step))


def _title(step: Step) -> str:
    match step:
        case PrepareFolders():
            return "folders for the code and its home"
        case InstallSystemPackages():
            return f"Debian's {', '.join(step.packages)}"
        case InstallPython():
            return f"Python {step.version}"
        case CreateVenv():
            return f"{VENV}, Python {step.python}"
        case ExtendImportPath():
            return f"{WORKDIR} last on the import path of the base's Python, if it has one"
        case FindPython():
            return f"the base's own Python, or {step.version}"
        case InstallRequirements():
            return f"{step.path}, {counted(step.count, 'package')}"
        case InstallPins():
            return f"{step.path}, {counted(len(step.pins), 'package')}{f' (part {step.part})' if step.part > 1 else ''}"
        case InstallLock():
            raise AssertionError("select_locked did not run")
        case InstallGcloud():
            return "gcloud and gsutil"
        case PrepareToolkit():
            return f"nvcc, from {step.image}"
        case CompileWheels():
            return f"{', '.join(step.packages)}, compiled"
        case BuildWheel():
            return "the project's wheel" if step.path == "." else f"the wheel of {step.path}"
        case InstallWheelRequirements():
            return "what the project depends on" if step.path == "." else f"what {step.path} depends on"
        case InstallWheel():
            return "the project itself" if step.path == "." else step.path
        case InstallEditable():
            return "the project itself, in place" if step.path == "." else f"{step.path}, in place"
        case CopyGenerated():
            return f"what the build of {'the project' if step.path == '.' else step.path} generates"
        case RestoreFolderOwners():
            return "the folders above linked data, as they were"
        case CopyFolder():
            return "the whole project" if step.path == "." else step.path
        case _:
            assert_never(step)


def counted(count: int, noun: str) -> str:
    """'1 package', '2 packages'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def seconds(value: float) -> str:
    """A time: '0.05 s', '3.1 s', '41 s', '6 min'."""
    if value < 1:
        return f"{value:.2f} s"
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def chance(value: float) -> str:
    """Return a frequency in words: 'never', '1 in 20', '4 in 5'."""
    if value < 0.001:
        return "never"
    if value > 0.995:
        return "always"
    return f"1 in {round(1 / value):,}" if value < 0.4 else f"{round(value * 10)} in 10"


def duration(seconds: float) -> str:
    """A time for people: '41 s', '6 min 12 s'."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
