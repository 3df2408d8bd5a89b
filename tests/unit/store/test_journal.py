"""The journal: reports come back whole, are found by the beginning of their id, and never lie."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple
from pathlib import Path

import msgspec
import pytest

from gateway.pipeline import Report
from gateway.store import NullJournal, SqliteJournal, StoreError, open_database
from gateway.store.schema import SCHEMA_VERSION
from tests.unit.cli.reports import report


def with_id(report_id: str, at: float = 1000.0, subject: str = "A letter") -> Report:
    made = report(subject=subject)
    head = msgspec.structs.replace(made.message, id=report_id)
    return msgspec.structs.replace(made, message=head, started_at=at)


@pytest.fixture
def database(tmp_path: Path) -> sqlite3.Connection:
    return open_database(tmp_path / "journal.db")


@pytest.fixture
def journal(database: sqlite3.Connection) -> SqliteJournal:
    return SqliteJournal(database)


def test_a_report_comes_back_whole(journal: SqliteJournal) -> None:
    journal.record(report())
    assert journal.find(report().message.id) == report()
    assert journal.last() == report()


def test_the_beginning_of_an_id_is_enough_while_it_is_the_only_one(
    journal: SqliteJournal,
) -> None:
    for report_id in ("6b01aa", "6b02aa"):
        journal.record(with_id(report_id))
    found = journal.find("6b01")
    assert found is not None and found.message.id == "6b01aa"
    with pytest.raises(StoreError, match="more than one trace begins with '6b0'"):
        journal.find("6b0")
    assert journal.find("7") is None


def test_a_whole_id_is_found_beside_longer_ones(journal: SqliteJournal) -> None:
    for report_id in ("6b01cc", "6b01bb", "6b01"):
        journal.record(with_id(report_id))
    found = journal.find("6b01")
    assert found is not None and found.message.id == "6b01"


@pytest.mark.parametrize("untrusted_id", ["%", "_b01aa", "6b%aa", "\\", "' OR 1=1 --"])
def test_an_id_is_text_and_no_pattern(journal: SqliteJournal, untrusted_id: str) -> None:
    journal.record(with_id("6b01aa"))
    assert journal.find(untrusted_id) is None


def test_entries_are_told_newest_first(journal: SqliteJournal) -> None:
    for number in range(5):
        journal.record(with_id(f"id{number}", subject=f"number {number}"))
    assert [entry.id for entry in journal.entries(3)] == ["id4", "id3", "id2"]
    assert astuple(next(journal.entries(1))) == (
        "id4",
        1000.0,
        "bob@example.org",
        "ann@example.org",
        "number 4",
        "clean",
        "deliver-extracted",
    )


def test_the_same_id_replaces_and_becomes_the_newest(journal: SqliteJournal) -> None:
    journal.record(with_id("a", subject="first"))
    journal.record(with_id("b"))
    journal.record(with_id("a", subject="second"))
    last = journal.last()
    assert last is not None and last.message.subject == "second"
    assert len(list(journal.entries(10))) == 2


def test_pruning_forgets_what_is_older(journal: SqliteJournal) -> None:
    for number in range(4):
        journal.record(with_id(f"id{number}", at=1000.0 + number))
    assert journal.prune(1002.0) == 2
    assert [entry.id for entry in journal.entries(9)] == ["id3", "id2"]


def test_a_second_process_reads_while_the_first_writes(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    reader = SqliteJournal(open_database(tmp_path / "journal.db", read_only=True))
    assert reader.last() is None
    journal.record(report())
    assert reader.last() == report()
    with pytest.raises(StoreError, match="cannot be written"):
        reader.record(report())


def test_a_damaged_report_is_said_to_be_damaged(
    journal: SqliteJournal, database: sqlite3.Connection
) -> None:
    journal.record(report())
    for damage in (b"no zlib", "text"):
        database.execute("UPDATE trace SET report = ?", (damage,))
        with pytest.raises(StoreError, match=r"no report|damaged"):
            journal.last()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    open_database(path).execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match="newer version of the gateway"):
        open_database(path)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    assert SqliteJournal(open_database(tmp_path / "journal.db")).last() is None


def test_what_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="cannot open the journal"):
        open_database(tmp_path / "journal.db")


def test_a_missing_journal_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open the journal"):
        open_database(tmp_path / "journal.db", read_only=True)
    assert not list(tmp_path.iterdir())


def test_the_null_journal_keeps_nothing() -> None:
    journal = NullJournal()
    journal.record(report())
    assert journal.last() is None
    assert journal.find(report().message.id) is None
    assert list(journal.entries(5)) == []
