"""What outlives a mail: the journal, the verdict cache, the quarantine, the originals."""

from gateway.store.cache import CacheKey, MemoryCache, NullCache, SqliteCache, VerdictCache
from gateway.store.database import NotKeptError, StoreError, open_database
from gateway.store.housekeeping import Ages, Forgotten, keep_house
from gateway.store.journal import Event, Journal, JournalEntry, NullJournal, SqliteJournal
from gateway.store.originals import Original, Originals
from gateway.store.quarantine import Kept, Quarantine

__all__ = [
    "Ages",
    "CacheKey",
    "Event",
    "Forgotten",
    "Journal",
    "JournalEntry",
    "Kept",
    "MemoryCache",
    "NotKeptError",
    "NullCache",
    "NullJournal",
    "Original",
    "Originals",
    "Quarantine",
    "SqliteCache",
    "SqliteJournal",
    "StoreError",
    "VerdictCache",
    "keep_house",
    "open_database",
]
