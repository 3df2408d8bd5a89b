"""Formula cells of legacy workbooks, and the plain cells they become.

The cell of the last result is shorter than the formula in every case, so it fits in its place.
Source: [MS-XLS] 2.4.127 (Formula), 2.5.133 (FormulaValue), 2.4.180, 2.4.24, 2.4.20, 2.4.268.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.extraction.ole.biff import Record, Records

_SHARED, _ARRAYS, _TABLES = 0x4BC, frozenset({0x221, 0x21}), frozenset({0x236, 0x36})
_STRINGS = frozenset({0x207, 0x07})
_NUMBER, _BLANK, _BOOL_OR_ERROR, _LABEL = 0x203, 0x201, 0x205, 0x204
_STRING_VALUE, _BOOL_VALUE, _ERROR_VALUE = 0, 1, 2
_EXP = 0x01


@dataclass(frozen=True, slots=True)
class FormulaKind:
    """A generation of formula records: how many bytes stand before the rule and its length."""

    head: int

    def rule(self, raw: bytes) -> bytes:
        """The tokens of a formula cell."""
        (size,) = struct.unpack_from("<H", raw, self.head - 2)
        return raw[self.head : self.head + size]

    def origin(self, raw: bytes) -> tuple[int, int]:
        """The cell whose shared formula this one uses; (-1, -1) when it has its own."""
        if len(raw) >= self.head + 5 and raw[self.head] == _EXP:
            row, column = struct.unpack_from("<2H", raw, self.head + 1)
            return int(row), int(column)
        return -1, -1

    def shared_rule(self, raw: bytes, kind: int) -> bytes:
        """The tokens of a shared or array formula ([MS-XLS] 2.4.277, 2.4.4)."""
        at = 8 if kind == _SHARED else 12 if self.head == 22 else 8
        if len(raw) < at + 2:
            return b""
        (size,) = struct.unpack_from("<H", raw, at)
        return raw[at + 2 : at + 2 + size]


FORMULAS: dict[int, FormulaKind] = {
    0x06: FormulaKind(22),
    0x206: FormulaKind(18),
    0x406: FormulaKind(18),
}
"""BIFF5 and BIFF8, BIFF3, BIFF4."""


def is_shared(record: Record) -> bool:
    """Whether a record holds the formula of several cells."""
    return record.type == _SHARED or record.type in _ARRAYS


def replace_formula(
    records: Records, sheet: Sequence[Record], index: int, *, flagged: bool
) -> None:
    """Put the last result of the formula cell `sheet[index]` in its place. `flagged`: strings have
    a byte of flags, as from BIFF8 on."""
    record = sheet[index]
    raw = records.data(record)
    cell, value = raw[:6], raw[6:14]
    taken = [record]
    following = index + 1
    while following < len(sheet) and _belongs(sheet[following]):
        taken.append(sheet[following])
        following += 1
    if value[6:8] != b"\xff\xff":
        records.put(taken, _NUMBER, cell + value)
    elif value[0] in (_BOOL_VALUE, _ERROR_VALUE):
        is_error = bytes([value[0] == _ERROR_VALUE])
        records.put(taken, _BOOL_OR_ERROR, cell + value[2:3] + is_error)
    elif value[0] == _STRING_VALUE and following < len(sheet) and sheet[following].type in _STRINGS:
        text = _whole(records.data(sheet[following]), flagged=flagged)
        records.put([*taken, sheet[following]], _LABEL, cell + text)
    else:
        records.put(taken, _BLANK, cell)


def _belongs(record: Record) -> bool:
    return is_shared(record) or record.type in _TABLES


def _whole(text: bytes, *, flagged: bool) -> bytes:
    """A string with its length corrected to what stands in this record: the rest would follow in
    records of continuation, for which a cell in this place has no room."""
    (length,) = struct.unpack_from("<H", text)
    wide = flagged and len(text) > 2 and bool(text[2] & 1)
    room = len(text) - (3 if flagged else 2)
    fits = room // 2 if wide else room
    return struct.pack("<H", max(0, min(length, fits))) + text[2:]
