"""What has grown old is forgotten: quarantined mails, traces, verdicts.

Works in small steps on a connection of its own, so that whoever writes at the same time waits for
milliseconds only. Blocks: the daemon calls it from a thread.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.store.cache import SqliteCache
from gateway.store.database import open_database
from gateway.store.journal import SqliteJournal
from gateway.store.originals import Originals
from gateway.store.quarantine import Quarantine


@dataclass(frozen=True, slots=True)
class Ages:
    """How long things are kept, in seconds."""

    quarantine: float
    journal: float
    cache: float


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many were removed of each."""

    mails: int
    traces: int
    verdicts: int

    @property
    def anything(self) -> bool:
        """Whether there was something to forget."""
        return bool(self.mails or self.traces or self.verdicts)


def keep_house(
    database: Path, quarantine: Quarantine, originals: Originals, ages: Ages, now: float
) -> Forgotten:
    """Forget what is past its age at `now` (seconds since the epoch). Raises StoreError."""
    mails = quarantine.expire(now - ages.quarantine) + originals.expire(now)
    with closing(open_database(database)) as connection:
        traces = SqliteJournal(connection).prune(now - ages.journal)
        verdicts = SqliteCache(connection, ages.cache, lambda: now).prune()
    return Forgotten(mails, traces, verdicts)
