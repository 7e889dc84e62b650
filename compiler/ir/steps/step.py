"""All kinds of step."""

from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.cuda import Compiling
from caliban.compiler.ir.steps.gcloud import InstallGcloud
from caliban.compiler.ir.steps.locked import InstallLock, InstallPins
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated, InstallEditable, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv, ExtendImportPath, FindPython, InstallPython
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders

# What uses the network, with the secrets that it takes.
Installing = (
    InstallLock
    | InstallPins
    | InstallRequirements
    | BuildWheel
    | InstallWheelRequirements
    | InstallEditable
    | Compiling
)

Step = (
    InstallGcloud
    | PrepareFolders
    | InstallSystemPackages
    | InstallPython
    | CreateVenv
    | FindPython
    | ExtendImportPath
    | InstallLock
    | InstallPins
    | Compiling
    | InstallRequirements
    | BuildWheel
    | InstallWheelRequirements
    | InstallWheel
    | InstallEditable
    | CopyGenerated
    | CopyFolder
    | RestoreFolderOwners
)
