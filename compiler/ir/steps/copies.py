"""The steps that copy folders of the project into the image."""

from typing import Literal

from msgspec import Struct

from caliban.compiler.ir.effects import UNKNOWN, WORKDIR, Changes, Churn, Effects, in_workdir


class CopyFolder(Struct, frozen=True, kw_only=True):
    """A folder of the project, to the same place under `WORKDIR`."""

    path: str  # 'data', 'models/stored'; '.': the whole project
    kind: Literal["code", "data", "manifest"]
    size: int  # bytes
    files: int
    changes: Changes = UNKNOWN
    context: str | None = None  # a build context of its own, when COPY cannot spell its name
    excluded: bool = False  # something in it is left out of the copy
    linked: bool = False  # a layer that stands on none (`COPY --link`)
    calls: tuple[str, ...] = ()  # packages of the system that what is in it needs when it runs: 'gcc'

    @property
    def target(self) -> str:
        """The path of the copy in the image."""
        return in_workdir(self.path)

    @property
    def effects(self) -> Effects:
        """Claims its target."""
        return Effects(
            inputs=frozenset({self.path}),
            reads=frozenset({WORKDIR, *self.calls}),
            writes=frozenset({f"{self.target}/"}),
            size=self.size,
            files=self.files,
            changes=self.changes,
            linked=self.linked,
            churn=Churn.CODE if self.kind == "code" else Churn.DATA,
        )


class RestoreFolderOwners(Struct, frozen=True, kw_only=True):
    """Make the folders above linked copies again what they were: a linked layer brings its own, of the copy's owner."""

    targets: tuple[str, ...]  # of the linked copies: '/usr/app/data'

    @property
    def effects(self) -> Effects:
        """Comes after the last of them."""
        copied = frozenset(f"{target}/" for target in self.targets)
        return Effects(reads=copied | {WORKDIR}, writes=frozenset({"/usr"}), churn=Churn.MENDING)
