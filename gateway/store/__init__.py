"""What outlives a mail: the journal, the verdict cache, the quarantine."""

from gateway.store.cache import CacheKey, MemoryCache, NullCache, SqliteCache, VerdictCache
from gateway.store.database import StoreError, open_database
from gateway.store.housekeeping import Ages, Forgotten, keep_house
from gateway.store.journal import Journal, JournalEntry, NullJournal, SqliteJournal
from gateway.store.quarantine import Kept, Quarantine

__all__ = [
    "Ages",
    "CacheKey",
    "Forgotten",
    "Journal",
    "JournalEntry",
    "Kept",
    "MemoryCache",
    "NullCache",
    "NullJournal",
    "Quarantine",
    "SqliteCache",
    "SqliteJournal",
    "StoreError",
    "VerdictCache",
    "keep_house",
    "open_database",
]
