"""Ages: what is past them goes, in steps, and damaged things are left to people."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.model import BytesContent, CachedVerdict, Verdict
from gateway.store import (
    Ages,
    CacheKey,
    Forgotten,
    Kept,
    Original,
    Originals,
    Quarantine,
    SqliteCache,
    SqliteJournal,
    keep_house,
    open_database,
)
from gateway.store.database import DELETE_STEP
from tests.unit.cli.reports import report

NOW = 1_000_000.0
AGES = Ages(quarantine=100.0, journal=200.0, cache=300.0)
MAIL = BytesContent(b"Subject: kept\r\n\r\n")


def keep(quarantine: Quarantine, name: str, at: float) -> None:
    quarantine.keep(Kept(name, at, "a@b.example", [], "why", MAIL.sha256, MAIL.size), MAIL)


@pytest.mark.parametrize("count", [1, DELETE_STEP, DELETE_STEP + 1])
def test_however_many_are_old_all_go_and_the_rest_stays(tmp_path: Path, count: int) -> None:
    database = tmp_path / "journal.db"
    connection = open_database(database)
    journal = SqliteJournal(connection)
    cache = SqliteCache(connection, AGES.cache, lambda: NOW)
    connection.execute("BEGIN")
    for number in range(count + 1):
        head = msgspec.structs.replace(report().message, id=f"{number:06}")
        at = NOW - 201.0 if number else NOW - 199.0
        journal.record(msgspec.structs.replace(report(), message=head, started_at=at))
        key = CacheKey(f"{number:064x}", "pdf", "plan", "policy")
        decided = NOW - 301.0 if number else NOW - 299.0
        cache.put(key, CachedVerdict(Verdict.CLEAN, "nothing", decided, True))
    connection.execute("COMMIT")
    quarantine = Quarantine(tmp_path / "quarantine")
    keep(quarantine, "old", NOW - 101.0)
    keep(quarantine, "new", NOW - 99.0)
    originals = Originals(tmp_path / "originals")
    for name, until in (("old", NOW), ("new", NOW + 1)):
        original = Original(name, 0.0, until, "", [], "", [], MAIL.sha256, MAIL.size)
        originals.keep(original, MAIL)
    forgotten = keep_house(database, quarantine, originals, AGES, NOW)
    assert forgotten == Forgotten(2, count, count)
    assert [original.id for original in originals.entries()] == ["new"]
    assert [entry.id for entry in journal.entries(10)] == ["000000"]
    assert cache.get(CacheKey(f"{0:064x}", "pdf", "plan", "policy")) is not None
    assert [entry.id for entry in quarantine.entries()] == ["new"]
    assert not keep_house(database, quarantine, originals, AGES, NOW).anything


def test_a_damaged_entry_keeps_nothing_else_from_expiring(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path)
    for name in ("aa", "bb"):
        keep(quarantine, name, NOW - 101.0)
    (tmp_path / "aa" / "kept.json").write_text("{")
    assert quarantine.expire(NOW - 100.0) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aa"]
