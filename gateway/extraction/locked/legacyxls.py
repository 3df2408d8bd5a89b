"""The lock of an Excel 97-2003 workbook ([MS-XLS] 2.2.10): contents of records, never their heads.

The record that holds the key becomes a filler of the same length. Pivot caches are locked by the
same key in streams of their own; nobody here looks into those, and they stay locked as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import legacysummary
from gateway.extraction.locked.legacykeys import Key, Rc4Key, Span, rc4_key, right, xor_key
from gateway.extraction.ole.biff import FILLER, Record, Records
from gateway.extraction.ole.compound import Compound, Entry

_BOOK: Final = "Workbook"
_FILE_PASS, _SHEET = 0x2F, 0x85
_CLEAR: Final = frozenset({0x809, _FILE_PASS, 0x194, 0x195, 0xE1, 0x196, 0x138})
"""BOF, FilePass, UsrExcl, FileLock, InterfaceHdr, RRDInfo, RRDHead."""
_SHEET_CLEAR: Final = 4
"""Bytes of a sheet's entry that say where it begins, and are never encrypted."""
_HEAD: Final = 4
_BLOCK: Final = 1024


def is_locked(file: Compound) -> bool:
    """Whether the workbook says that it is locked."""
    entry = file.stream(_BOOK)
    return entry is not None and _file_pass(Records(file.read(entry))) is not None


def _key(file: Compound, password: str) -> Key | None:
    """The key; None for the wrong password. Raises ExtractError, struct.error."""
    records = Records(file.read(_entry(file)))
    record = _needed(_file_pass(records))
    content = records.data(record)
    (kind,) = struct.unpack_from("<H", content)
    if kind == 0:
        key, verifier = struct.unpack_from("<2H", content, 2)
        return xor_key(verifier, key, password, word=False)
    return rc4_key(content[2:], password, _BLOCK)


def open_(file: Compound, password: str) -> bool:
    """Decrypt `file` in place; False when the password is wrong. Raises ExtractError, struct.error,
    ValueError."""
    key = _key(file, password)
    if key is None:
        return False
    entry = _entry(file)
    stream = file.read(entry)
    made = Records(key.turned(stream, _spans(Records(stream)), closing=False))
    made.drop(_needed(_file_pass(made)))
    file.write(entry, made.stream)
    if isinstance(key, Rc4Key):
        legacysummary.step_aside(file, key)
    return True


def close(file: Compound, original: Compound, password: str) -> None:
    """Encrypt `file` in place as `original` is. Records need not be what they were: their own
    bounds say what is encrypted, and their places by which key. Raises as `open_` does."""
    key = right(_key(original, password))
    before = Records(original.read(_entry(original)))
    lock = _needed(_file_pass(before))
    entry = _entry(file)
    records = Records(file.read(entry))
    start = lock.start - _HEAD
    if Record(FILLER, lock.start, lock.size) not in records.all:
        raise ExtractError("the place of the workbook's key is taken")
    if records.all[-1].stop != before.all[-1].stop:
        raise ExtractError("the workbook's records do not end where they did")
    records.stream[start : lock.stop] = before.stream[start : lock.stop]
    stream = bytes(records.stream)
    file.write(entry, key.turned(stream, _spans(Records(stream)), closing=True))
    legacysummary.step_back(file)


def _spans(records: Records) -> Sequence[Span]:
    """What of each record is encrypted; where XOR begins depends on the record's length."""
    spans = []
    for record in records.all:
        clear = _SHEET_CLEAR if record.type == _SHEET else 0
        if record.type not in _CLEAR and record.size > clear:
            spans.append(Span(record.start + clear, record.stop, record.size))
    return spans


def _file_pass(records: Records) -> Record | None:
    return next((record for record in records.all if record.type == _FILE_PASS), None)


def _needed(record: Record | None) -> Record:
    if record is None:
        raise ExtractError("the workbook has no key")
    return record


def _entry(file: Compound) -> Entry:
    return file.needed_stream(_BOOK, "the workbook")
