"""Brings a database to a schema: forward step by step, back by the copy that was made before.

Before a system migrates a journal it copies it, once, to NAME.schema-N. An older system that finds
a journal of a schema it does not know sets it aside as NAME.newer-M and goes on with its copy. What
was recorded in between is missing in its journal, and found in the one set aside. Mails are not in
the database: quarantine and originals are files, whose form never changes so that an older system
could not read them.

Every change is one rename or one transaction. A cut leaves the journal, or no journal and its copy,
which then takes its place.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.store.errors import StoreError
from gateway.store.schema import Migration

SPARE_BYTES = 64 << 20
"""Left free beside a copy: the state partition holds mail, too."""


def bring_to(path: Path, target: int, migrations: Sequence[Migration]) -> None:
    """Bring the database at `path`, or a new one, to schema `target`, as far as `migrations` lead.

    Raises StoreError or sqlite3.Error; the database is then as it was.
    """
    if path.exists() and _version(path) == target:
        return
    with _alone(path):
        _finish_restoring(path, target)
        version = _version(path)
        if version > target:
            version = _restore(path, version, target)
        if 0 < version < target:
            _copy(path, version)
        if version < target:
            _migrate(path, version, migrations)


def copies(path: Path) -> list[tuple[int, Path]]:
    """The copies beside the database, by the schema they have."""
    found = [
        (one.name.rpartition("-")[2], one) for one in path.parent.glob(f"{path.name}.schema-*")
    ]
    return sorted((int(number), one) for number, one in found if number.isdigit())


def _version(path: Path) -> int:
    """The schema's number; 0 for a new database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _copy(path: Path, version: int) -> None:
    """Copy the database, durably. Older copies go: there is one slot to return to, not two."""
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    if size + SPARE_BYTES > free:
        raise StoreError(
            f"the journal {path} cannot be changed for this version: the copy that goes first needs"
            f" {(size + SPARE_BYTES) >> 20} MiB, and {free >> 20} MiB are free"
        )
    fresh, final = path.with_name(f"{path.name}.copying"), _copy_name(path, version)
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(fresh)) as copy:
        source.backup(copy)
    _sync(fresh)
    old = path.stat()
    fresh.chmod(old.st_mode & 0o777)
    if os.geteuid() == 0:  # else it is the owner's already
        os.chown(fresh, old.st_uid, old.st_gid)
    fresh.replace(final)
    _sync(path.parent)
    for _, other in copies(path):
        if other != final:
            other.unlink()


def _migrate(path: Path, version: int, migrations: Sequence[Migration]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for step in migrations:
            if step.to <= version:
                continue
            connection.execute("BEGIN IMMEDIATE")
            for statement in step.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step.to}")
            connection.execute("COMMIT")


def _restore(path: Path, version: int, target: int) -> int:
    """Go on with the newest copy that this version reads; its schema. Raises StoreError."""
    usable = [number for number, _ in copies(path) if number <= target]
    if not usable:
        raise StoreError(f"the journal {path} was written by a newer version of the gateway")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    path.replace(path.with_name(f"{path.name}.newer-{version}"))
    _finish_restoring(path, target)
    return usable[-1]


def _finish_restoring(path: Path, target: int) -> None:
    """The copy takes the place of a database that was set aside."""
    usable = [copy for number, copy in copies(path) if number <= target]
    if not path.exists() and usable:
        for ending in ("-wal", "-shm"):  # of the one set aside; they would damage the copy
            path.with_name(path.name + ending).unlink(missing_ok=True)
        usable[-1].replace(path)
        _sync(path.parent)


def _copy_name(path: Path, version: int) -> Path:
    return path.with_name(f"{path.name}.schema-{version}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: all workers open the database when the gateway starts. The directory
    itself is locked, which needs no right to write."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StoreError(f"cannot open the journal {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise StoreError(f"cannot open the journal {path}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
