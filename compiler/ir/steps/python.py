"""Steps that bring or find a Python."""

from msgspec import Struct

from caliban.compiler.ir.effects import VENV, WORKDIR, Churn, Effects


class InstallPython(Struct, frozen=True, kw_only=True):
    """A Python for a base that has none."""

    version: str

    @property
    def effects(self) -> Effects:
        """Gives a python."""
        return Effects(writes=frozenset({"/opt/python"}))


class CreateVenv(Struct, frozen=True, kw_only=True):
    """The virtual environment that packages are installed into, `WORKDIR` last on its import path."""

    python: str | None = None  # '3.11', once `choose_python` has run

    @property
    def effects(self) -> Effects:
        """Only worth it when something is installed."""
        return Effects(writes=frozenset({VENV}), wanted=False)


class FindPython(Struct, frozen=True, kw_only=True):
    """The Python of a base that the user names: its own where that fits, else one that is brought.

    It becomes the `python` of the image, packages go into it, and `WORKDIR` is last on its import path.
    """

    version: str  # '3.11': what is brought
    reason: str  # 'Python 3.11: the interpreter that ran caliban'
    oldest: str = "3.8"  # that is taken as it is
    newest: str | None = None  # None: any
    asked_by: str | None = None  # 'pyproject.toml:4', where something narrows that range
    packages: tuple[str, ...] = ()  # of the system: they may bring a Python
    wanted: bool = True

    @property
    def effects(self) -> Effects:
        """Gives what packages go into."""
        return Effects(reads=frozenset(self.packages), writes=frozenset({VENV}), churn=Churn.SYSTEM, wanted=self.wanted)


class ExtendImportPath(Struct, frozen=True, kw_only=True):
    """`WORKDIR` last on the import path of whatever Python a base has that the user names: a script may start one."""

    packages: tuple[str, ...] = ()  # of the system: they may bring a Python

    @property
    def effects(self) -> Effects:
        """Comes after the packages; where the base has no Python, it does nothing."""
        return Effects(reads=frozenset(self.packages), writes=frozenset({f"{WORKDIR}/caliban.pth"}))
