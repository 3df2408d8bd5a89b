"""A font without shapes, and the map from its codes to text: how a picture of text is searched.

Every character of the document gets a code of its own, so any script works without its font, also
several characters under one code. Nothing is ever drawn with it. The method is that of programs
for text recognition. Sources: ISO 32000-1, 9.7.4 and 9.10.3; Apple's TrueType reference for tables.
"""

from __future__ import annotations

import struct
import zlib

EM = 1000
ADVANCE = 500
"""Width of every glyph in thousandths of the font's size; words are stretched to their width."""
MAX_CODES = 65_534
"""Different characters in one document: codes have two bytes, and 0 stands for none."""
_PER_BLOCK = 100
"""Entries of one block of a character map (ISO 32000-1, 9.10.3, after Adobe's CMap rules)."""


def font_file() -> bytes:
    """A TrueType font with two glyphs: none, and a line from corner to corner of its box, which
    has no surface. Without a box, pdfium takes words of one character for nothing."""
    glyph = struct.pack(">h4h2H2B4h", 1, 0, 0, ADVANCE, EM, 1, 0, 1, 1, 0, ADVANCE, 0, EM)
    head = struct.pack(
        ">4L2H2q4h2H3h", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0
    )
    hhea = struct.pack(">L3hH11hH", 0x10000, EM, 0, 0, ADVANCE, *[0] * 11, 2)
    tables = {
        b"glyf": glyph,
        b"head": head,
        b"hhea": hhea,
        b"hmtx": struct.pack(">HhHh", ADVANCE, 0, ADVANCE, 0),
        b"loca": struct.pack(">3H", 0, 0, len(glyph) // 2),
        b"maxp": struct.pack(">L14H", 0x10000, 2, 2, 1, *[0] * 11),
    }
    at = 12 + 16 * len(tables)
    directory, body = struct.pack(">L4H", 0x10000, len(tables), 64, 2, 32), b""
    for tag, content in tables.items():
        padded = content + bytes(-len(content) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        directory += tag + struct.pack(">3L", total, at + len(body), len(content))
        body += padded
    return directory + body


class Codes:
    """Codes for texts, given in the order they are met."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The code of `text`; 0 once there is no room for another."""
        found = self._codes.get(text)
        if found is None:
            if len(self._codes) >= MAX_CODES:
                return 0
            found = self._codes[text] = len(self._codes) + 1
        return found

    def to_unicode(self) -> bytes:
        """The CMap that leads from codes to text."""
        lines = [
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo "
            b"<</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def /CMapName "
            b"/Adobe-Identity-UCS def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> "
            b"endcodespacerange"
        ]
        pairs = list(self._codes.items())
        for start in range(0, len(pairs), _PER_BLOCK):
            block = pairs[start : start + _PER_BLOCK]
            lines.append(b"%d beginbfchar" % len(block))
            for text, code in block:
                units = text.encode("utf-16-be", "replace").hex().upper().encode()
                lines.append(b"<%04X> <%s>" % (code, units))
            lines.append(b"endbfchar")
        lines.append(b"endcmap CMapName currentdict /CMap defineresource pop end end")
        return b"\n".join(lines)


def to_glyph() -> bytes:
    """The map of codes to glyphs, packed: every code is the same glyph."""
    return zlib.compress(b"\0\1" * 65_536, 9)
