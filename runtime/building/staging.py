"""A folder that holds what is copied of another one, and nothing that is left out of the copy.

A folder whose name COPY cannot spell is a build context of its own, and to such a context the engine applies no
ignore file but one that lies in it. So the engine is given this folder instead.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress

from caliban.compiler.input.project import FileFact


def stage(source: str, facts: Iterable[FileFact], prefix: str, target: str) -> str:
    """Fills `target`, a new folder, with those of the facts that are below `prefix`; its path.

    `source` is the folder that the facts are relative to. Its files are copied: a second link to them would change what
    `stat` tells of the user's own. Raises OSError where that fails.
    """
    os.mkdir(target)
    inside = [fact for fact in facts if fact.path.startswith(f"{prefix}/")]  # sorted: a folder before what is in it
    for fact in inside:
        with suppress(FileNotFoundError, NotADirectoryError):  # it went meanwhile
            _put(fact, os.path.join(source, fact.path), os.path.join(target, fact.path[len(prefix) + 1 :]))
    for fact in reversed(inside):
        if stat.S_ISDIR(fact.mode):  # only now: one that may not be written to could not have been filled
            os.chmod(os.path.join(target, fact.path[len(prefix) + 1 :]), stat.S_IMODE(fact.mode))
    return target


def _put(fact: FileFact, source: str, target: str) -> None:
    if stat.S_ISDIR(fact.mode):
        os.mkdir(target)
    elif stat.S_ISLNK(fact.mode):
        os.symlink(os.readlink(source), target)
    elif stat.S_ISREG(fact.mode):
        shutil.copy2(source, target)
