"""The database's schema, as the steps that led to it. A step that was released never changes.

What a version older than SCHEMA_VERSION cannot read belongs into a step; what it can pass over (a
field more in a report or in a file of the quarantine) does not need one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: the version it leads to from the one before, and its statements."""

    to: int
    statements: tuple[str, ...]


MIGRATIONS = (
    Migration(
        1,
        (
            """
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
)""",
            "CREATE INDEX IF NOT EXISTS trace_at ON trace (at)",
            """
CREATE TABLE IF NOT EXISTS verdict (
    key TEXT PRIMARY KEY,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_at REAL NOT NULL,
    nothing_to_extract INTEGER NOT NULL
) WITHOUT ROWID""",
        ),
    ),
    Migration(
        2,
        (
            """
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    trace TEXT NOT NULL,
    what TEXT NOT NULL,
    by TEXT NOT NULL,
    detail TEXT NOT NULL
)""",
            "CREATE INDEX IF NOT EXISTS event_trace ON event (trace)",
        ),
    ),
)

SCHEMA_VERSION = MIGRATIONS[-1].to
