"""The formats that can be locked, each with how it is tried, opened and locked again.

A lock is a module with the names of `Lock`. Trying ends at a deadline of its own, well before the
guest would be killed, so that there is an answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.locked import legacy, office, opendocument, pdfs, sevenzips, zips
from gateway.extraction.locked.words import Word
from gateway.model import file_type


class Lock(Protocol):
    """One format's lock."""

    def opener(self, data: bytes) -> Opener | None:
        """How words are tried on `data`; None when nothing in it is locked.

        Raises ExtractError when it cannot be read, or is locked in a way nobody here knows.
        """
        ...

    def lock(self, original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
        """`content`, which `opened` became, locked as `original` was. Raises ExtractError."""
        ...

    def preload(self) -> None:
        """Use everything once, before the file system is gone."""
        ...


class Opener(Protocol):
    """Tries one word after the other on one file."""

    def open(self, password: str) -> bytes | None:
        """The file without its lock; None when the word is wrong. Raises ExtractError."""
        ...


_LOCKS: Final[dict[str, Lock]] = {
    "office-encrypted": office,
    "ole-doc": legacy,
    "ole-ppt": legacy,
    "ole-xls": legacy,
    "odf": opendocument,
    "pdf": pdfs,
    "zip": zips,
    "7z": sevenzips,
}

LOCKABLE: Final = frozenset(_LOCKS)
"""Types that can be opened with a password."""

_OFFICE: Final = frozenset(
    {"docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam"}
    | {"pptx", "pptm", "ppsx", "ppsm", "potx", "potm"}
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What stood behind the lock, and the word that opened it."""

    content: bytes
    word: Word


def unlock(data: bytes, type_name: str, words: Sequence[Word], seconds: float) -> Opened | None:
    """`data` opened with one of `words`; None when nothing in it is locked.

    Raises EncryptedError when no word opens it or the time is over, ExtractError when it cannot
    be read.
    """
    deadline = time.monotonic() + seconds
    opener = _LOCKS[type_name].opener(data)
    if opener is None:
        return None
    for number, word in enumerate(words):
        if time.monotonic() > deadline:
            raise EncryptedError(f"none of the first {number} words tried opens it; time was over")
        content = opener.open(word.text)
        if content is not None:
            return Opened(content, word)
    raise EncryptedError(f"none of {len(words)} words from the mail and from policy opens it")


def lock(original: bytes, opened: bytes, content: bytes, new_type: str, password: str) -> bytes:
    """`content` of type `new_type` behind the password that opened `original`.

    `opened` is what stood behind it. Raises ExtractError for a type that cannot be locked.
    """
    kind = "office-encrypted" if new_type in _OFFICE else new_type
    found = _LOCKS.get(kind)
    if found is None:
        raise ExtractError(f"a {file_type(new_type).title} cannot be locked with a password again")
    return found.lock(original, opened, content, password)


def preload() -> None:
    """Use every lock once."""
    for found in _LOCKS.values():
        found.preload()
