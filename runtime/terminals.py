"""The state of the standard streams: a terminal that caliban may read, a pipe without a reader."""

import os
import select


def is_background_job() -> bool:
    """Return whether stdin is a terminal of another job of the shell: the kernel stops readers (tcgetpgrp(3))."""
    try:
        return os.tcgetpgrp(0) != os.getpgrp()
    except OSError:  # no terminal, or one that does not control us
        return False


def reader_is_gone() -> bool:
    """Return whether stdout or stderr is a pipe without a reader (poll(2), POLLERR)."""
    poll = select.poll()
    for number in (1, 2):
        poll.register(number, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
