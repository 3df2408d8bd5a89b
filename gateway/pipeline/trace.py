"""The trace: one row for every stage x every subject, each filled exactly once.

A row starts empty when its subject appears. A trace with an empty row is incomplete, and asking
it for a verdict raises: nothing can be forgotten silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.model import Outcome


class TraceError(Exception):
    """A row was filled twice, or does not exist: a programming error, never a mail's fault."""


class IncompleteTraceError(TraceError):
    """A verdict was asked of a trace that has empty rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stage's outcome on one subject, and how long it took in milliseconds."""

    subject: str
    stage: str
    outcome: Outcome
    ms: float


class Trace:
    """The table of outcomes. Columns (stages) are fixed, lines (subjects) appear."""

    def __init__(self, stages: tuple[str, ...]) -> None:
        self.stages = stages
        self._rows: dict[str, dict[str, Row | None]] = {}

    def add_subject(self, subject: str) -> None:
        """Add an empty row for every stage. Raises TraceError when `subject` is there already."""
        if subject in self._rows:
            raise TraceError(f"subject {subject} is already in the trace")
        self._rows[subject] = dict.fromkeys(self.stages)

    def fill(self, row: Row) -> None:
        """Fill an empty row. Raises TraceError when it is filled or does not exist."""
        line = self._rows.get(row.subject)
        if line is None or row.stage not in line:
            raise TraceError(f"no row for stage {row.stage} on subject {row.subject}")
        if line[row.stage] is not None:
            raise TraceError(f"stage {row.stage} on subject {row.subject} is already filled")
        line[row.stage] = row

    def get(self, subject: str, stage: str) -> Row | None:
        """The row, or None while it is empty."""
        return self._rows[subject][stage]

    def rows(self) -> Iterator[Row]:
        """All filled rows: subjects in the order they appeared, stages in plan order."""
        for line in self._rows.values():
            yield from (row for row in line.values() if row is not None)

    def line(self, subject: str) -> tuple[Row, ...]:
        """The filled rows of one subject."""
        return tuple(row for row in self._rows[subject].values() if row is not None)

    def missing(self) -> tuple[tuple[str, str], ...]:
        """(subject, stage) of every empty row."""
        return tuple(
            (subject, stage)
            for subject, line in self._rows.items()
            for stage, row in line.items()
            if row is None
        )
