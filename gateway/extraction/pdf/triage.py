"""Which PDFs need no parser: those in whose every object no acting name is written.

Names of objects stand in the file as text, or in object streams; nowhere else (ISO 32000-1,
7.3.5 and 7.5.7). So a search over the file and its inflated object streams is complete, and
saves most mails the parse. Whatever looks unusual is sent to the parser: doubt never means no.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from gateway.extraction import links
from gateway.extraction.pdf import outside
from gateway.extraction.pdf.names import (
    ACTING,
    ACTING_NAMES,
    ESCAPED,
    FOREIGN_FILE,
    ODD_URI,
    URI,
    unescape,
)

MAX_STREAM_BYTES = 8 * 1024 * 1024
"""Inflated size of one object stream worth searching here; honest ones hold some 100 objects."""
MAX_HEADER_BYTES = 600
"""Length of an object stream's dictionary; honest ones have about 100 bytes."""

_OBJECT_STREAM = re.compile(
    rb"/ObjStm|/First[\x00\t\n\f\r ]*\d+(?![\d\x00\t\n\f\r ]*\d+[\x00\t\n\f\r ]+R)"
)
_STREAM = re.compile(rb"stream(\r\n|\n)")
_PLAIN_FILTER = re.compile(
    rb"/Filter[\x00\t\n\f\r ]*\[?[\x00\t\n\f\r ]*/FlateDecode[\x00\t\n\f\r ]*[\]/>]"
)
_READ_PLAINLY = frozenset({b"ObjStm", b"First", b"Filter", b"FlateDecode", b"F", b"URI"})
"""Names looked for elsewhere in this module, which must not be escaped either."""
_ODD = (b"/DecodeParms", b"/Crypt", b"/FFilter")


@dataclass(frozen=True, slots=True)
class Triage:
    """`needs_parse` with its reason; `texts` are the searched bytes, for links."""

    needs_parse: bool
    reason: str
    texts: tuple[bytes, ...]


def triage(untrusted_data: bytes) -> Triage:
    """Whether `untrusted_data` can be left alone without parsing it."""
    around = outside.hits(untrusted_data)
    if around:
        return Triage(True, around[0].what, (untrusted_data,))
    found = _acting(untrusted_data)
    if found:
        return Triage(True, found, (untrusted_data,))
    streams = _object_streams(untrusted_data)
    if streams is None:
        return Triage(True, "an object stream is written in an unusual way", (untrusted_data,))
    for content in streams:
        found = _acting(content)
        if found:
            return Triage(True, found, (untrusted_data, *streams))
    return Triage(False, "no name of anything that acts", (untrusted_data, *streams))


def _acting(data: bytes) -> str:
    """What in `data` calls for a parse; empty when nothing does."""
    plain = ACTING.search(data)
    if plain:
        return plain[0].decode("ascii")
    if FOREIGN_FILE.search(data):
        return "a reference to another file"
    if b"/URI" in data and _acting_link(data):
        return "a link to more than a page"
    return _escaped_name(data)


def _acting_link(data: bytes) -> bool:
    if ODD_URI.search(data):
        return True
    targets = (target.decode("latin-1") for target in URI.findall(data))
    return any(map(links.starts_program, targets))


def _escaped_name(data: bytes) -> str:
    if b"#" in data:
        for escaped in ESCAPED.finditer(data):
            name = unescape(escaped[1])
            if name in ACTING_NAMES or name in _READ_PLAINLY:
                return "/" + name.decode("ascii")
    return ""


def _object_streams(data: bytes) -> tuple[bytes, ...] | None:
    """The inflated object streams; None when one of them cannot be read the simple way."""
    contents: list[bytes] = []
    reached = 0
    for mark in _OBJECT_STREAM.finditer(data):
        if mark.start() < reached:
            continue
        content, reached = _inflate_at(data, mark.start())
        if content is None:
            return None
        contents.append(content)
    return tuple(contents)


def _inflate_at(data: bytes, at: int) -> tuple[bytes | None, int]:
    """The content of the stream whose dictionary holds `at`, and where its dictionary ends."""
    opened = data.rfind(b"obj", max(0, at - MAX_HEADER_BYTES), at)
    stream = _STREAM.search(data, at, at + MAX_HEADER_BYTES)
    if opened < 0 or stream is None:
        return None, at
    header = data[opened : stream.start()]
    if not _PLAIN_FILTER.search(header) or any(odd in header for odd in _ODD):
        return None, at
    try:
        packer = zlib.decompressobj()
        content = packer.decompress(memoryview(data)[stream.end() :], MAX_STREAM_BYTES)
    except zlib.error:
        return None, at
    if not packer.eof:
        return None, at
    return content, stream.end()
