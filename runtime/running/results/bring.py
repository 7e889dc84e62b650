"""Brings what a run wrote below its working directory to the folder of `-o`, at the same relative paths."""

import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from caliban.compiler.diagnostics import ENGINE, Rejected, printable
from caliban.compiler.ir.effects import WORKDIR
from caliban.compiler.os_errors import refusal_to_write
from caliban.runtime.engine.answers import ContainerState
from caliban.runtime.engine.engine import Engine
from caliban.runtime.running import problems
from caliban.runtime.running.results.changed import changes_of, wrote_nothing
from caliban.runtime.running.results.selection import (
    Transfer,
    as_reported,
    below,
    is_byte_code,
    is_garbled,
    select,
    transfers,
)
from caliban.runtime.running.results.stream import MemberContent, NotThereError, members, open_stream
from caliban.runtime.running.results.unpack import Unpacker
from caliban.runtime.say import listing, say

_LONG = 2.0  # seconds after which a word is due
_BLOCK = 1 << 20  # bytes


class Brought(NamedTuple):
    """The results that were brought."""

    files: int = 0
    size: int = 0  # bytes
    deleted: tuple[str, ...] = ()  # files of the image, relative to the working directory
    skipped: tuple[str, ...] = ()  # devices, pipes, sockets, and what the engine does not find by the name it told
    renamed: tuple[tuple[str, str], ...] = ()  # a path, and the name that its end got beside what the run wrote there

    def lines(self, output: str) -> Iterator[str]:
        """Yield remarks on results that their owner would miss in the folder."""
        if self.renamed:
            names = tuple(f"{path} (here {name})" for path, name in self.renamed)
            yield f"{printable(output)} had these already, so they got another name: {listing(names)}"
        if self.deleted:
            yield f"the run deleted of its copy of the project: {listing(self.deleted)}"
        if self.skipped:
            yield f"not brought, since the engine gives no file for them: {listing(self.skipped)}"


class Written(NamedTuple):
    """A container whose results are wanted, and where."""

    container: str
    state: ContainerState
    folder: str  # on this machine
    since: int  # ns since the epoch: when the run began, by the clock of the file system
    until: int  # and when it was over: what changed in the folder between was written by the run itself
    labels: tuple[str, ...] = ()  # for a container that is made to read the image


def bring(engine: Engine, written: Written, sizes: Mapping[str, int]) -> Brought:
    """Brings files that were added, and those of the image whose bytes changed; links as links, empty folders too.

    `sizes` has the bytes that the image holds below some folders. Raises Rejected where something cannot be read from
    the engine or written to the folder: all else was brought, and is whole.
    """
    container, state = written.container, written.state
    if wrote_nothing(state, WORKDIR):
        return Brought()
    try:
        selection = select(changes_of(engine, container, state), WORKDIR, (*state.mounts, *state.volumes))
        changed = tuple(_with_other_bytes(engine, written, selection.changed))
        passing = f".caliban-{sha256(container.encode()).hexdigest()[:12]}"
        unpacker = Unpacker(written.folder, written.since, written.until, passing)
        try:
            reader = _Reader(engine, written, unpacker)
            for transfer in transfers((*selection.added, *changed), sizes, (*state.mounts, *state.volumes)):
                reader.read(transfer)
            if unpacker.entries < selection.entries + len(changed):  # no stream has sockets
                unpacker.skipped += _missing(engine, written, unpacker)
            for volume in state.volumes:
                if f"{volume}/".startswith(f"{WORKDIR}/"):
                    reader.read(Transfer(volume))
        finally:
            unpacker.close()
    except (OSError, tarfile.TarError) as error:
        reason = refusal_to_write(error).reason if isinstance(error, OSError) else str(error)
        raise Rejected(problems.results_not_brought(container, written.folder, reason), exit_code=ENGINE) from None
    except Rejected as rejected:
        if any(problem.code == "removed" for problem in rejected.diagnostics):
            raise
        words = "; ".join(" ".join((problem.message, *problem.quotes)) for problem in rejected.diagnostics)
        raise Rejected(problems.results_not_brought(container, written.folder, words), exit_code=ENGINE) from None
    if unpacker.failed:
        reasons = [f"{path} ({refusal_to_write(error).reason})" for path, error in sorted(unpacker.failed.items())]
        reason = listing(tuple(reasons))
        raise Rejected(problems.results_not_brought(container, written.folder, reason), exit_code=ENGINE)
    return Brought(
        files=unpacker.files,
        size=unpacker.size,
        deleted=tuple(map(_relative, selection.deleted)),
        skipped=tuple(unpacker.skipped),
        renamed=tuple(unpacker.renamed.items()),
    )


