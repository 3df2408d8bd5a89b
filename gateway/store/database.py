"""The one SQLite database of a gateway: how it is opened, and its schema.

Write-ahead logging lets every worker write and `gatewayctl` read at once. `synchronous=NORMAL`
does not fsync on each commit: a power cut may lose the last traces, never a mail (in mode
`through` the sender keeps the mail until it was answered; quarantine has files of its own that
are fsynced). Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA_VERSION = 2

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another; a commit here takes well under a millisecond."""

DELETE_STEP = 500
"""Rows deleted in one transaction: a few milliseconds, far below BUSY_TIMEOUT_MS."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS trace (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at REAL NOT NULL,
    sha256 TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    verdict TEXT NOT NULL,
    action TEXT NOT NULL,
    report BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS trace_at ON trace (at);
CREATE TABLE IF NOT EXISTS verdict (
    key TEXT PRIMARY KEY,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_at REAL NOT NULL,
    nothing_to_extract INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    trace TEXT NOT NULL,
    what TEXT NOT NULL,
    by TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_trace ON event (trace);
"""


class StoreError(Exception):
    """The database cannot be used. One sentence, fit for an administrator."""


class NotKeptError(StoreError):
    """There is no such mail in the store."""


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database at `path`, made with its schema when it is missing.

    Raises StoreError when it cannot be opened, or is of a newer version of the gateway.
    """
    try:
        if read_only:
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        else:
            connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError(f"the journal {path} was written by a newer version of the gateway")
        if not read_only:
            _prepare(connection, version)
    except sqlite3.Error as error:
        raise StoreError(f"cannot open the journal {path}: {error}") from error
    return connection


def delete_in_steps(connection: sqlite3.Connection, statement: str, before: float) -> int:
    """Run a DELETE with the parameters (before, limit) until nothing is left; how many rows.

    Each step is a transaction of its own: other writers wait for one step, not for all.
    Raises StoreError.
    """
    deleted = 0
    try:
        while (count := connection.execute(statement, (before, DELETE_STEP)).rowcount) > 0:
            deleted += count
    except sqlite3.Error as error:
        raise StoreError(f"the journal cannot be pruned: {error}") from error
    return deleted


def _prepare(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version < SCHEMA_VERSION:
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
