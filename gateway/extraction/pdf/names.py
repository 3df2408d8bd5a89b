"""The names by which a PDF says that it can act. Changes only with ISO 32000."""

from __future__ import annotations

import re

ACTING_NAMES = frozenset(
    b"JS JavaScript AA OpenAction Launch GoToR GoToE SubmitForm ImportData EmbeddedFile "
    b"EmbeddedFiles FileAttachment EF AF Collection XFA RichMedia RichMediaContent "
    b"RichMediaExecute Sound Movie 3D Rendition Renditions AlternatePresentations Screen Ref OPI "
    b"FFilter Thread Encrypt".split()
)
"""A PDF in which none of these occurs has nothing to take out. `Thread`: may lead to a file."""

_DELIMITER = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)"

ACTING = re.compile(rb"/(?:" + b"|".join(sorted(ACTING_NAMES, reverse=True)) + rb")" + _DELIMITER)
"""One of the acting names, written plainly."""

ESCAPED = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%#]{0,40}#[^\x00\t\n\f\r ()<>\[\]{}/%]{0,80})")
"""A name with a #-escape (7.3.5), which must be unescaped before it is compared."""

ODD_URI = re.compile(rb"/URI[\x00\t\n\f\r ]*(?:<[0-9A-Fa-f>]|\d|\([^()]{0,40}\\)")
"""A link's target that is not a plain string: in hexadecimal, elsewhere, or with escapes."""

FOREIGN_FILE = re.compile(rb"/F[\x00\t\n\f\r ]*(?:\(|<|\d+[\x00\t\n\f\r ]+\d+[\x00\t\n\f\r ]+R)")
"""A file specification: on a stream, its data lie in another file (7.3.8.2)."""

_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")

URI = re.compile(rb"/URI\s*\(((?:[^()\\]|\\.){1,2000})\)")
"""The target of a link as a literal string."""


def unescape(name: bytes) -> bytes:
    """A name without #-escapes."""
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), name)
