"""In which character set a page is read. Tags are told by ASCII bytes; where those do not mean
ASCII (UTF-16, ISO-2022-JP, UTF-7) the page is decoded, cleaned and encoded again.

A sender can make readers disagree on the character set. So every reading that the bytes suggest
is cleaned, one after the other, and what comes out is clean in each.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_BOMS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xef\xbb\xbf", ""),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""The empty name means: ASCII bytes mean ASCII."""

_HEAD: Final = 1024
"""Bytes in which a page without byte order mark shows that it is UTF-16 (13.2.3.2 prescans as
many)."""

_ESCAPES: Final = re.compile(rb"\x1b[$(]")
"""How ISO-2022 texts change what their bytes mean."""

_UTF7: Final = re.compile(rb"\+A[A-P][A-Za-z0-9+/]+-?")
"""An ASCII character in UTF-7's base64: `+ADw-` is `<`."""


def preload() -> None:
    """Load the codecs that pages may need, while there are files to load them from."""
    for encoding in (*filter(None, dict(_BOMS).values()), "iso-2022-jp", "utf-7"):
        codecs.lookup(encoding)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a page: `encoding` is empty where ASCII bytes mean ASCII; `skip` bytes of
    byte order mark come first. `must_be_quiet`: an unlikely one that cannot be cleaned beside the
    likely one, so that nothing may act in it."""

    encoding: str
    skip: int = 0
    must_be_quiet: bool = False


def readings(data: bytes) -> Iterator[Reading]:
    """Every reading that the bytes suggest, those that must be quiet first, the likeliest last."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            if encoding:
                yield Reading("", must_be_quiet=True)
            yield Reading(encoding, len(mark))
            return
    head = data[:_HEAD]
    zeros = head.count(0)
    if zeros * 3 > len(head) > 3:
        yield Reading("", must_be_quiet=True)
        yield Reading("utf-16-le" if head[1::2].count(0) * 2 > zeros else "utf-16-be")
        return
    if _ESCAPES.search(data):
        yield Reading("iso-2022-jp")
    if _UTF7.search(data) and data.isascii():
        yield Reading("utf-7")
    yield Reading("")


def through(data: bytes, reading: Reading, change: Callable[[bytes], bytes]) -> bytes:
    """`data` after `change`, which sees it as an ASCII superset; the very same bytes where that
    changes nothing."""
    start, body = data[: reading.skip], data[reading.skip :]
    if not reading.encoding:
        made = change(body)
        return data if made == body else start + made
    text = body.decode(reading.encoding, "replace")
    seen = text.encode("utf-8", "surrogatepass")
    made = change(seen)
    if made == seen:
        return data
    written = made.decode("utf-8", "replace").encode(reading.encoding, "xmlcharrefreplace")
    return start + written
