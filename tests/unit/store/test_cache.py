"""The verdict cache: one contract for all kinds, and what only SQLite does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model import CachedVerdict, Verdict
from gateway.store import (
    CacheKey,
    MemoryCache,
    NullCache,
    SqliteCache,
    StoreError,
    VerdictCache,
    open_database,
)

KEY = CacheKey("a" * 64, "pdf", "plan1", "policy1")
CLEAN = CachedVerdict(Verdict.CLEAN, "nothing found", 1000.0, True)
MAX_AGE = 3600.0


class Clock:
    """Seconds since the epoch, as a test wants them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Contract:
    """What every cache promises."""

    def make(self, path: Path, clock: Clock) -> VerdictCache:
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def cache(self, tmp_path: Path, clock: Clock) -> VerdictCache:
        return self.make(tmp_path / "journal.db", clock)

    def test_unscanned_is_refused(self, cache: VerdictCache) -> None:
        with pytest.raises(ValueError, match="never cached"):
            cache.put(KEY, replace(CLEAN, verdict=Verdict.UNSCANNED))
        assert cache.get(KEY) is None

    def test_what_was_never_put_is_not_there(self, cache: VerdictCache) -> None:
        assert cache.get(KEY) is None


class RememberingContract(Contract):
    """What every cache that remembers promises besides."""

    @pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.SUSPICIOUS, Verdict.MALICIOUS])
    def test_a_verdict_comes_back_whole(self, cache: VerdictCache, verdict: Verdict) -> None:
        wanted = replace(CLEAN, verdict=verdict, nothing_to_extract=verdict is Verdict.CLEAN)
        cache.put(KEY, wanted)
        assert cache.get(KEY) == wanted

    @pytest.mark.parametrize(
        "other",
        [
            replace(KEY, sha256="b" * 64),
            replace(KEY, type="zip"),
            replace(KEY, plan="plan2"),
            replace(KEY, policy="policy2"),
        ],
    )
    def test_another_key_is_another_verdict(self, cache: VerdictCache, other: CacheKey) -> None:
        cache.put(KEY, CLEAN)
        assert cache.get(other) is None

    def test_a_later_verdict_replaces_an_earlier(self, cache: VerdictCache) -> None:
        cache.put(KEY, CLEAN)
        later = CachedVerdict(Verdict.MALICIOUS, "a virus", 1001.0, False)
        cache.put(KEY, later)
        assert cache.get(KEY) == later


class TestMemory(RememberingContract):
    def make(self, path: Path, clock: Clock) -> VerdictCache:
        return MemoryCache()


class TestNull(Contract):
    def make(self, path: Path, clock: Clock) -> VerdictCache:
        return NullCache()

    def test_it_remembers_nothing(self, cache: VerdictCache) -> None:
        cache.put(KEY, CLEAN)
        assert cache.get(KEY) is None


class TestSqlite(RememberingContract):
    def make(self, path: Path, clock: Clock) -> VerdictCache:
        return SqliteCache(open_database(path), MAX_AGE, clock)

    def test_it_outlives_the_process(
        self, cache: VerdictCache, tmp_path: Path, clock: Clock
    ) -> None:
        cache.put(KEY, CLEAN)
        assert self.make(tmp_path / "journal.db", clock).get(KEY) == CLEAN

    def test_a_verdict_is_used_up_to_its_age(self, cache: VerdictCache, clock: Clock) -> None:
        cache.put(KEY, CLEAN)
        clock.now = CLEAN.decided_at + MAX_AGE
        assert cache.get(KEY) == CLEAN
        clock.now += 1
        assert cache.get(KEY) is None

    def test_pruning_forgets_only_what_is_too_old(self, tmp_path: Path, clock: Clock) -> None:
        cache = SqliteCache(open_database(tmp_path / "journal.db"), MAX_AGE, clock)
        young = replace(KEY, sha256="c" * 64)
        cache.put(KEY, CLEAN)
        cache.put(young, replace(CLEAN, decided_at=2000.0))
        clock.now = CLEAN.decided_at + MAX_AGE + 1
        assert cache.prune() == 1
        assert cache.get(young) is not None

    def test_a_database_that_is_closed_is_a_store_error(self, tmp_path: Path, clock: Clock) -> None:
        connection = open_database(tmp_path / "journal.db")
        cache = SqliteCache(connection, MAX_AGE, clock)
        connection.close()
        with pytest.raises(StoreError, match="cannot be read"):
            cache.get(KEY)
        with pytest.raises(StoreError, match="cannot be written"):
            cache.put(KEY, CLEAN)
