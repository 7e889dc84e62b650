"""The file of the index: its tables, made again where it is of another version or damaged."""

import os
import sqlite3

# `used` in it is a rank and no time: a clock that was ahead once would make the newest the oldest for as long.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tokens (root TEXT PRIMARY KEY, token TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    token TEXT, path TEXT, size INTEGER, mtime INTEGER, digest BLOB, PRIMARY KEY (token, path, size, mtime)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (root TEXT PRIMARY KEY, digests BLOB);
CREATE TABLE IF NOT EXISTS trees (root TEXT, signature BLOB, digest BLOB, used REAL, PRIMARY KEY (root, signature));
CREATE TABLE IF NOT EXISTS layers (
    root TEXT, mode TEXT, name TEXT, place INTEGER, path TEXT, digest BLOB, times INTEGER, builds INTEGER,
    PRIMARY KEY (root, mode, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bands (root TEXT, mode TEXT, text TEXT, PRIMARY KEY (root, mode));
CREATE TABLE IF NOT EXISTS wheels (root TEXT, mode TEXT, collected BLOB, PRIMARY KEY (root, mode));
CREATE TABLE IF NOT EXISTS measured (digest BLOB PRIMARY KEY, seconds REAL, bytes INTEGER);
CREATE TABLE IF NOT EXISTS notes (root TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS engines (address TEXT PRIMARY KEY, store TEXT);
CREATE TABLE IF NOT EXISTS images (
    fingerprint TEXT, root TEXT, mode TEXT, image TEXT, base TEXT, tag TEXT, origin TEXT, used REAL,
    PRIMARY KEY (fingerprint, root, mode)
);
"""
_VERSION = 10  # PRAGMA user_version; an index of another version is made again


def open_database(path: str) -> sqlite3.Connection:
    """The index, empty where it could not be used. Raises sqlite3.Error, OSError."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        os.remove(path)  # no database, or a damaged one: it is a cache
        return _connect(path)


def _connect(path: str) -> sqlite3.Connection:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.close(descriptor)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != _VERSION:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        connection.execute("BEGIN IMMEDIATE")
        for name in names:
            connection.execute(f'DROP TABLE "{name}"')
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    return connection
