"""Files of a container as a tar stream."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase, RawIOBase
from typing import IO, cast

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.runtime.engine.answers import last_line
from caliban.runtime.engine.engine import Engine
from caliban.runtime.engine.problems import container_removed
from caliban.runtime.engine.refusals import Refusal, classify
from caliban.runtime.running import problems

_BLOCK = 1 << 17  # bytes
_NOT_FOUND = "Could not find the file"  # moby/daemon/archive_unix.go


class NotThereError(Exception):
    """The engine does not find a path; it may have told of it itself, by a name that no order can have."""


@contextmanager
def open_stream(engine: Engine, container: str, path: str, *, whole: bool = True) -> Iterator[IO[bytes]]:
    """A path of a container as a tar stream; `whole`: that the engine could not give all of it is an error.

    Raises Rejected and, where there is no such path, NotThereError.
    """
    process = engine.start_copy(container, path)
    assert process.stdout is not None and process.stderr is not None, "its output is a pipe"
    try:
        try:
            yield process.stdout
        except tarfile.TarError:
            _raise_refusal(process, container, path)
            raise
        if whole:
            _raise_refusal(process, container, path)
    finally:
        _end(process)


def _raise_refusal(process: "subprocess.Popen[bytes]", container: str, path: str) -> None:
    """Raises what the client says at its end, where it failed."""
    assert process.stdout is not None and process.stderr is not None, "its output is a pipe"
    while process.stdout.read(_BLOCK):
        pass
    words = process.stderr.read().decode("utf-8", "replace")
    if process.wait():
        if _NOT_FOUND in words:
            raise NotThereError
        if classify(words) is Refusal.UNKNOWN_CONTAINER:
            raise Rejected(container_removed(container), exit_code=ENGINE)
        raise Rejected(problems.not_readable(path, last_line(words)), exit_code=ENGINE)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()


class ForwardReader:
    """A pipe as the file that `tarfile` reads headers of 512 bytes from; it seeks forward only.

    In its mode for pipes, `tarfile` copies all that it has read ahead for each header that it takes from it: with
    10,000 small files, that took three quarters of the time.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = cast("BufferedIOBase", pipe)
        self._position = 0
        self._buffer = memoryview(bytearray(_BLOCK))

    def tell(self) -> int:
        """The number of bytes read."""
        return self._position

    def seek(self, position: int) -> None:
        """Passes over what comes before a position."""
        assert position >= self._position, "a pipe goes forward"
        while position > self._position and self.next_block(position - self._position):
            pass

    def read(self, size: int) -> bytes:
        """So many bytes, or all that are left."""
        block = self._pipe.read(size)
        self._position += len(block)
        return block

    def next_block(self, limit: int) -> memoryview:
        """At most so many bytes, which are there until the next call; none at the end."""
        buffer = self._buffer[:limit]
        count = self._pipe.readinto(buffer)
        self._position += count
        return buffer[:count]


class MemberContent:
    """The bytes of the file at which a stream stands; what is not read of them is passed over."""

    def __init__(self, pipe: ForwardReader, size: int) -> None:
        self._pipe = pipe
        self._left = size

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end. Raises tarfile.ReadError where the stream is cut off."""
        block = self._pipe.read(min(size, self._left))
        if not block and size and self._left:
            raise tarfile.ReadError("unexpected end of data")
        self._left -= len(block)
        return block

    def write_to(self, file: RawIOBase) -> int:
        """Writes what is left, and gives its number of bytes. Raises OSError and tarfile.ReadError."""
        size = self._left
        while self._left:
            block = self._pipe.next_block(self._left)
            if not block:
                raise tarfile.ReadError("unexpected end of data")
            self._left -= len(block)
            while block:
                block = block[file.write(block) :]
        return size


def members(stream: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, MemberContent | None]]:
    """The members of a tar stream, one at a time: none is remembered. Raises tarfile.TarError where it is cut off."""
    pipe = ForwardReader(stream)
    with tarfile.TarFile(fileobj=cast("IO[bytes]", pipe), encoding="utf-8", errors="surrogateescape") as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined]  # else the memory grows with the number of files
            yield member, MemberContent(pipe, member.size) if member.isreg() else None
