"""The project's demands on packages, indexes, Python and CUDA: read by passes, and kept with the recipe."""

from msgspec import Struct

from caliban.compiler.facts.tables import SHIPPED, Tables
from caliban.compiler.input.config import TorchOrigin
from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.input.invocation import Mode
from caliban.compiler.locks.lock import LockFile

VERSION_FILES = (".python-version", "runtime.txt")  # a choice, where a manifest gives a range


class Demand(Struct, frozen=True, kw_only=True):
    """The project's demands, and the machine that must meet them."""

    mode: Mode
    platform: str  # 'linux/amd64'
    host_python: str  # '3.11'
    python: str | None = None  # None until `choose_python`
    python_reason: str | None = None
    python_facts: tuple["PythonNeed", ...] = ()
    packages: tuple["Pin", ...] = ()  # declared requirements that the decision may depend on
    constraints: tuple["Pin", ...] = ()  # of `-c`: they limit what is required, and require nothing
    indexes: tuple[str, ...] = ()  # index options of the user's files: '--extra-index-url https://…/whl/cu126'
    options: tuple[str, ...] = ()  # others, by which no pass decides: '--pre', '--find-links wheels'
    unread: tuple[str, ...] = ()  # places of lines that only the installer understands in full
    cuda: "CudaNeed | None" = None  # which torch is to bring, where a file says so without saying it of torch itself
    system: str = "Linux"  # of the host: on 'Darwin' no container sees a GPU
    driver: str | None = None  # of the host's GPU, where one can be seen
    capability: str | None = None  # of the host's GPU: '8.0'
    torch_origin: TorchOrigin | None = None  # None: nobody says
    torch_at_hand: tuple[HostWheel, ...] | None = None  # in wheel folders of the host; None: it has no such folder
    runs_python: bool = True  # whether a Python starts what runs in it
    compiles: str | None = None  # where the project's code compiles CUDA when it runs: 'ops.py:12'
    rewrites: bool = True  # whether a pass may have something else installed than what is declared
    tables: Tables = SHIPPED
    locks: tuple[LockFile, ...] = ()  # what they hold has files for some Pythons only

    @property
    def chosen_python(self) -> str:
        """The minor of the image's Python: that of the interpreter that runs caliban, until `choose_python`."""
        return self.python or self.host_python


class PythonNeed(Struct, frozen=True, kw_only=True):
    """A constraint on the Python version and who made it."""

    specifier: str  # '>=3.9,<3.13'
    source: str  # '--python', 'pyproject.toml:4'
    exact: bool = False  # a choice, not a range: --python, .python-version
    advice: bool = False  # neither: preferred if the ranges allow it


class CudaNeed(Struct, frozen=True, kw_only=True):
    """A wish for a CUDA of torch and who made it."""

    version: str  # '11.3'; 'cpu': none
    source: str  # 'environment.yml:4'


class Pin(Struct, frozen=True, kw_only=True):
    """A declared requirement, for decisions."""

    name: str  # normalized: 'torch'
    text: str  # as written: 'torch==2.8.0; python_version < "3.13"'
    source: str  # 'requirements.txt:1'
