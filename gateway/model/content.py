"""Bytes that may be too many to hold: a part's content by reference.

A `Content` knows its size and digest; reading is the business of whoever made it, so that this
package needs neither files nor memory maps.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Protocol, runtime_checkable

CHUNK = 256 * 1024
"""Bytes read at a time from contents that live in files."""


@runtime_checkable
class Content(Protocol):
    """Immutable bytes with their SHA-256 (hexadecimal) and size in bytes."""

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end` (or the end)."""
        ...


class BytesContent:
    """A content held in memory."""

    __slots__ = ("_data", "_sha256")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sha256 = ""

    @property
    def size(self) -> int:
        return len(self._data)

    @property
    def sha256(self) -> str:
        if not self._sha256:
            self._sha256 = sha256(self._data).hexdigest()
        return self._sha256

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        if start == 0 and end is None:
            return self._data
        return self._data[start:end]


def chunks(content: Content, size: int = CHUNK) -> Iterator[bytes]:
    """The bytes of `content` in pieces of at most `size`."""
    for start in range(0, content.size, size):
        yield content.read(start, min(start + size, content.size))
