"""Who owns a container: the labels of a run, and the end of those whose caliban was killed."""

import os

_COLUMNS = ("{{.ID}}", "{{.State}}", '{{.Label "caliban.owner"}}', '{{.Label "caliban.host"}}')
# Asks for all containers of caliban's runs, whoever owns them.
LIST = ("docker", "ps", "--all", "--no-trunc", "--filter", "label=caliban=run", "--format", "\t".join(_COLUMNS))


def owner_labels() -> tuple[str, str]:
    """The labels of this process: `caliban.owner=UID:PID:START:BOOT`, and the host's name."""
    owner, host = owner_of_process()
    return f"caliban.owner={owner}", f"caliban.host={host}"


def owner_of_process() -> tuple[str, str]:
    """This process and its host, as `is_orphan` understands them."""
    return f"{os.getuid()}:{os.getpid()}:{_started(os.getpid())}:{_boot()}", os.uname().nodename


def is_orphan(owner: str, host: str, state: str) -> bool:
    """Whether a container with these labels is ours to remove: this user's, of a process that is no more.

    On another boot of this host nothing of ours runs, so what still runs there belongs to somebody who shares the
    engine; another host's containers are never touched.
    """
    uid, pid, start_time, boot = (*owner.split(":"), "", "", "", "")[:4]
    if uid != str(os.getuid()) or host != os.uname().nodename or not pid.isdigit():
        return False
    if boot != _boot():
        return state in ("exited", "dead")
    return _started(int(pid)) != start_time


def orphans(listing: str) -> list[str]:
    """The ids of orphans in what the engine answered to `LIST`."""
    rows = (line.split("\t") for line in listing.splitlines())
    return [row[0] for row in rows if len(row) == len(_COLUMNS) and is_orphan(row[2], row[3], row[1])]


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot (proc(5), field 22); empty where there is none."""
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
