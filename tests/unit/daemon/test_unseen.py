"""A connection that passes unseen has a trace: every stage a row, and unscanned as its verdict."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from rich.console import Console

from gateway.cli.report_view import show_report
from gateway.daemon.inspection import UNSEEN, PlanInspection
from gateway.daemon.mailservices import Shared
from gateway.model import Flow
from gateway.policy import load_policy
from gateway.stages import PLAN
from gateway.store import Journal, SqliteJournal, StoreError, open_database

FLOW = Flow("192.0.2.10", 40000, "192.0.2.20", 25)
REASON = "TLS was passed on unopened (tls = pass)"


class Full:
    """A journal on a full disk."""

    def record(self, report: object) -> None:
        raise StoreError("the journal cannot be written: database or disk is full")


def note(journal: Journal | Full) -> PlanInspection:
    shared = cast(Shared, SimpleNamespace(journal=journal))
    inspection = PlanInspection(shared, load_policy(""))
    inspection.unseen(FLOW, REASON)
    return inspection


def test_every_stage_has_a_row_that_says_why(tmp_path: Path) -> None:
    journal = SqliteJournal(open_database(tmp_path / "journal.db"))
    inspection = note(journal)
    assert inspection.counters == {UNSEEN: 1}
    report = journal.last()
    assert report is not None
    assert [row.stage for row in report.rows] == list(PLAN.names)
    *unreached, record = report.rows
    assert {(row.outcome, row.reason) for row in unreached} == {
        ("not_reached", f"the session was encrypted end to end: {REASON}")
    }
    assert record.outcome == "ran"
    assert report.verdict == "unscanned"
    assert report.unseen == REASON
    assert [question.kind for question in report.open_questions] == ["encrypted"]
    assert (report.envelope.client, report.envelope.server) == ("192.0.2.10", "192.0.2.20")
    assert {report.message.sha256, *(subject.sha256 for subject in report.subjects)} == {""}


def test_the_trace_is_shown_in_words(tmp_path: Path) -> None:
    journal = SqliteJournal(open_database(tmp_path / "journal.db"))
    note(journal)
    report = journal.last()
    assert report is not None
    console = Console(file=StringIO(), width=100)
    show_report(report, console)
    assert isinstance(console.file, StringIO)
    words = " ".join(console.file.getvalue().split())
    assert f"Connection {report.message.id} unscanned" in words
    assert "Between 192.0.2.10 to 192.0.2.20" in words
    assert "encrypted end to end" in words
    assert "SHA-256" not in words


def test_a_journal_that_cannot_be_written_stops_no_connection() -> None:
    assert note(Full()).counters == {UNSEEN: 1}
