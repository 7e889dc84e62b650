"""Sees whether files change while the engine reads them: then nobody can say what an image holds."""

from collections.abc import Sequence
from itertools import chain

from caliban.compiler.frontend.disk import Disk
from caliban.compiler.project import FileFact


class Witness:
    """Knows what `lstat` told of files before a build; looks again once the engine has read them.

    What changes later is in no image, however long the build goes on. A folder is among the facts, and changes when
    something comes or goes in it.
    """

    def __init__(self, root: str, files: Sequence[FileFact], *, whole: bool) -> None:
        """`whole`: the build reads the project's folder itself, which is not among the files."""
        self._disk = Disk(root)
        self._files = files
        self._root = self._disk.fact(".") if whole else None
        self._changed: tuple[str, ...] | None = None

    def look(self) -> None:
        """Compares anew: of several contexts, the one that is read last counts."""
        root = () if self._root is None else (self._root,)
        self._changed = tuple(self._disk.differing(chain(self._files, root)))

    @property
    def changed(self) -> tuple[str, ...]:
        """The paths that were not the same at the last look; if there was none yet, it is now."""
        if self._changed is None:
            self.look()
        return self._changed or ()
