"""A SQLite index of content, images and layers in caliban's own folder: a cache, whose loss costs one build.

`seen` keeps the content that was ever sent to the builder, beside the content on disk now: only it tells whether
BuildKit would take new content for old.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from msgspec import MsgspecError, msgpack

from caliban.compiler.cost.measured import Measured
from caliban.compiler.input.project import FileFact
from caliban.compiler.ir.effects import Changes
from caliban.runtime.state.database import open_database
from caliban.runtime.state.folder import INDEX

_TREES_KEPT = 20  # per project
_LAYERS_KEPT = 5000  # of all projects, whose times are known
# Of a project's files, in one value: 5,500 rows of their own take 14 ms to read, this 3 ms.
_DIGESTS = msgpack.Decoder(dict[FileFact, bytes])


class Image(NamedTuple):
    """An image that was built."""

    fingerprint: str
    image: str  # its id: 'sha256:…'
    base: str | None  # the id of its base then, where the engine had it as an image
    tag: str  # 'caliban/project:cpu-0123456789ab'
    origin: str  # what its base is called: 'python:3.11-slim-bookworm'

    @property
    def name(self) -> str:
        """The tag of the project's newest image: 'caliban/project:cpu'."""
        return self.tag.rpartition("-")[0]


class RecordedLayer(NamedTuple):
    """A layer of an image that was built."""

    name: str
    path: str | None  # of the folder that it copies
    digest: bytes | None  # of that folder's content, where it was looked at


