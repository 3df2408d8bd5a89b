"""S/MIME: a mail signed or compressed inside its envelope is taken out; an encrypted one is said to
be so.

Reads just enough DER (X.690) to find the content of CMS signed data (RFC 5652 section 5.1) and
compressed data (RFC 3274). The signature is not verified: that is not what the parts inside are
judged by.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from gateway.engines import cms
from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.mails import EML
from gateway.engines.unpack.model import Damaged, Encrypted
from gateway.model import Origin

_OCTETS, _OCTETS_OF_OCTETS, _CONTEXT_0 = 0x04, 0x24, 0xA0
_FIELD: Final = re.compile(rb"[!-9;-~]{1,77}:[ \t\r\n]")
"""A mail's first header field (RFC 5322 section 2.2)."""
_WINDOW: Final = 256
"""Bytes in which the object identifiers of the outer structures stand."""


def unpack_smime(data: bytes, into: Collector) -> None:
    """The mail inside signed or compressed data. Raises LimitReachedError."""
    if cms.SIGNED in data[:64]:
        content, what = _content(data), "signed"
    elif cms.COMPRESSED in data[:64]:
        content, what = _inflated(_content(data), into.member_limit), "compressed"
    else:
        into.problem(Encrypted(listed=False))
        return
    if content is None:
        into.problem(Damaged(f"the {what} content was not found"))
        return
    # Mostly a mail, whose few fields would not tell; but files are signed this way, too.
    guess = EML if _FIELD.match(content) else None
    into.add(b"", content, origin=Origin.MIME, claimed="message/rfc822", guess=guess)


def _inflated(packed: bytes | None, limit: int) -> bytes | None:
    """The content of compressed data; one byte more than `limit` where it is larger than that."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed or b"", limit + 1)
    except zlib.error:
        return None
    return content if unpacker.eof or len(content) > limit else None


def _content(data: bytes) -> bytes | None:
    """The octets that the outer structure is about, in whichever of its pieces they stand."""
    position = data.find(cms.DATA, 0, _WINDOW)
    if position < 0:
        return None
    position += len(cms.DATA)
    if position >= len(data) or data[position] != _CONTEXT_0:
        return None
    start, _ = _head(data, position)
    return _octets(data, start)


def _octets(data: bytes, position: int) -> bytes | None:
    """An octet string at `position`, also one made of pieces (BER, X.690 section 8.7)."""
    if position >= len(data):
        return None
    tag = data[position]
    start, end = _head(data, position)
    if tag == _OCTETS:
        return data[start:end]
    if tag != _OCTETS_OF_OCTETS:
        return None
    pieces = []
    while start < end and start < len(data) and data[start] == _OCTETS:
        piece_start, piece_end = _head(data, start)
        pieces.append(data[piece_start:piece_end])
        start = piece_end
    return b"".join(pieces)


def _head(data: bytes, position: int) -> tuple[int, int]:
    """Where the content of the element at `position` starts and ends; the end of the data where
    its length is indefinite or not there."""
    if position + 1 >= len(data):
        return len(data), len(data)
    length = data[position + 1]
    start = position + 2
    if length == 0x80:
        return start, len(data)
    if length > 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    return start, min(start + length, len(data))
