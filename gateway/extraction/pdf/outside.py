"""What a PDF file holds outside of the document it shows: earlier revisions, bytes before its
beginning and after its end.

Reads bytes only, with no parser: doubt about the rest of the file is `triage`'s business. Writing
the document anew leaves all of this behind.
"""

from __future__ import annotations

import re

from gateway.extraction.kinds import Hit, Kind

HEADER_WITHIN = 1024
"""Where readers look for the header (ISO 32000-1, implementation note 13)."""

_SPACE = b"\x00\t\n\f\r "
_HEADER = b"%PDF-"
_END = re.compile(rb"startxref[\x00\t\n\f\r ]+(\d+)[\x00\t\n\f\r ]*%%EOF")
"""The end of a revision. That of a linearized file's first part says 0 (annex F.3.4)."""


def revisions(untrusted_data: bytes) -> int:
    """How many revisions the file ends with, one after the other; a linearized file has one.

    An attached PDF that is not packed counts as well: writing anew packs it.
    """
    return sum(1 for found in _END.finditer(untrusted_data) if int(found[1]))


def hits(untrusted_data: bytes) -> list[Hit]:
    """Bytes around the document, and its earlier revisions."""
    found = []
    for count, place in ((_before(untrusted_data), "before"), (_after(untrusted_data), "after")):
        if count:
            what = f"{count} bytes {place} the document"
            found.append(Hit(Kind.HIDDEN_DATA, what, "file", acts=False))
    earlier = revisions(untrusted_data) - 1
    if earlier > 0:
        what = "an earlier revision" if earlier == 1 else f"{earlier} earlier revisions"
        found.append(Hit(Kind.PDF_REVISIONS, what, "file", acts=False))
    return found


def _before(data: bytes) -> int:
    at = data.find(_HEADER, 0, HEADER_WITHIN + len(_HEADER))
    return at if at > 0 and data[:at].strip(_SPACE) else 0


def _after(data: bytes) -> int:
    end = -1
    for found in _END.finditer(data, max(0, data.rfind(b"startxref"))):
        end = found.end()
    if end < 0:
        end = data.rfind(b"%%EOF") + len(b"%%EOF")
        if end < len(b"%%EOF"):
            return 0
    return len(data[end:].strip(_SPACE))
