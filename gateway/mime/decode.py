"""Undoing transfer encodings the way mail readers do: tolerant, fast, never raising.

Whole contents go through binascii in one call; contents that call refuses or would cut short
(garbage, missing or early padding) take the slower way, and the difference is noted as defects.
"""

import binascii
import re
from collections.abc import Iterator
from typing import Final, assert_never

from gateway.mime.base64_reader import Base64Decoder, decode_base64
from gateway.mime.decoded import Decoded
from gateway.mime.defects import Defect
from gateway.mime.tree import Bytes, MimePart, TransferEncoding
from gateway.mime.uudecode import decode_uu
from gateway.mime.yenc import decode_yenc

CHUNK: Final = 1024 * 1024
"""Encoded bytes taken at a time by `iter_decoded`."""

_SOFT_BREAK_ODD: Final = re.compile(rb"=(?:[ \t]++(?=\r?\n)|[ \t]*+\r(?!\n))")
_LONE_CR: Final = re.compile(rb"=\r(?!\n)")
_QP_BAD: Final = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+(?:\r?\n|\r|\Z))")


def decode(part: MimePart, data: Bytes, encoding: TransferEncoding | None = None) -> bytes:
    """The content of a part. `encoding` replaces the part's own, to see what a reader sees that
    obeys another of conflicting fields (`MimePart.other_encodings`)."""
    return decode_content(data[part.header_end : part.end], encoding or part.encoding)


def decode_checked(
    part: MimePart, data: Bytes, encoding: TransferEncoding | None = None
) -> Decoded:
    """Like `decode`, with the defects of the encoding; costs a second look at the bytes."""
    return decode_content_checked(data[part.header_end : part.end], encoding or part.encoding)


def decode_content(raw: bytes, encoding: TransferEncoding) -> bytes:
    """Decode raw content."""
    match encoding:
        case TransferEncoding.BASE64:
            return decode_base64(raw).content
        case TransferEncoding.QUOTED_PRINTABLE:
            return _decode_quoted_printable(raw)
        case TransferEncoding.UUENCODE:
            return decode_uu(raw).content
        case TransferEncoding.YENC:
            return decode_yenc(raw).content
        case (
            TransferEncoding.SEVEN_BIT
            | TransferEncoding.EIGHT_BIT
            | TransferEncoding.BINARY
            | TransferEncoding.UNKNOWN
        ):
            return raw
        case _:
            assert_never(encoding)


def decode_content_checked(raw: bytes, encoding: TransferEncoding) -> Decoded:
    """Decode raw content and say what was wrong with its encoding."""
    match encoding:
        case TransferEncoding.BASE64:
            return decode_base64(raw, check=True)
        case TransferEncoding.QUOTED_PRINTABLE:
            bad = _QP_BAD.search(raw) is not None
            defects = (Defect.QUOTED_PRINTABLE_DAMAGED,) if bad else ()
            return Decoded(_decode_quoted_printable(raw), defects)
        case TransferEncoding.UUENCODE:
            return decode_uu(raw)
        case TransferEncoding.YENC:
            return decode_yenc(raw)
        case (
            TransferEncoding.SEVEN_BIT
            | TransferEncoding.EIGHT_BIT
            | TransferEncoding.BINARY
            | TransferEncoding.UNKNOWN
        ):
            return Decoded(raw)
        case _:
            assert_never(encoding)


def iter_decoded(part: MimePart, data: Bytes, chunk: int = CHUNK) -> Iterator[bytes]:
    """The content of a part in pieces, equal to `decode` when joined; base64, quoted-printable and
    identity never hold more than a few chunks (a quoted-printable line counts as one piece)."""
    match part.encoding:
        case TransferEncoding.BASE64:
            decoder = Base64Decoder()
            for raw in _chunks(part, data, chunk):
                yield decoder.feed(raw)
            yield decoder.finish()
        case TransferEncoding.QUOTED_PRINTABLE:
            rest = b""
            for raw in _chunks(part, data, chunk):
                # A cut after a line feed splits neither an escape nor a soft line break.
                head, newline, rest = _cut_after_newline(rest, raw)
                if newline:
                    yield _decode_quoted_printable(head)
            yield _decode_quoted_printable(rest)
        case TransferEncoding.UUENCODE | TransferEncoding.YENC:
            yield decode(part, data)
        case (
            TransferEncoding.SEVEN_BIT
            | TransferEncoding.EIGHT_BIT
            | TransferEncoding.BINARY
            | TransferEncoding.UNKNOWN
        ):
            yield from _chunks(part, data, chunk)
        case _:
            assert_never(part.encoding)


def _chunks(part: MimePart, data: Bytes, chunk: int) -> Iterator[bytes]:
    for start in range(part.header_end, part.end, chunk):
        yield data[start : min(start + chunk, part.end)]


def _cut_after_newline(rest: bytes, raw: bytes) -> tuple[bytes, bool, bytes]:
    """Split at the last line feed of `raw`."""
    cut = raw.rfind(b"\n") + 1
    if cut == 0:
        return b"", False, rest + raw
    return rest + raw[:cut], True, raw[cut:]


def _decode_quoted_printable(raw: bytes) -> bytes:
    """Quoted-printable; white space between = and the line end is transport padding (RFC 2045
    section 6.7 rule 3), and = before a lone CR a soft line break, where binascii would drop the
    line after it."""
    if b"= " in raw or b"=\t" in raw or _LONE_CR.search(raw) is not None:
        raw = _SOFT_BREAK_ODD.sub(lambda match: b"=" if match.group()[-1:] != b"\r" else b"", raw)
    return binascii.a2b_qp(raw)
