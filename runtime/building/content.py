"""The content of a build's files: the digest of a tree, and the context through which the engine sees it.

BuildKit compares a file with its last copy by path, size, mtime and mode, never by content, and finds that copy by the
basename of the context (moby/buildkit #2592, #4817). So a context is a link whose name holds a random token; where a
content changed that the engine would miss, the token changes and the engine copies everything again.
"""

import hashlib
import os
import sqlite3
import stat
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec import Struct, msgpack

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.project import file_problems
from caliban.compiler.input.project import FileFact
from caliban.runtime.state import problems
from caliban.runtime.state.index import State

_RACY = 2_000_000_000  # ns: the coarsest clock of a file system in use (FAT); a younger file may change unnoticed
_AT_ONCE = 1 << 20  # bytes


class Content(Struct, frozen=True, kw_only=True):
    """A tree of files, known by what is in them."""

    digest: bytes  # over paths, modes and contents
    token: str  # of the context to build through
    # of each file; empty where `lstat` told the very same before
    digests: Sequence[tuple[FileFact, bytes]] = ()

    def of_folder(self, path: str) -> bytes | None:
        """The digest of one folder, where the files were looked at; '.' is all of them."""
        prefix = "" if path == "." else f"{path}/"
        inside = [entry for entry in self.digests if entry[0].path.startswith(prefix)]
        return _tree_digest(inside) if self.digests else None


def index_content(state: State | None, root: str, files: Sequence[FileFact]) -> tuple[Content, Diagnostic | None]:
    """The content of a project's files; reads only what changed since it was last known.

    Without a usable index everything is read and the context is new; the warning says so. Raises Rejected where a file
    cannot be read.
    """
    root, warning = os.path.realpath(root), None
    if state is not None:
        try:
            return _known(state, root, files), None
        except sqlite3.Error as error:
            warning = problems.state_forgotten(state.path, error)
    digests = [(fact, _digest(root, fact)) for fact in files]
    return Content(digest=_tree_digest(digests), token=_fresh(), digests=digests), warning


def _known(state: State, root: str, files: Sequence[FileFact]) -> Content:
    token = state.token(root, _fresh())
    signature = hashlib.sha256(msgpack.encode(files)).digest()
    digest = state.tree(root, signature)
    if digest is not None:
        return Content(digest=digest, token=token)
    now = time.time_ns()
    known = state.digests(root)
    digests: list[tuple[FileFact, bytes]] = []
    fresh: list[tuple[FileFact, bytes]] = []
    for fact in files:
        digest = known.get(fact)
        if digest is None:
            digest = _digest(root, fact)
            if _has_content(fact):
                fresh.append((fact, digest))
        digests.append((fact, digest))
    if any(state.was_sent_otherwise(token, *entry) for entry in fresh):
        old, token = token, _fresh()  # the engine would take the old content for the new one
        state.replace_token(root, old, token)
        known, fresh = {}, [entry for entry in digests if _has_content(entry[0])]
    settled = {fact: digest for fact, digest in fresh if max(fact.ctime, fact.mtime) <= now - _RACY}
    digest = _tree_digest(digests)
    with state.transaction():
        state.note_sent(token, fresh)
        if settled:  # the facts of a racy file may not change with its content
            paths = {fact.path for fact in settled}
            kept = {fact: digest for fact, digest in known.items() if fact.path not in paths}
            state.note_files(root, {**kept, **settled})
        if len(settled) == len(fresh):
            state.note_tree(root, signature, digest)
    return Content(digest=digest, token=token, digests=digests)


def _has_content(fact: FileFact) -> bool:
    return stat.S_ISREG(fact.mode) or stat.S_ISLNK(fact.mode)


def _digest(root: str, fact: FileFact) -> bytes:
    if not _has_content(fact):
        return b""
    path = os.path.join(root, fact.path)
    try:
        if stat.S_ISLNK(fact.mode):
            return hashlib.sha256(os.fsencode(os.readlink(path))).digest()
        return digest_of_file(path, fact.size)
    except OSError as error:
        raise Rejected(file_problems.unreadable(fact.path, error)) from None


def digest_of_file(path: str, size: int) -> bytes:
    """The digest of a file that had this size: what was appended since is no part of it. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        left = size or sys.maxsize  # some file systems tell no size
        while left and (read := file.read(min(left, _AT_ONCE))):
            digest.update(read)
            left -= len(read)
    return digest.digest()


def known_digests(state: State | None, root: str, content: Content) -> Mapping[FileFact, bytes]:
    """The digests of the files of a content, as far as they are known."""
    if content.digests or state is None:
        return dict(content.digests)
    try:
        return state.digests(os.path.realpath(root))  # nothing was looked at, because nothing had changed
    except sqlite3.Error:
        return {}


def content_of(digests: Sequence[tuple[FileFact, bytes]], token: str) -> Content:
    """The content of files whose digests are known."""
    return Content(digest=_tree_digest(digests), token=token, digests=digests)


def _tree_digest(digests: Sequence[tuple[FileFact, bytes]]) -> bytes:
    return hashlib.sha256(msgpack.encode([(fact.path, fact.mode, digest) for fact, digest in digests])).digest()


def _fresh() -> str:
    return os.urandom(8).hex()


def forget_context(state: State | None, root: str, token: str) -> None:
    """The engine may hold content that was never hashed, so the next build uses a fresh context."""
    if state is not None:
        with suppress(sqlite3.Error):  # an index that cannot be written was told already
            state.replace_token(os.path.realpath(root), token, _fresh())


def doubt_files(state: State | None, token: str, files: Sequence[FileFact]) -> None:
    """The engine may hold another content of these files, so should they come back it gets a new context."""
    if state is not None:
        with suppress(sqlite3.Error):
            state.note_unsure(token, files)


def link(folder: str, name: str, target: str) -> str:
    """A link below `contexts` in caliban's folder to a folder of the user's; its path. Raises OSError."""
    path = os.path.join(folder, "contexts", name)
    try:
        os.symlink(target, path)
    except FileExistsError:
        if os.readlink(path) != target:
            os.remove(path)
            os.symlink(target, path)
    return path


def hash_files(state: State, root: str, files: Sequence[FileFact]) -> dict[str, str]:
    """The digests of a project's files as a record of a build has them, by path; changes nothing in the index."""
    root = os.path.realpath(root)
    known = state.digests(root)
    return {fact.path: short(known.get(fact) or _digest(root, fact)) for fact in files}


def short(digest: bytes) -> str:
    """A digest as records have it."""
    return digest.hex()[:16]
