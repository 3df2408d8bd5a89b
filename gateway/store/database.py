"""The one SQLite database of a gateway: how it is opened.

Write-ahead logging lets every worker write and `gatewayctl` read at once. `synchronous=NORMAL`
does not fsync on each commit: a power cut may lose the last traces, never a mail (in mode
`through` the sender keeps the mail until it was answered; quarantine has files of its own that
are fsynced). Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.store.errors import NotKeptError, StoreError
from gateway.store.migrating import bring_to
from gateway.store.schema import MIGRATIONS, SCHEMA_VERSION

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another; a commit here takes well under a millisecond."""

DELETE_STEP = 500
"""Rows deleted in one transaction: a few milliseconds, far below BUSY_TIMEOUT_MS."""


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database at `path`, made with its schema when it is missing, and brought to this
    version's schema when it has another (see `migrating`).

    Raises StoreError when it cannot be opened, or is of a newer version of the gateway and there is
    no way back.
    """
    try:
        if not read_only:
            bring_to(path, SCHEMA_VERSION, MIGRATIONS)
        where = f"file:{path}?mode=ro" if read_only else str(path)
        connection = sqlite3.connect(where, uri=read_only, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError(f"the journal {path} was written by a newer version of the gateway")
        if not read_only:
            connection.execute("PRAGMA synchronous = NORMAL")
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


__all__ = ["NotKeptError", "StoreError", "delete_in_steps", "open_database"]
