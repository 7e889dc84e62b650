"""The wheels that were collected last, as long as all that was read to collect them is as it was.

To collect reads the metadata of each wheel that may be installed, which takes longer than the rest of a run that builds
nothing. The state of each file, folder and page that was read says whether the answer still holds.
"""

from hashlib import sha256
from sqlite3 import Error

from msgspec import MsgspecError, Struct, msgpack

from caliban.compiler.input.project import Project
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.step import Installing
from caliban.runtime.settings.lent import LentWheels, WheelGroup
from caliban.runtime.settings.local_packages import FileState, LocalPackages, PackageFile, file_state
from caliban.runtime.state.index import State


class _Collected(Struct, frozen=True):
    question: bytes
    read: dict[str, FileState]
    files: tuple[PackageFile, ...]
    digest: str
    groups: tuple[tuple[str, tuple[int, ...], str], ...]  # name, places in `files`, digest

    @property
    def wheels(self) -> LentWheels:
        groups = (
            WheelGroup(name, tuple(self.files[place] for place in places), digest)
            for name, places, digest in self.groups
        )
        return LentWheels(self.files, self.digest, tuple(groups))


_DECODER = msgpack.Decoder(_Collected)


def collected(recipe: Recipe, project: Project, local: LocalPackages, index: State | None, root: str) -> LentWheels:
    """Return the wheels for a build, of the last collection if nothing changed since."""
    question = _question(recipe, project, local)
    if index is not None and (last := _last(index, root, project.settings.mode)) is not None:
        same = last.question == question and all(file_state(path) == state for path, state in last.read.items())
        if same:
            return last.wheels
    from caliban.runtime.settings.collect import collect_wheels

    found = collect_wheels(recipe, project, local)
    if index is not None:
        places = {file: place for place, file in enumerate(found.files)}
        groups = tuple(
            (group.name, tuple(places[file] for file in group.files), group.digest) for group in found.groups
        )
        noted = _Collected(question, local.read, found.files, found.digest, groups)
        _note(index, root, project.settings.mode, noted)
    return found


def _question(recipe: Recipe, project: Project, local: LocalPackages) -> bytes:
    """A digest of all that `collect_wheels` depends on, apart from the folders' content."""
    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    installing = tuple(step for step in recipe.steps if isinstance(step, Installing))
    base = (recipe.base.python, recipe.base.platform, project.settings.mode)
    declared = (project.requirements_files, project.packages)
    text = repr((base, local.places, installing, declared))
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _last(index: State, root: str, mode: str) -> _Collected | None:
    try:
        text = index.wheels(root, mode)
        return None if text is None else _DECODER.decode(text)
    except (Error, MsgspecError):  # locked, or damaged: it is a cache
        return None


def _note(index: State, root: str, mode: str, noted: _Collected) -> None:
    try:
        index.note_wheels(root, mode, msgpack.encode(noted))
    except (Error, UnicodeEncodeError):  # a full disk, a path that is no UTF-8: collected again next time
        return
