"""The step that installs a distribution of the project in place."""

from msgspec import Struct

from caliban.compiler.input.project import EditableInstall
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.effects import VENV, WORKDIR, Churn, Effects, in_workdir
from caliban.compiler.ir.resolution import AS_DECLARED, Resolution


class InstallEditable(Struct, frozen=True, kw_only=True):
    """A distribution of the project, in place: its metadata and commands; its modules are those that are copied."""

    path: str  # of the distribution in the project: '.'
    install: EditableInstall
    resolution: Resolution = AS_DECLARED  # of what the build of its metadata needs
    caches: tuple[CacheMount, ...] = ()

    @property
    def target(self) -> str:
        """Where its modules will be."""
        return in_workdir(self.path)

    @property
    def effects(self) -> Effects:
        """Reads what decides about the metadata, no module."""
        return Effects(
            inputs=frozenset(self.install.files),
            reads=frozenset({VENV, WORKDIR}),
            writes=frozenset({f"{VENV}/project/{self.path}"}),
            churn=Churn.METADATA,
        )
