"""The journal, for reading: works while the gateway runs and while it does not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from gateway.cli.exits import CliError, Exit
from gateway.pipeline import Report
from gateway.policy import GatewayConfig
from gateway.store import Event, SqliteJournal, StoreError, open_database

LAST = "last"


def find_report(config: GatewayConfig, trace_id: str) -> tuple[Report, tuple[Event, ...]]:
    """The report called `trace_id` (or so beginning), or the newest; and what became of the mail
    afterwards. Raises CliError."""
    path = Path(config.paths.state) / "journal.db"
    if not path.exists():
        raise CliError(Exit.STORE, f"there is no journal at {path}: no mail has come through yet")
    try:
        with closing(open_database(path, read_only=True)) as connection:
            journal = SqliteJournal(connection)
            report = journal.last() if trace_id == LAST else journal.find(trace_id)
            events = journal.events(report.message.id) if report is not None else ()
    except StoreError as error:
        raise CliError(Exit.STORE, str(error)) from None
    if report is None:
        wanted = "the journal is empty" if trace_id == LAST else f"there is no trace '{trace_id}'"
        raise CliError(Exit.NOT_FOUND, wanted)
    return report, events
