"""What the standard streams are at this moment: a terminal that we may read, a pipe that nobody reads any more."""

import os
import select


def is_background_job() -> bool:
    """Whether stdin is a terminal that another job of the shell has: the kernel stops who reads it (tcgetpgrp(3))."""
    try:
        return os.tcgetpgrp(0) != os.getpgrp()
    except OSError:  # no terminal, or one that does not control us
        return False


def reader_is_gone() -> bool:
    """Whether stdout or stderr is a pipe that nobody reads any more (poll(2), POLLERR)."""
    poll = select.poll()
    for number in (1, 2):
        poll.register(number, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
