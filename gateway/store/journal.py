"""The journal: every mail's report, found again by id, newest first.

`Journal` is the small interface; SQLite is its first implementation, a store shared by several
machines would be one more.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from gateway.pipeline import Report
from gateway.store.database import StoreError, delete_in_steps

_COMPRESSION = 1
"""zlib level. A report is mostly repeated words: level 1 already shrinks it to about a sixth."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Report)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal's list."""

    id: str
    at: float
    sender: str
    recipients: str
    subject: str
    verdict: str
    action: str


@dataclass(frozen=True, slots=True)
class Event:
    """What became of a mail after its trace was written: a person released it, deleted it; a file
    of it was emulated. `by` is the account or the process, `detail` a sentence; `at` in seconds
    since the epoch."""

    at: float
    trace: str
    what: str
    by: str
    detail: str


class Journal(Protocol):
    """Where reports go and come from."""

    def record(self, report: Report) -> None:
        """Keep `report`; the same id again replaces it. Raises StoreError."""
        ...

    def note(self, event: Event) -> int:
        """Add what became of a mail later; the event's number. Raises StoreError."""
        ...

    def replace(self, number: int, event: Event) -> None:
        """Put `event` in the place of the one of that number. Raises StoreError."""
        ...

    def find(self, untrusted_id: str) -> Report | None:
        """The report whose id is, or begins with, the given text; None when there is none.

        Raises StoreError when several begin so.
        """
        ...

    def last(self) -> Report | None:
        """The newest report."""
        ...

    def entries(self, limit: int) -> Iterator[JournalEntry]:
        """The newest `limit` entries, newest first."""
        ...


class SqliteJournal:
    """The journal in the gateway's database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def record(self, report: Report) -> None:
        actions = ",".join(sorted({d.action for d in report.dispositions}))
        recipients = ",".join(report.envelope.recipients)
        blob = zlib.compress(_encoder.encode(report), _COMPRESSION)
        try:
            self._connection.execute(
                "INSERT OR REPLACE INTO trace"
                " (id, at, sha256, sender, recipients, subject, verdict, action, report)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    report.message.id,
                    report.started_at,
                    report.message.sha256,
                    report.envelope.sender,
                    recipients,
                    report.message.subject,
                    report.verdict,
                    actions,
                    blob,
                ),
            )
        except sqlite3.Error as error:
            raise StoreError(f"the journal cannot be written: {error}") from error

    def find(self, untrusted_id: str) -> Report | None:
        prefix = untrusted_id.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._select(
            "SELECT report, id FROM trace WHERE id LIKE ? ESCAPE '\\' ORDER BY id LIMIT 2",
            (prefix + "%",),
        )
        if len(rows) > 1 and rows[0][1] != untrusted_id:
            raise StoreError(f"more than one trace begins with '{untrusted_id}'")
        return _report(rows[0][0]) if rows else None

    def last(self) -> Report | None:
        rows = self._select("SELECT report FROM trace ORDER BY number DESC LIMIT 1", ())
        return _report(rows[0][0]) if rows else None

    def entries(self, limit: int) -> Iterator[JournalEntry]:
        columns = "id, at, sender, recipients, subject, verdict, action"
        query = f"SELECT {columns} FROM trace ORDER BY number DESC LIMIT ?"
        for row in self._select(query, (limit,)):
            yield JournalEntry(*row)

    def note(self, event: Event) -> int:
        statement = "INSERT INTO event (at, trace, what, by, detail) VALUES (?, ?, ?, ?, ?)"
        return (
            self._change(
                statement, (event.at, event.trace, event.what, event.by, event.detail)
            ).lastrowid
            or 0
        )

    def replace(self, number: int, event: Event) -> None:
        statement = (
            "UPDATE event SET at = ?, trace = ?, what = ?, by = ?, detail = ? WHERE number = ?"
        )
        self._change(statement, (event.at, event.trace, event.what, event.by, event.detail, number))

    def events(self, trace: str) -> tuple[Event, ...]:
        """What was done with the mail of that trace, oldest first. Raises StoreError."""
        if not self._select("SELECT 1 FROM sqlite_master WHERE name = 'event'", ()):
            return ()  # a journal of an earlier version, opened for reading only
        query = "SELECT at, trace, what, by, detail FROM event WHERE trace = ? ORDER BY number"
        return tuple(Event(*row) for row in self._select(query, (trace,)))

    def prune(self, before: float) -> int:
        """Forget reports older than `before` (seconds since the epoch); how many. StoreError.

        What was done with the mails goes with them.
        """
        delete_in_steps(
            self._connection,
            "DELETE FROM event WHERE number IN (SELECT number FROM event WHERE at < ? LIMIT ?)",
            before,
        )
        return delete_in_steps(
            self._connection,
            "DELETE FROM trace WHERE number IN (SELECT number FROM trace WHERE at < ? LIMIT ?)",
            before,
        )

    def _change(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise StoreError(f"the journal cannot be written: {error}") from error

    def _select(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the journal cannot be read: {error}") from error


class NullJournal:
    """Keeps nothing: for `explain`, which must leave no trace behind."""

    def record(self, report: Report) -> None:
        return None

    def note(self, event: Event) -> int:
        return 0

    def replace(self, number: int, event: Event) -> None:
        return None

    def find(self, untrusted_id: str) -> Report | None:
        return None

    def last(self) -> Report | None:
        return None

    def entries(self, limit: int) -> Iterator[JournalEntry]:
        return iter(())


def _report(blob: object) -> Report:
    if not isinstance(blob, bytes):
        raise StoreError("the journal holds a report that is no report")
    try:
        return _decoder.decode(zlib.decompress(blob))
    except (zlib.error, msgspec.DecodeError) as error:
        raise StoreError(f"the journal holds a damaged report: {error}") from error