class State:
    """The index. Every method may raise sqlite3.Error: the caller goes on without what it would have told."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.path = os.path.join(folder, INDEX)
        self._connection = open_database(self.path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is noted while this lasts, at once or not at all; within another one, a part of that."""
        if self._connection.in_transaction:
            yield self._connection
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def token(self, root: str, fresh: str) -> str:
        """The token of a project's build context; `fresh` where it has none yet."""
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO tokens VALUES (?, ?)", (root, fresh))
            row = connection.execute("SELECT token FROM tokens WHERE root = ?", (root,)).fetchone()
        return str(row[0])

    def replace_token(self, root: str, old: str, fresh: str) -> None:
        """A new context, of which the engine knows nothing: each file is looked at again, and noted as sent."""
        with self.transaction() as connection:
            connection.execute("UPDATE tokens SET token = ? WHERE root = ? AND token = ?", (fresh, root, old))
            connection.execute("DELETE FROM seen WHERE token = ?", (old,))
            connection.execute("DELETE FROM files WHERE root = ?", (root,))
            connection.execute("DELETE FROM trees WHERE root = ?", (root,))

    def tree(self, root: str, signature: bytes) -> bytes | None:
        """The content digest of a tree of files of which `lstat` told the very same before."""
        row = self._connection.execute(
            "SELECT digest FROM trees WHERE root = ? AND signature = ?", (root, signature)
        ).fetchone()
        return row[0] if row else None

    def digests(self, root: str) -> dict[FileFact, bytes]:
        """The digests of a project's files, as they were when somebody looked at them."""
        row = self._connection.execute("SELECT digests FROM files WHERE root = ?", (root,)).fetchone()
        try:
            return _DIGESTS.decode(row[0]) if row else {}
        except MsgspecError:  # damaged: it is a cache
            return {}

    def was_sent_otherwise(self, token: str, fact: FileFact, digest: bytes) -> bool:
        """Return whether the engine once got another content in a context, with this path, size and mtime."""
        row = self._connection.execute(
            "SELECT digest FROM seen WHERE token = ? AND path = ? AND size = ? AND mtime = ?",
            (token, fact.path, fact.size, fact.mtime),
        ).fetchone()
        return row is not None and row[0] != digest

    def note_files(self, root: str, digests: Mapping[FileFact, bytes]) -> None:
        """Remembers the digests of a project's files, and no others."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (root, msgpack.encode(digests)))

    def note_sent(self, token: str, files: Iterable[tuple[FileFact, bytes]]) -> None:
        """Remembers what the engine gets in a context."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)",
                [(token, fact.path, fact.size, fact.mtime, digest) for fact, digest in files],
            )

    def note_unsure(self, token: str, files: Iterable[FileFact]) -> None:
        """Remembers that nobody knows what the engine got of these files."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, x'')",
                [(token, fact.path, fact.size, fact.mtime) for fact in files],
            )

    def note_tree(self, root: str, signature: bytes, digest: bytes) -> None:
        """Remembers the digest of a whole tree."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO trees SELECT ?, ?, ?, coalesce(max(used), 0) + 1 FROM trees",
                (root, signature, digest),
            )
            connection.execute(
                "DELETE FROM trees WHERE root = ? AND signature NOT IN "
                "(SELECT signature FROM trees WHERE root = ? ORDER BY used DESC LIMIT ?)",
                (root, root, _TREES_KEPT),
            )

    def image(self, fingerprint: str, root: str) -> Image | None:
        """The image of this content: the project's own, else the newest that another project has."""
        row = self._connection.execute(
            "SELECT fingerprint, image, base, tag, origin FROM images "
            "WHERE fingerprint = ? ORDER BY root = ? DESC, used DESC LIMIT 1",
            (fingerprint, root),
        ).fetchone()
        return Image(*row) if row else None

    def newest(self, root: str, mode: str | None) -> Image | None:
        """The image that a project took last; `mode`: None for either."""
        row = self._connection.execute(
            "SELECT fingerprint, image, base, tag, origin FROM images "
            "WHERE root = ? AND mode = coalesce(?, mode) ORDER BY used DESC LIMIT 1",
            (root, mode),
        ).fetchone()
        return Image(*row) if row else None

    def note_image(self, root: str, mode: str, image: Image) -> None:
        """Remembers an image as the project's newest."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO images SELECT ?, ?, ?, ?, ?, ?, ?, coalesce(max(used), 0) + 1 FROM images",
                (image.fingerprint, root, mode, image.image, image.base, image.tag, image.origin),
            )

    def note_layers(self, root: str, mode: str, layers: Sequence[RecordedLayer]) -> None:
        """Remembers the layers of a project's newest image, and which of the copied folders differ from the last."""
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT name, digest, times, builds FROM layers WHERE root = ? AND mode = ?", (root, mode)
            )
            known = {name: (digest, times, builds) for name, digest, times, builds in rows}
            connection.execute("DELETE FROM layers WHERE root = ? AND mode = ?", (root, mode))
            for place, layer in enumerate(layers):
                digest, times, builds = known.get(layer.name, (None, 0, 0))
                compared = digest is not None and layer.digest is not None
                row = (times + (compared and digest != layer.digest), builds + compared)
                values = (root, mode, layer.name, place, layer.path, layer.digest or digest, *row)
                connection.execute("INSERT INTO layers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def layers(self, root: str) -> tuple[dict[str, Changes], dict[str, tuple[str, ...]]]:
        """Return how often copied folders changed between builds, by path; the layers of the last images, by mode."""
        changes: dict[str, Changes] = {}
        orders: dict[str, tuple[str, ...]] = {}
        rows = self._connection.execute(
            "SELECT mode, name, path, times, builds FROM layers WHERE root = ? ORDER BY mode, place", (root,)
        )
        for mode, name, path, times, builds in rows:
            orders[mode] = (*orders.get(mode, ()), name)
            if path is not None:
                before = changes.get(path, Changes())
                changes[path] = Changes(times=before.times + times, of=before.of + builds)
        return changes, orders

    def note_bands(self, root: str, mode: str, text: str) -> None:
        """Remembers the packages of a project's newest image, as `runtime.building.bands` spells them."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO bands VALUES (?, ?, ?)", (root, mode, text))

    def bands(self, root: str) -> dict[str, str]:
        """The packages of the newest images, by mode."""
        return dict(self._connection.execute("SELECT mode, text FROM bands WHERE root = ?", (root,)).fetchall())

    def wheels(self, root: str, mode: str) -> bytes | None:
        """The wheels that were collected for a project's last build, as `note_wheels` was given them."""
        row = self._connection.execute(
            "SELECT collected FROM wheels WHERE root = ? AND mode = ?", (root, mode)
        ).fetchone()
        return row[0] if row else None

    def note_wheels(self, root: str, mode: str, collected: bytes) -> None:
        """Remember the wheels that were collected for a build."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO wheels VALUES (?, ?, ?)", (root, mode, collected))

    def measured(self, digests: Iterable[bytes]) -> dict[bytes, Measured]:
        """Return measured times and sizes of layers, by the digests that `note_measured` was given."""
        select = "SELECT seconds, bytes FROM measured WHERE digest = ?"
        rows = ((digest, self._connection.execute(select, (digest,)).fetchone()) for digest in digests)
        return {digest: Measured(*row) for digest, row in rows if row}

    def note_measured(self, layers: Mapping[bytes, Measured]) -> None:
        """Remember what layers took and weighed; of all that were ever noted, the last stay."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO measured VALUES (?, ?, ?)", [(digest, *each) for digest, each in layers.items()]
            )
            connection.execute(
                "DELETE FROM measured WHERE rowid <= (SELECT max(rowid) FROM measured) - ?", (_LAYERS_KEPT,)
            )

    def notes(self, root: str) -> str:
        """Return the notes on the project's last run, a line each."""
        row = self._connection.execute("SELECT text FROM notes WHERE root = ?", (root,)).fetchone()
        return row[0] if row else ""

    def remember_notes(self, root: str, text: str) -> None:
        """Remember the notes on a run in place of those on the run before."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (root, text))

    def note_store(self, address: str, store: str) -> None:
        """Remembers where an engine keeps images."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO engines VALUES (?, ?)", (address, store))

    def store(self, address: str) -> str | None:
        """Return the image store of an engine; None if it was never asked."""
        row = self._connection.execute("SELECT store FROM engines WHERE address = ?", (address,)).fetchone()
        return row[0] if row else None

    def superseded(self, root: str, mode: str, keep: int) -> list[Image]:
        """The images of a project and mode but for the newest."""
        rows = self._connection.execute(
            "SELECT fingerprint, image, base, tag, origin FROM images "
            "WHERE root = ? AND mode = ? ORDER BY used DESC LIMIT -1 OFFSET ?",
            (root, mode, keep),
        )
        return [Image(*row) for row in rows]

    def has_another(self, root: str, tag: str) -> bool:
        """Return whether another project of the same name has an image by this tag."""
        rows = self._connection.execute("SELECT 1 FROM images WHERE tag = ? AND root != ? LIMIT 1", (tag, root))
        return rows.fetchone() is not None

    def forget_image(self, root: str, mode: str, image: Image) -> None:
        """The project does not have the image any more."""
        with self.transaction() as connection:
            connection.execute(
                "DELETE FROM images WHERE fingerprint = ? AND root = ? AND mode = ?", (image.fingerprint, root, mode)
            )
