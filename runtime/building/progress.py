"""The builder's plain progress, as people get it: without what nobody reads, and an error's words told only once."""

import re
from collections.abc import Iterator

_WIDTH = 160  # characters of a line
_LOG = re.compile(r"#\d+ \d+\.\d+ ")  # a line that the step itself printed
_COMPLAINT = re.compile(r"#\d+ \d+\.\d+ +(error:|\u00d7 )")  # how uv begins to say why it stops
_ERROR = re.compile(r"#\d+ ERROR: ")  # what comes behind it repeats the log, and quotes the Dockerfile
_INTERNAL = re.compile(r"#(\d+) \[(?:(?:internal|context [^]]*)\]|[^]]*\] LINK )")  # the builder's own business
_DONE = re.compile(r"#(\d+) (?:DONE|CACHED)")


class Progress:
    """What to show of each line, as it comes.

    A complaint is held back: where the step fails, it is told as an error of ours, and where it does not, it is shown.
    """

    def __init__(self) -> None:
        self._held: list[str] = []
        self._internal: set[str] = set()  # numbers of steps
        self._over = False

    def shown(self, line: str) -> Iterator[str]:
        """The lines to show now, shortened, with their line ends."""
        if self._over or self._is_internal(line):
            return
        self._over = _ERROR.match(line) is not None
        if _COMPLAINT.match(line) or (self._held and _LOG.match(line)):
            self._held.append(line)
            return
        if self._held and " ERROR: " not in line and line.strip():
            yield from (f"{shortened(each, _WIDTH)}\n" for each in self._held)
        self._held = [] if line.strip() else self._held
        yield f"{shortened(line, _WIDTH)}\n"

    def _is_internal(self, line: str) -> bool:
        if found := _INTERNAL.match(line):
            self._internal.add(found[1])
            return True
        done = _DONE.match(line)
        return done is not None and done[1] in self._internal


def shortened(line: str, width: int) -> str:
    """A line about a command without mounts and variables, and no longer than that: a lock has hundreds of pins."""
    text = re.sub(r"--mount=\S+ +|([A-Z_]+=\S+ )+(?=uv )", "", line.rstrip("\n"))
    text = re.sub(r" {2,}", " ", text)
    return text if len(text) <= width else f"{text[: width - 1]}…"
