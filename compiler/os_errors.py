"""Explains refusals of the operating system: an OSError in, the reason and the remedy out."""

import errno
from typing import NamedTuple


class OsRefusal(NamedTuple):
    """The reason for which a path cannot be read or written, and the remedy."""

    reason: str  # 'permission denied'
    remedy: str


_SHORTEN = "shorten its names, or move it up in the tree of folders"
_CIRCLE = "one of the links in its path leads back to itself: remove or correct it"
_LIMIT = "raise the limit of open files: ulimit -n 4096"
_SPACE = "free some space: `df -h` says which disk is full"
_QUOTA = "delete files of yours, or ask for a larger quota"
_DISK = "look after the disk: the kernel's log says more (dmesg)"
_STALE = "the file system was mounted again: leave the folder and enter it again (cd .)"

# errno(3): the reason, what to do for reading, what to do for writing
_KNOWN = {
    errno.EACCES: ("permission denied", "make it readable for yourself", "name a place that you may write to"),
    errno.EPERM: ("not permitted", "make it readable for yourself", "name a place that you may write to"),
    errno.ENOENT: ("it does not exist", "check the path", "make the folder that holds it first"),
    errno.EEXIST: ("a file of that name exists", "check the path", "name another place, or move that file away"),
    errno.EISDIR: ("it is a directory", "rename the directory, or name a file", "name a file"),
    errno.ENOTDIR: (
        "a part of its path is a file, not a directory",
        "check the path: that part must be a directory",
        "name another place, or move that file away",
    ),
    errno.ELOOP: ("its links lead in a circle", _CIRCLE, _CIRCLE),
    errno.ENAMETOOLONG: ("its name is too long for the system", _SHORTEN, "name a shorter path"),
    errno.ENOSPC: ("no space is left on the disk", _SPACE, f"{_SPACE}; or name a place on another disk"),
    errno.EDQUOT: ("your disk quota is used up", _QUOTA, f"{_QUOTA}; or name a place on another disk"),
    errno.EFBIG: ("the file would be larger than is allowed", "check the file", "raise the limit: ulimit -f unlimited"),
    errno.EROFS: ("the file system is read-only", "check how it is mounted", "name a place on another file system"),
    errno.EIO: ("the disk reports an error", _DISK, _DISK),
    errno.ESTALE: ("the network file system lost it", _STALE, _STALE),
    errno.EMFILE: ("too many files are open", _LIMIT, _LIMIT),
    errno.ENFILE: ("too many files are open on this machine", "close programs", "close programs"),
    errno.ENOMEM: ("no memory is left", "close programs", "close programs"),
    errno.EBADF: ("it is closed", "open it", "open it"),
    errno.ENXIO: ("it is no regular file", "name a regular file", "name a regular file"),
    errno.ENODEV: ("it is no regular file", "name a regular file", "name a regular file"),
}


def refusal_to_read(error: OSError) -> OsRefusal:
    """Explain why a file or folder cannot be read."""
    reason, remedy, _ = _KNOWN.get(error.errno or 0, (_plain(error), "check the file and its disk", ""))
    return OsRefusal(reason, remedy)


def refusal_to_write(error: OSError) -> OsRefusal:
    """Explain why a file or folder cannot be made or written."""
    reason, _, remedy = _KNOWN.get(error.errno or 0, (_plain(error), "", "name another place"))
    return OsRefusal(reason, remedy)


def _plain(error: OSError) -> str:
    words = error.strerror or str(error) or type(error).__name__
    return words[:1].lower() + words[1:]
