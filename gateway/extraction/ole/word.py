"""Word 97-2003 and Word 6/95: acting fields and remote templates, made inert in place.

The text of a document is scattered over its stream; the piece table says where each character
lies ([MS-DOC] 2.8.35). A field keeps its characters and its last result: its instruction is
overwritten by `QUOTE` and blanks, its entry in the field table says the same and is locked, so that
no update replaces the result. Never moves a byte.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extraction import links
from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.kinds import Kind
from gateway.extraction.ole.findings import Findings
from gateway.extraction.ooxml.fields import computes_keyword, hosts_of, judge_instruction

_WORD_97, _WORD_6 = 0xA5EC, 0xA5DC
_ENCRYPTED, _SECOND_TABLE, _OBFUSCATED = 0x0100, 0x0200, 0x8000
_FLAGS, _FC_MIN, _FC_MAC = 0x0A, 0x18, 0x1C
_STORIES = 0x4C
"""Where the lengths of main text, footnotes, headers, macros, annotations, endnotes, text boxes
and header text boxes stand (FibRgLw97)."""
_FIELD_TABLES = (0x11A, 0x12A, 0x122, 0x13A, 0x132, 0x21A, 0x262, 0x272)
"""Offsets in the FIB of the field table of each story, in the order of the stories."""
_CLX, _ASSOCIATIONS = 0x1A2, 0x19A
_TEMPLATE = 1
"""Index of the attached template among the associated strings ([MS-DOC] 2.9.272)."""
_BEGIN, _SEPARATOR, _END = "\x13", "\x14", "\x15"
_QUOTE_FIELD = 35
_LOCKED = 0x10
MAX_PIECES = 200_000
"""Pieces of a document: fast saves of years make some thousands."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    stop: int
    offset: int
    width: int


@dataclass(slots=True)
class _Field:
    """A field by the positions of its characters in the text; `inner` are those in it."""

    begin: int
    separator: int = -1
    end: int = -1
    inner: list[_Field] = field(default_factory=list)

    @property
    def instruction(self) -> tuple[int, int]:
        stop = self.separator if self.separator >= 0 else self.end
        return self.begin + 1, stop


