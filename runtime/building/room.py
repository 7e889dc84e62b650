"""Checks that a copy fits the disk of the engine, before a byte of it is read."""

import os
import stat

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project.walk import LARGE, largest
from caliban.compiler.input.project import Project
from caliban.runtime.building import problems
from caliban.runtime.session import Session


def check_room(project: Project, session: Session) -> None:
    """Raises Rejected where the files that the engine has not had yet are larger than its free space.

    Only large copies are a question to the engine; one on another machine has a disk that nobody here can see.
    """
    files = [fact for fact in project.files if stat.S_ISREG(fact.mode)]
    if sum(fact.size for fact in files) < LARGE:
        return
    known = session.index.digests(os.path.realpath(session.root)) if session.index is not None else {}
    new = tuple(fact for fact in files if fact not in known)
    needed = sum(fact.size for fact in new)
    if needed < LARGE:
        return
    folder = session.engine.local_folder()
    free = _free(folder) if folder is not None else None
    if free is not None and needed > free:
        raise Rejected(problems.copy_does_not_fit(needed, free, largest(new, ".")))


def _free(folder: str) -> int | None:
    try:
        state = os.statvfs(folder)
    except OSError:  # in a virtual machine, as Docker Desktop's
        return None
    return state.f_bavail * state.f_frsize
