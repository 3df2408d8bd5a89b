"""A journal goes forward with an update and back with a fallback; no mail goes with it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from gateway.model import BytesContent
from gateway.store import Kept, Quarantine
from gateway.store.errors import StoreError
from gateway.store.migrating import bring_to, copies
from gateway.store.schema import MIGRATIONS, SCHEMA_VERSION, Migration

NEXT = SCHEMA_VERSION + 1
NEWER = (
    *MIGRATIONS,
    Migration(
        NEXT,
        (
            "ALTER TABLE event RENAME TO deed",  # which an older system cannot read
            "ALTER TABLE deed ADD COLUMN why TEXT NOT NULL DEFAULT ''",
        ),
    ),
)


def old_system(path: Path) -> None:
    """What today's version does when it starts."""
    bring_to(path, SCHEMA_VERSION, MIGRATIONS)


def new_system(path: Path) -> None:
    """What the next version does when it starts."""
    bring_to(path, NEXT, NEWER)


def note(path: Path, table: str, what: str) -> None:
    """Somebody does something."""
    with closing(sqlite3.connect(path)) as connection, connection:
        words = f"INSERT INTO {table} (at, trace, what, by, detail) VALUES (1, 't', ?, 'b', 'd')"
        connection.execute(words, (what,))


def noted(path: Path, table: str) -> list[str]:
    """What the journal says was done."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(f"SELECT what FROM {table} ORDER BY number")]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of today's version with something in it."""
    path = tmp_path / "journal.db"
    old_system(path)
    note(path, "event", "before")
    return path


def test_forward_and_back(journal: Path) -> None:
    new_system(journal)
    note(journal, "deed", "meanwhile")
    assert noted(journal, "deed") == ["before", "meanwhile"]
    old_system(journal)
    assert noted(journal, "event") == ["before"]
    note(journal, "event", "after")
    aside = journal.with_name(f"journal.db.newer-{NEXT}")
    assert noted(aside, "deed") == ["before", "meanwhile"]
    new_system(journal)
    assert noted(journal, "deed") == ["before", "after"]


def test_every_earlier_schema_leads_to_the_same(tmp_path: Path) -> None:
    def shape(path: Path) -> list[str]:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
            return sorted(row[0] for row in rows)

    old_system(tmp_path / "direct.db")
    for start in range(1, SCHEMA_VERSION):
        path = tmp_path / f"from-{start}.db"
        bring_to(path, start, [step for step in MIGRATIONS if step.to <= start])
        old_system(path)
        assert shape(path) == shape(tmp_path / "direct.db")
        assert [number for number, _ in copies(path)] == [start]


def test_mails_kept_by_the_newer_system_are_there_for_the_older(journal: Path) -> None:
    folder = journal.parent / "quarantine"
    new_system(journal)
    kept = Kept("later", 1.0, "a@client.example", ["b@corp.example"], "why", "ab" * 32, 4)
    Quarantine(folder).keep(kept, BytesContent(b"mail"))
    written = folder / "later/kept.json"
    fields = json.loads(written.read_text())
    written.write_text(json.dumps({**fields, "campaign": "known to the newer version only"}))
    old_system(journal)
    assert [entry.id for entry in Quarantine(folder).entries()] == ["later"]
    assert Quarantine(folder).body("later") == b"mail"


def test_a_cut_between_the_two_renames_is_mended(journal: Path) -> None:
    new_system(journal)
    journal.replace(journal.with_name(f"journal.db.newer-{NEXT}"))  # and here the power goes
    old_system(journal)
    assert noted(journal, "event") == ["before"]


def test_a_step_that_fails_leaves_the_journal_as_it_was(journal: Path) -> None:
    broken = (*MIGRATIONS, Migration(NEXT, ("DROP TABLE event", "no statement")))
    with pytest.raises(sqlite3.Error):
        bring_to(journal, NEXT, broken)
    old_system(journal)
    assert noted(journal, "event") == ["before"]


def test_without_room_for_the_copy_nothing_is_changed(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(journal.parent)._replace(free=1 << 20)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StoreError, match="1 MiB are free"):
        new_system(journal)
    assert noted(journal, "event") == ["before"]


def test_without_a_copy_there_is_no_way_back(journal: Path) -> None:
    new_system(journal)
    for _, copy in copies(journal):
        copy.unlink()
    with pytest.raises(StoreError, match="newer version"):
        old_system(journal)


def test_all_workers_may_start_at_once(journal: Path) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            new_system(journal)
        except Exception as error:  # noqa: BLE001 - what a thread raises is lost otherwise
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert noted(journal, "deed") == ["before"]
    assert [number for number, _ in copies(journal)] == [SCHEMA_VERSION]