def _missing(engine: Engine, written: Written, unpacker: Unpacker) -> Iterator[str]:
    """Yield paths that the run added and the folder lacks."""
    mounts = (*written.state.mounts, *written.state.volumes)
    for change in below(changes_of(engine, written.container, written.state), WORKDIR, mounts):
        path = _relative(change.path)
        known = path in unpacker.skipped or path in unpacker.failed or unpacker.has(path)
        if change.kind == "A" and not known:
            yield path


class _Reader:
    """Reads streams of a container's files into a folder; where that takes long, it says so once."""

    def __init__(self, engine: Engine, written: Written, unpacker: Unpacker) -> None:
        self._engine = engine
        self._written = written
        self._unpacker = unpacker
        self._due = time.monotonic() + _LONG

    def read(self, transfer: Transfer) -> None:
        """One stream. Raises OSError, tarfile.TarError, and Rejected where the engine fails."""
        alone: list[str] = []
        try:
            with open_stream(self._engine, self._written.container, transfer.path) as stream:
                for member, content in members(stream):
                    self._say_once()
                    path = _inside(member.name, transfer)
                    if path is None or is_byte_code(f"/{path}") or self._is_mounted(path):
                        continue
                    if not member.islnk():
                        self._unpacker.put(path, member, content)
                    elif (other := self._brought(member.linkname, transfer)) is not None:
                        self._unpacker.link(path, other)
                    else:
                        alone.append(path)
        except NotThereError:
            self._unpacker.skipped.append(_relative(transfer.path))
        for path in alone:  # the other name of the file is not among the results
            self.read(Transfer(f"{WORKDIR}/{path}"))

    def _brought(self, name: str, transfer: Transfer) -> str | None:
        """The path of a file that came earlier in the stream; None where it was not wanted."""
        path = _inside(name, transfer)
        if path is None or is_byte_code(f"/{path}") or path in self._unpacker.failed or self._is_mounted(path):
            return None
        return path

    def _is_mounted(self, path: str) -> bool:
        """Return whether something is mounted at a path in a volume: a stream would contain it too."""
        return any(f"{WORKDIR}/{path}/".startswith(f"{mount}/") for mount in self._written.state.mounts)

    def _say_once(self) -> None:
        if time.monotonic() > self._due:
            self._due = float("inf")
            say(f"bringing results to {printable(self._written.folder)} …")


def _inside(name: str, transfer: Transfer) -> str | None:
    """The path below the folder of results for a name in a stream; None for one that is not wanted."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    assert ".." not in parts, "the engine writes names of what lies below a path"
    parts = parts[1:]  # the last name of the path
    if transfer.names is not None and (not parts or as_reported(parts[0]) not in transfer.names):
        return None
    base = _relative(transfer.path)
    return "/".join((*((base,) if base else ()), *parts)) or None


def _with_other_bytes(engine: Engine, written: Written, changed: Sequence[str]) -> Iterator[str]:
    """Those of the changed files whose bytes are not those of the image; folders are none of them."""
    if not changed:
        return
    image = engine.create_container(written.state.image, written.labels)
    try:
        for path in changed:
            if is_garbled(path) or _differs(engine, (written.container, image), path):
                yield path
    finally:
        engine.remove_containers(image)


def _differs(engine: Engine, containers: tuple[str, str], path: str) -> bool:
    """Return whether a file or link differs in the second container, or is missing there."""
    with open_stream(engine, containers[0], path, whole=False) as one:
        member, content = next(members(one))
        if member.isdir():
            return False
        try:
            with open_stream(engine, containers[1], path, whole=False) as other:
                image_member, image_content = next(members(other))
                same = (member.type, member.size, member.linkname)
                if same != (image_member.type, image_member.size, image_member.linkname):
                    return True
                return content is not None and image_content is not None and not _equal(content, image_content)
        except (tarfile.TarError, NotThereError):  # the image has no such file
            return True


def _equal(one: MemberContent, other: MemberContent) -> bool:
    while block := one.read(_BLOCK):
        if block != other.read(_BLOCK):
            return False
    return True


def _relative(path: str) -> str:
    """A path in the container, relative to the working directory; '' is that itself."""
    return path.removeprefix(WORKDIR).lstrip("/")