class Document:
    """A Word document's main stream and its table stream, both changed in place."""

    def __init__(self, stream: bytes, table: bytes) -> None:
        """Raises EncryptedError for a locked document, ExtractError for none."""
        if len(stream) < 0x60:
            raise ExtractError("the Word document is cut off")
        self.stream, self.table = bytearray(stream), bytearray(table)
        self._modern = modern(stream)
        self._pieces = self._piece_table() if self._modern else self._plain_text()
        self._signs = list("".join(map(self._read, self._pieces)))
        self._starts = [piece.start for piece in self._pieces]
        self._marks: dict[int, dict[int, int]] = {}

    def clean(self, found: Findings) -> None:
        """Make inert what `found.removes` names."""
        for each in self._fields():
            self._judge(each, found)
        if self._modern:
            self._template(found)

    def _read(self, piece: _Piece) -> str:
        size = (piece.stop - piece.start) * piece.width
        raw = bytes(self.stream[piece.offset : piece.offset + size])
        if len(raw) < size:
            raise ExtractError("the Word document's text lies outside of it")
        # One character for each code, whatever it is: positions must stay true.
        return raw.decode("latin-1") if piece.width == 1 else _wide(raw)

    def _plain_text(self) -> list[_Piece]:
        first, last = struct.unpack_from("<2L", self.stream, _FC_MIN)
        last = min(last, len(self.stream))
        return [_Piece(0, last - first, first, 1)] if first < last else []

    def _piece_table(self) -> list[_Piece]:
        clx = self._from_table(_CLX)
        at = 0
        while at + 3 <= len(clx) and clx[at] == 1:
            at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
        if at + 5 > len(clx) or clx[at] != 2:
            raise ExtractError("the Word document's piece table is damaged")
        count = (struct.unpack_from("<L", clx, at + 1)[0] - 4) // 12
        at += 5
        if not 0 <= count <= MAX_PIECES or at + 4 + count * 12 > len(clx):
            raise ExtractError("the Word document's piece table is damaged")
        positions = struct.unpack_from(f"<{count + 1}L", clx, at)
        pieces = []
        for index in range(count):
            (where,) = struct.unpack_from("<L", clx, at + (count + 1) * 4 + index * 8 + 2)
            start, stop = positions[index : index + 2]
            if stop < start:
                raise ExtractError("the Word document's piece table is damaged")
            narrow = bool(where & 0x40000000)
            where &= 0x3FFFFFFF
            pieces.append(_Piece(start, stop, where // 2 if narrow else where, 1 if narrow else 2))
        return pieces

    def _from_table(self, slot: int) -> bytes:
        """What the FIB's pair of offset and length at `slot` points to; empty when nothing."""
        if slot + 8 > len(self.stream):
            raise ExtractError("the Word document is cut off")
        start, size = struct.unpack_from("<2L", self.stream, slot)
        if start + size > len(self.table):
            raise ExtractError("the Word document's tables lie outside of it")
        return bytes(self.table[start : start + size])

    def _fields(self) -> Iterator[_Field]:
        """All fields, outer before inner within each other's order of end."""
        stack: list[_Field] = []
        for at, sign in enumerate(list(self._signs)):
            if sign == _BEGIN:
                new = _Field(at)
                if stack:
                    stack[-1].inner.append(new)
                stack.append(new)
            elif sign == _SEPARATOR and stack and stack[-1].separator < 0:
                stack[-1].separator = at
            elif sign == _END and stack:
                done = stack.pop()
                done.end = at
                yield done

    def _judge(self, each: _Field, found: Findings) -> None:
        start, stop = each.instruction
        inner = [other for other in each.inner if other.end >= 0 and other.begin < stop]
        text, at = "", start
        for other in inner:
            text += self._slice(at, other.begin)
            at = other.end + 1
        text += self._slice(at, stop)
        text = text.replace("\x01", "")
        computed = bool(inner) and self._shows(inner[0])
        computed = computed and computes_keyword(self._slice(start, inner[0].begin))
        found.hosts |= hosts_of(text)
        hit = judge_instruction(text, computed_keyword=computed)
        where = hit.where or f"character {each.begin}" if hit is not None else ""
        if hit is not None and found.takes(hit.kind, hit.what, where, acts=hit.acts):
            self._blank(each)

    def _shows(self, inner: _Field) -> bool:
        """Whether a field within an instruction has anything in it that could make a keyword."""
        text = self._slice(inner.begin, inner.end)
        return bool(text.translate({0x13: None, 0x14: None, 0x15: None}).strip())

    def _blank(self, each: _Field) -> None:
        start, stop = each.instruction
        fill = "QUOTE" if stop - start >= 5 and not each.inner else ""
        blanks = "".join(
            sign if sign in (_BEGIN, _SEPARATOR, _END) else " " for sign in self._signs[start:stop]
        )
        self._put(start, fill + blanks[len(fill) :])
        if self._modern:
            self._relabel(each)

    def _slice(self, start: int, stop: int) -> str:
        return "".join(self._signs[start:stop])

    def _put(self, start: int, text: str) -> None:
        stop = start + len(text)
        self._signs[start:stop] = text
        for piece in self._pieces[max(0, bisect_right(self._starts, start) - 1) :]:
            if piece.start >= stop:
                break
            first, last = max(start, piece.start), min(stop, piece.stop)
            if first < last:
                part = text[first - start : last - start]
                raw = part.encode("latin-1" if piece.width == 1 else "utf-16-le")
                at = piece.offset + (first - piece.start) * piece.width
                self.stream[at : at + len(raw)] = raw

    def _relabel(self, each: _Field) -> None:
        """Say in the field table that the field quotes, and is locked ([MS-DOC] 2.8.25)."""
        story = 0
        lengths = struct.unpack_from(f"<{len(_FIELD_TABLES)}L", self.stream, _STORIES)
        for slot, length in zip(_FIELD_TABLES, lengths, strict=True):
            if story <= each.begin < story + length and slot + 8 <= len(self.stream):
                self._relabel_at(slot, each.begin - story, each.end - story)
                return
            story += length

    def _relabel_at(self, slot: int, begin: int, end: int) -> None:
        if slot not in self._marks:
            self._marks[slot] = self._read_marks(slot)
        marks = self._marks[slot]
        if begin in marks:
            self.table[marks[begin] + 1] = _QUOTE_FIELD
        if end in marks:
            self.table[marks[end] + 1] |= _LOCKED

    def _read_marks(self, slot: int) -> dict[int, int]:
        """Where the two bytes about each of a story's field characters stand, by its position."""
        start, size = struct.unpack_from("<2L", self.stream, slot)
        count = (size - 4) // 6
        if count <= 0 or start + size > len(self.table):
            return {}
        positions = struct.unpack_from(f"<{count}L", self.table, start)
        first = start + (count + 1) * 4
        return {position: first + index * 2 for index, position in enumerate(positions)}

    def _template(self, found: Findings) -> None:
        """Take a remote template out of the associated strings; those behind it move up."""
        strings = self._from_table(_ASSOCIATIONS)
        if strings[:2] != b"\xff\xff" or len(strings) < 6:
            return
        count, extra = struct.unpack_from("<2H", strings, 2)
        at = 6
        for index in range(count):
            if at + 2 > len(strings):
                return
            stop = at + 2 + struct.unpack_from("<H", strings, at)[0] * 2
            target = strings[at + 2 : stop].decode("utf-16-le", "replace")
            if index == _TEMPLATE and links.is_remote(target):
                found.hosts.add(links.host(target) or target)
                if found.takes(Kind.EXTERNAL_LINKS, "remote template", f"template → {target}"):
                    self._shorten(strings[:at] + b"\0\0" + strings[stop:], len(strings))
                return
            at = stop + extra

    def _shorten(self, strings: bytes, was: int) -> None:
        (start,) = struct.unpack_from("<L", self.stream, _ASSOCIATIONS)
        self.table[start : start + was] = strings + bytes(was - len(strings))
        struct.pack_into("<L", self.stream, _ASSOCIATIONS + 4, len(strings))


def _wide(raw: bytes) -> str:
    """UTF-16 as one character per code unit, so that positions count code units."""
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))


def modern(stream: bytes) -> bool:
    """Whether the document is of Word 97 or later. Raises as `Document` does."""
    magic, version = struct.unpack_from("<2H", stream)
    (flags,) = struct.unpack_from("<H", stream, _FLAGS)
    if magic not in (_WORD_97, _WORD_6):
        raise ExtractError("the Word document is of a version that is not known")
    if flags & (_ENCRYPTED | _OBFUSCATED):
        raise EncryptedError("the document is protected by a password")
    return bool(magic == _WORD_97 and version >= 0xC1)


def table_name(stream: bytes) -> str:
    """The name of the table stream that belongs to a main stream."""
    (flags,) = struct.unpack_from("<H", stream, _FLAGS)
    return "1Table" if flags & _SECOND_TABLE else "0Table"
