"""Steps that prepare the system of the image: folders and packages."""

from msgspec import Struct

from caliban.compiler.ir.effects import HOME, WORKDIR, Churn, Effects


class PrepareFolders(Struct, frozen=True, kw_only=True):
    """Make the working directory and the home, writable for whoever runs the image."""

    @property
    def effects(self) -> Effects:
        """Reads nothing."""
        return Effects(writes=frozenset({WORKDIR, HOME}))


class InstallSystemPackages(Struct, frozen=True, kw_only=True):
    """Debian packages."""

    packages: tuple[str, ...]
    reason: str
    wanted: bool = True

    @property
    def effects(self) -> Effects:
        """Gives each package under the command's name too: git gives 'git'."""
        return Effects(writes=frozenset(self.packages), churn=Churn.SYSTEM, wanted=self.wanted)
