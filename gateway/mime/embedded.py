"""Files that stand in plain text without MIME: uuencode (and `begin-base64`) and yEnc blocks.

Each becomes a pseudo part: its header is the begin line, its body the encoded lines with the end
line. Mail readers differ on them, so the text around stays content too. One forward pass per kind.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from gateway.mime.tree import Bytes, MimePart, PartKind, TransferEncoding
from gateway.mime.words import decode_charset

_MAX_LINE: Final = 1000
"""Bytes of a begin line or first data line that are looked at (RFC 5322 section 2.1.1: 998)."""

_UU_BEGIN: Final = re.compile(rb"begin(-base64)?[ \t]++[0-7]{3,6}[ \t]++([^\r\n]++)")
_UU_DATA: Final = re.compile(rb"[!-`][ -`]{1,84}\s*+\Z")
_BASE64_DATA: Final = re.compile(rb"[A-Za-z0-9+/]{2,200}=*+\s*+\Z")
_YENC_BEGIN: Final = re.compile(rb"=ybegin [^\r\n]*?\bsize=\d++")
_YENC_NAME: Final = re.compile(rb" name=([^\r\n]++)")
_CLAIMED: Final = "application/octet-stream"


class _Marks(NamedTuple):
    """The words that begin a line at the start and at the end of a block."""

    begin: bytes
    end: bytes


_UU: Final = _Marks(b"begin", b"end")
_UU_BASE64_END: Final = b"===="
_YENC: Final = _Marks(b"=ybegin ", b"=yend")


def find_embedded(
    data: Bytes, start: int, end: int, path: str, limit: int, newline: bytes
) -> tuple[MimePart, ...]:
    """The pseudo parts in the text [start, end), at most `limit`; `path` is that of the text."""
    found = [
        *_blocks(data, start, end, newline, _UU),
        *_blocks(data, start, end, newline, _YENC),
    ]
    if not found:
        return ()
    found.sort(key=lambda part: part.start)
    return tuple(
        msgspec.structs.replace(part, path=f"{path}.{number}")
        for number, part in enumerate(_disjoint(found), 1)
        if number <= limit
    )


def _disjoint(blocks: list[MimePart]) -> Iterator[MimePart]:
    """Leave out a block that begins within the one before."""
    last = -1
    for block in blocks:
        if block.start >= last:
            last = block.end
            yield block


def _blocks(data: Bytes, start: int, end: int, newline: bytes, marks: _Marks) -> Iterator[MimePart]:
    """All blocks of one kind, in order."""
    position = data.find(marks.begin, start, end)
    while position != -1:
        line_end = data.find(newline, position, min(position + _MAX_LINE, end))
        next_search = position + len(marks.begin)
        if line_end != -1 and (position == start or data[position - 1 : position] == newline):
            body = line_end + 1
            part = _block(data, position, body, end, newline, marks)
            if part is not None:
                yield part
                next_search = part.end
        position = data.find(marks.begin, next_search, end)


def _block(
    data: Bytes, begin: int, body: int, end: int, newline: bytes, marks: _Marks
) -> MimePart | None:
    """The block whose begin line is [begin, body), or None when the lines do not look like one."""
    line = data[begin:body]
    if marks is _YENC:
        if _YENC_BEGIN.match(line) is None:
            return None
        match = _YENC_NAME.search(line)
        name = match.group(1) if match else b""
        kind, encoding, end_mark = PartKind.YENC, TransferEncoding.YENC, marks.end
    else:
        uu = _UU_BEGIN.match(line)
        if uu is None:
            return None
        first_end = data.find(newline, body, min(body + _MAX_LINE, end))
        first = data[body : first_end if first_end != -1 else end]
        pattern = _BASE64_DATA if uu.group(1) else _UU_DATA
        if len(first) > _MAX_LINE or pattern.match(first) is None:
            return None
        name = uu.group(2)
        end_mark = _UU_BASE64_END if uu.group(1) else marks.end
        kind = PartKind.UUENCODED
        encoding = TransferEncoding.BASE64 if uu.group(1) else TransferEncoding.UUENCODE
    filename = decode_charset(name.strip(), None) or None
    return MimePart(
        path="",
        kind=kind,
        start=begin,
        header_end=body,
        end=_block_end(data, body, end, newline, end_mark),
        insert_at=body,
        has_blank_line=False,
        claimed_type=_CLAIMED,
        encoding=encoding,
        disposition="attachment",
        filename=filename,
        names=(filename,) if filename else (),
    )


def _block_end(data: Bytes, body: int, end: int, newline: bytes, mark: bytes) -> int:
    """Offset after the end line's text (its line end stays outside), or `end` when there is
    none."""
    position = data.find(newline + mark, body - 1, end)
    while position != -1:
        after = position + 1 + len(mark)
        if mark == _YENC.end or not data[after : after + 1].strip():
            line_end = data.find(newline, after, min(after + _MAX_LINE, end))
            stop = after if line_end == -1 else line_end
            return stop - 1 if data[stop - 1 : stop] == b"\r" and newline == b"\n" else stop
        position = data.find(newline + mark, after, end)
    return end
