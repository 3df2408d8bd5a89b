"""The verdict cache: what was believed of the same bytes under the same plan and policy.

`unscanned` is never cached: a question that was open yesterday may be answered today.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.model import CachedVerdict, Verdict
from gateway.store.database import StoreError, delete_in_steps


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The bytes, their type, and everything that decides what is done with them."""

    sha256: str
    type: str
    plan: str
    policy: str

    def text(self) -> str:
        """The key as one string."""
        return f"{self.sha256}/{self.type}/{self.plan}/{self.policy}"


class VerdictCache(Protocol):
    """Where verdicts are kept between mails."""

    def get(self, key: CacheKey) -> CachedVerdict | None:
        """The verdict, or None. Raises StoreError."""
        ...

    def put(self, key: CacheKey, verdict: CachedVerdict) -> None:
        """Keep `verdict`. Raises ValueError for `unscanned`, StoreError."""
        ...


def refuse_unscanned(verdict: CachedVerdict) -> None:
    """Raise ValueError when `verdict` is `unscanned`."""
    if verdict.verdict is Verdict.UNSCANNED:
        raise ValueError("unscanned is never cached")


class SqliteCache:
    """The cache in the gateway's database."""

    def __init__(
        self, connection: sqlite3.Connection, max_age: float, now: Callable[[], float]
    ) -> None:
        """`max_age`: seconds after which a verdict is forgotten; `now`: seconds since the epoch."""
        self._connection = connection
        self._max_age = max_age
        self._now = now

    def get(self, key: CacheKey) -> CachedVerdict | None:
        try:
            row = self._connection.execute(
                "SELECT verdict, reason, decided_at, nothing_to_extract FROM verdict"
                " WHERE key = ? AND decided_at >= ?",
                (key.text(), self._now() - self._max_age),
            ).fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"the verdict cache cannot be read: {error}") from error
        if row is None:
            return None
        return CachedVerdict(Verdict(row[0]), row[1], row[2], bool(row[3]))

    def put(self, key: CacheKey, verdict: CachedVerdict) -> None:
        refuse_unscanned(verdict)
        try:
            self._connection.execute(
                "INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?)",
                (
                    key.text(),
                    verdict.verdict.value,
                    verdict.reason,
                    verdict.decided_at,
                    int(verdict.nothing_to_extract),
                ),
            )
        except sqlite3.Error as error:
            raise StoreError(f"the verdict cache cannot be written: {error}") from error

    def prune(self) -> int:
        """Forget verdicts past their age; how many. Raises StoreError."""
        return delete_in_steps(
            self._connection,
            "DELETE FROM verdict WHERE key IN"
            " (SELECT key FROM verdict WHERE decided_at < ? LIMIT ?)",
            self._now() - self._max_age,
        )


class MemoryCache:
    """A cache that lives as long as its process: for `explain` and for tests."""

    def __init__(self) -> None:
        self._verdicts: dict[str, CachedVerdict] = {}

    def get(self, key: CacheKey) -> CachedVerdict | None:
        return self._verdicts.get(key.text())

    def put(self, key: CacheKey, verdict: CachedVerdict) -> None:
        refuse_unscanned(verdict)
        self._verdicts[key.text()] = verdict


class NullCache:
    """Remembers nothing."""

    def get(self, key: CacheKey) -> CachedVerdict | None:
        return None

    def put(self, key: CacheKey, verdict: CachedVerdict) -> None:
        refuse_unscanned(verdict)
