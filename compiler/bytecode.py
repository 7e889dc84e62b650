"""A step that compiles the packages once, where otherwise every container would."""

from typing import Literal

from msgspec import Struct

from caliban.compiler.effects import VENV, Churn, Effects

_ALL, _NEW = f"{VENV}/bytecode", f"{VENV}/bytecode-of-the-delta"


class CompileBytecode(Struct, frozen=True, kw_only=True):
    """The .pyc files of the packages in the virtual environment."""

    runs: int  # that are about to import them
    packages: frozenset[str]  # what the steps write that install them
    what: Literal["all", "new"] = "all"  # 'new': what came since all were compiled

    @property
    def effects(self) -> Effects:
        """Comes after what it compiles, and is the same for everybody."""
        if self.what == "new":
            return Effects(reads=self.packages | {_ALL}, writes=frozenset({_NEW}), churn=Churn.DELTA)
        return Effects(reads=self.packages, writes=frozenset({_ALL}), churn=Churn.DEPENDENCIES)
