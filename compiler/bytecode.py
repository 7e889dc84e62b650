"""A step that compiles the packages once, where otherwise every container would."""

from msgspec import Struct

from caliban.compiler.effects import VENV, Churn, Effects


class CompileBytecode(Struct, frozen=True, kw_only=True):
    """The .pyc files of all packages in the virtual environment."""

    runs: int  # that are about to import them
    packages: frozenset[str]  # what the steps write that install them

    @property
    def effects(self) -> Effects:
        """Comes after what it compiles, and is the same for everybody."""
        return Effects(reads=self.packages, writes=frozenset({f"{VENV}/bytecode"}), churn=Churn.DEPENDENCIES)
