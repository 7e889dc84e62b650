"""Credentials for a container whose user may not read the file itself: a copy, for as long as caliban runs.

A container's user has one group and may be another uid than the file's owner: `--user` in the engine's arguments, or a
key that its readers share by a supplementary group. Then the mount would be there, and unreadable.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.job import BindMount, Job
from caliban.compiler.ir.plan import Plan
from caliban.runtime.running.owner import is_gone, owner_of_process
from caliban.runtime.state.folder import make_private, writing_into


@contextmanager
def readable_credentials(plan: Plan, machine: Machine, state: str) -> Iterator[Plan]:
    """The plan, with copies in place of the credentials that its containers could not read.

    They lie in caliban's own folder `state`, where nobody else gets in, and are removed at the end. Those of a caliban
    that was killed are removed first. Raises Rejected where no copy can be made.
    """
    loans = os.path.join(state, "keys")
    _forget_orphans(loans)
    user = _user(plan.job, machine)
    lent = [mount for mount in plan.job.mounts if mount.secret and not _may_read(mount.source, *user)]
    if not lent:
        yield plan
        return
    import shutil  # most runs lend nothing
    import tempfile

    owner, host = owner_of_process()
    with writing_into(state):
        make_private(loans)
        folder = tempfile.mkdtemp(prefix=f"{owner}@{host}@", dir=loans)
    try:
        with writing_into(state):
            copies = {mount: _copy(mount, os.path.join(folder, str(at)), user[0]) for at, mount in enumerate(lent)}
        mounts = tuple(copies.get(mount, mount) for mount in plan.job.mounts)
        yield replace(plan, job=replace(plan.job, mounts=mounts))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user(job: Job, machine: Machine) -> tuple[int | None, int | None]:
    """Return uid and gid of the process, None if unknown: the image decides the meaning of a name."""
    given = [argument.value or "" for argument in job.engine_options if argument.name == "--user"]
    if not given:
        return machine.uid, machine.gid
    uid, _, gid = given[-1].partition(":")
    return int(uid) if uid.isdigit() else None, int(gid) if gid.isdigit() else None


def _may_read(path: str, uid: int | None, gid: int | None) -> bool:
    """Return whether a user may read a file (path_resolution(7)); bind mounts need no permission for folders above."""
    try:
        status = os.stat(path)
    except OSError:
        return True  # the engine says what is wrong with it
    if uid == 0:
        return True
    if uid == status.st_uid:
        return bool(status.st_mode & stat.S_IRUSR)
    if gid == status.st_gid:
        return bool(status.st_mode & stat.S_IRGRP)
    return bool(status.st_mode & stat.S_IROTH)


def _copy(mount: BindMount, path: str, uid: int | None) -> BindMount:
    """The copy belongs to the container's user where we may give it away; else only the folder keeps others out."""
    import shutil

    own = uid is not None and (os.geteuid() in (0, uid))
    shutil.copyfile(mount.source, path)
    if own and uid is not None and uid != os.geteuid():
        os.chown(path, uid, -1)
    os.chmod(path, 0o400 if own else 0o444)
    return replace(mount, source=path)


def _forget_orphans(loans: str) -> None:
    try:
        names = os.listdir(loans)
    except OSError:
        return
    for name in names:
        owner, _, rest = name.partition("@")
        if is_gone(owner, rest.rpartition("@")[0]):
            import shutil

            shutil.rmtree(os.path.join(loans, name), ignore_errors=True)
