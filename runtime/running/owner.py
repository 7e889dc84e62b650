"""The owner of a container: the labels of a run, and whether its caliban has ended."""

import os


def owner_labels() -> tuple[str, str]:
    """The labels of this process: `caliban.owner=UID:PID:START:BOOT`, and the host's name."""
    owner, host = owner_of_process()
    return f"caliban.owner={owner}", f"caliban.host={host}"


def owner_of_process() -> tuple[str, str]:
    """This process and its host, as `is_orphan` understands them."""
    return f"{os.getuid()}:{os.getpid()}:{_started(os.getpid())}:{_boot()}", os.uname().nodename


def is_orphan(owner: str, host: str, state: str) -> bool:
    """Return whether a container with these labels is an orphan: this user's, of a process that has ended.

    On another boot of this host nothing of ours runs, so what still runs there belongs to somebody who shares the
    engine; another host's containers are never touched.
    """
    uid, pid, start_time, boot = (*owner.split(":"), "", "", "", "")[:4]
    if uid != str(os.getuid()) or host != os.uname().nodename or not pid.isdigit():
        return False
    if boot != _boot():
        return state in ("exited", "dead")
    return _started(int(pid)) != start_time


def is_gone(owner: str, host: str) -> bool:
    """Return whether a process of this user on this host has certainly ended.

    Of another process namespace of this boot nothing can be seen, so its processes count as alive.
    """
    uid, pid, start_time, boot = (*owner.split(":"), "", "", "", "")[:4]
    if uid != str(os.getuid()) or host != os.uname().nodename or not pid.isdigit():
        return False
    here = _boot()
    if boot != here:
        return boot.rpartition("-")[0] != here.rpartition("-")[0]
    return _started(int(pid)) != start_time


def _started(pid: int) -> str:
    """Return the start of a process, in clock ticks since boot (proc(5), field 22); '' if no such process exists."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return "" if os.path.isdir("/proc/self") else _alive(pid)


def _alive(pid: int) -> str:
    """Without /proc (macOS): whether the process is there must do."""
    try:
        os.kill(pid, 0)
    except OSError:
        return ""
    return "alive"


def _boot() -> str:
    """This boot and this process namespace: a PID means nothing in another."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return "-"
