"""Files that a password protects: opened with words from the mail, and locked again by the same.

Runs inside the sandbox's guest, on bytes alone. A password never stands in an answer's words.
"""

from gateway.extraction.locked.locks import LOCKABLE, Opened, lock, preload, unlock
from gateway.extraction.locked.words import Hints, candidates

__all__ = ["LOCKABLE", "Hints", "Opened", "candidates", "lock", "preload", "unlock"]
