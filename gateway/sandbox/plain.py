"""Which files may be read in a guest that other files share, and for how long (decision 050)."""

from __future__ import annotations

from typing import Final

READ_BY_RULES: Final = frozenset(
    {
        *("text", "csv", "json", "xml", "ics", "vcard", "html", "zip", "gzip", "tar", "7z", "rar"),
        *("svg", "jpeg", "png", "gif", "webp", "tiff", "bmp"),
    }
)
"""Types that static analysis reads in Python, with regular expressions and yara-x only, all of them
memory-safe (of pictures the structure: no pixel is decoded): they may share a standing guest, which
saves a fork for each text and picture of each mail."""

EXAMINED_PLAINLY: Final = frozenset({"pdf", "docx", "dotx", "xlsx", "xltx", "pptx", "ppsx", "potx"})
"""Documents that mostly show without a foreign parser that there is nothing in them."""

CLEANED_AS_TEXT: Final = frozenset({"html", "svg", "xml", "ics", "vcard", "csv"})
"""Types that extraction cuts bytes out of, in Python and in Rust: both memory-safe."""

UNPACKED_PLAINLY: Final = frozenset({*EXAMINED_PLAINLY - {"pdf"}, "zip"})
"""Containers that can mostly be opened without one."""

MAX_PLAIN: Final = 4 * 1024 * 1024
"""Bytes of a file that a standing guest reads at most: longer work would keep mails waiting."""

MAX_GLANCED: Final = 256 * 1024
"""Bytes of a file that is looked at in passing, while it is taken out: a millisecond or two."""

PLAIN_MS: Final = 3_000
"""Milliseconds for an attempt in a standing guest; what takes longer gets its own budget apart."""
