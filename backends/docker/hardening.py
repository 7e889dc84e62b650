"""Options of `docker run` that take privileges away from a container.

Measured on Docker Engine 28: what an ordinary user runs (data loaders, shared memory, ptrace of its own processes, a
socket on port 80) needs no capability at all. Root's runs need those below, to read, write, give away and remove files
of its user (CHOWN, DAC_OVERRIDE, FOWNER, FSETID), to become another user as apt-get does (SETGID, SETUID), and to stop
what it started as one (KILL). docker's own list has six more: raw sockets, device nodes, chroot and such.
"""

from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.job import Job

_OF_ROOT = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID")
_ROOT = {"0", "root"}


def hardening(job: Job, machine: Machine) -> list[tuple[str, ...]]:
    """The options, in groups; none that the user's own arguments contradict: those win."""
    given = [(argument.name, argument.value or "") for argument in job.engine_options]
    if any(name == "--privileged" and value in ("", "true") for name, value in given):
        return []
    escalating = any(name == "--security-opt" and value.startswith("no-new-privileges") for name, value in given)
    words = ("--cap-drop", "ALL") if escalating else ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    *_, user = (str(machine.uid), *(value for name, value in given if name == "--user"))
    if user.partition(":")[0] not in _ROOT:
        return [words]
    dropped = {value.upper().removeprefix("CAP_") for name, value in given if name == "--cap-drop"}
    kept = () if "ALL" in dropped else tuple(name for name in _OF_ROOT if name not in dropped)
    return [words, tuple(word for name in kept for word in ("--cap-add", name))]
