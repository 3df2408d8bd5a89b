"""What CryptoAPI locks in a stream of its own: the summary, and in workbooks whole objects
([MS-OFFCRYPTO] 2.3.5.4, [MS-XLS] 2.2.10).

Readers take the presence of that stream for a lock. One that holds summaries alone steps aside
under another name while the document is open, and stays encrypted; one that holds more keeps its
name, and the extractor takes it for the object that it is.
"""

from __future__ import annotations

import struct
from typing import Final

from gateway.extraction.locked.legacykeys import Rc4Key
from gateway.extraction.ole.compound import Compound

_NAMES: Final = {"EncryptedSummary": "EncryptedSummar_", "encryption": "encryptio_"}
"""Each with its name in an opened file, which has the same place in the order of names."""
_SUMMARIES: Final = frozenset({"\x05SummaryInformation", "\x05DocumentSummaryInformation"})
_DESCRIPTOR: Final = struct.Struct("<LLHBBL")
"""Offset, size, block, characters of the name, flags, reserved (2.3.5.3)."""
_MOST: Final = 1000
"""Descriptors that are read; a workbook has one for each of its objects."""


def step_aside(file: Compound, key: Rc4Key) -> None:
    """Rename the stream when it holds summaries alone."""
    for name, other in _NAMES.items():
        entry = file.stream(name)
        if entry is not None and _names(file.read(entry), key) <= _SUMMARIES:
            file.rename(entry, _with_case(entry.name, other))


def step_back(file: Compound) -> None:
    """Give the stream its name again."""
    for name, other in _NAMES.items():
        entry = file.stream(other)
        if entry is not None:
            file.rename(entry, _with_case(entry.name, name))


def _with_case(name: str, other: str) -> str:
    """`name` with the last character of `other`: upper and lower case stay as they are."""
    return name[:-1] + other[-1]


def _names(stream: bytes, key: Rc4Key) -> set[str]:
    """Names of what is in the stream; one that is none for a stream that cannot be read."""
    damaged = {""}
    found: set[str] = set()
    try:
        at, size = struct.unpack("<2L", key.update(0, stream[:8]))
        table = key.update(0, stream[at : at + 4 + size])
        (count,) = struct.unpack_from("<L", table)
        place = 4
        for _ in range(min(count, _MOST)):
            length = _DESCRIPTOR.unpack_from(table, place)[3]
            place += _DESCRIPTOR.size
            found.add(table[place : place + 2 * length].decode("utf-16-le", "replace"))
            place += 2 * length + 2
    except struct.error:
        return damaged
    return found if count <= _MOST else damaged
