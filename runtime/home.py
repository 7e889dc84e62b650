"""The user's home, for caliban and for all that it starts."""

import os
from collections.abc import MutableMapping

NO_HOME = "/nonexistent"  # as Debian has it for users without one


def settle_home(environment: MutableMapping[str, str]) -> None:
    """Sets $HOME where it is unset, or no absolute path: to the user's entry in passwd, else to a folder that is none.

    Without it, each program would look in a folder of its own choice: docker and `~` in the current directory, which
    is a project that may come from the internet.
    """
    if os.path.isabs(environment.get("HOME", "")):
        return
    import pwd  # nearly everybody has a $HOME

    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        home = ""
    environment["HOME"] = home if os.path.isabs(home) else NO_HOME
