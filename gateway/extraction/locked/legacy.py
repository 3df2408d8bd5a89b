"""Word, Excel and PowerPoint 97-2003 behind a password ([MS-OFFCRYPTO]: RC4, RC4 CryptoAPI, XOR).

A file is opened in place and locked again in place, by the same walk and the same key (decision
106): what did not change comes out byte for byte as it came. What comes out is opened once more
before it counts.
"""

from __future__ import annotations

import struct
from typing import Final, Protocol

from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import legacydoc, legacykeys, legacyppt, legacyxls
from gateway.extraction.ole.compound import Compound


class _Kind(Protocol):
    """One program's lock: a module with these names."""

    def is_locked(self, file: Compound) -> bool: ...
    def open_(self, file: Compound, password: str) -> bool: ...
    def close(self, file: Compound, original: Compound, password: str) -> None: ...


_KINDS: Final[dict[str, _Kind]] = {
    "WordDocument": legacydoc,
    "PowerPoint Document": legacyppt,
    "Workbook": legacyxls,
}
"""By the name of the main stream. A file can be of more than one kind."""


class _Opener:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, password: str) -> bytes | None:
        file = Compound(self._data)
        try:
            for kind in locked_kinds(file):
                if not kind.open_(file, password):
                    return None
        except (struct.error, ValueError) as error:
            raise ExtractError(f"its encryption is damaged: {type(error).__name__}") from None
        return file.whole()


def opener(data: bytes) -> _Opener | None:
    """See `locks.Lock`."""
    try:
        return _Opener(data) if locked_kinds(Compound(data)) else None
    except (ExtractError, struct.error):
        return None  # damage is for those to tell who read it next


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`."""
    file, before = Compound(content), Compound(original)
    try:
        for kind in locked_kinds(before):
            kind.close(file, before, password)
    except (struct.error, ValueError) as error:
        raise ExtractError(f"it cannot be locked again: {type(error).__name__}") from None
    made = file.whole()
    if _Opener(made).open(password) != content:
        raise ExtractError("the document cannot be locked with its password again")
    return made


def locked_kinds(file: Compound) -> list[_Kind]:
    """The kinds of locks that the file has."""
    kinds = [kind for name, kind in _KINDS.items() if file.root.child_named(name) is not None]
    return [kind for kind in kinds if kind.is_locked(file)]


def preload() -> None:
    """See `locks.Lock`."""
    legacykeys.preload()
