"""Reads the machine and its user, as far as command lines name them."""

import os
from collections.abc import Mapping

from caliban.compiler.input.machine import Machine


def read_machine(environment: Mapping[str, str]) -> Machine:
    """The machine that runs this process, and the user of the process."""
    return Machine(
        uid=os.getuid(),
        gid=os.getgid(),
        user=user_name(environment),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    )


def user_name(environment: Mapping[str, str]) -> str:
    """The user's name as $LOGNAME or $USER has it, else as the system does; the uid where nothing names the user."""
    for name in ("LOGNAME", "USER"):
        if value := environment.get(name):
            return value
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
