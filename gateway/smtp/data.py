"""The transparency of DATA (RFC 5321 4.5.2): dots taken off on the way in, put on on the way out.

Purpose: find the end of a mail and undo, or do, dot-stuffing, in chunks of any size.
Must never: end a mail at anything but CRLF.CRLF. All other spellings of it (LF.LF, LF.CRLF, CR.CR,
CRLF.LF ...) are text: a peer that reads them otherwise is the other half of SMTP smuggling.
"""

from __future__ import annotations

from typing import Final

from gateway.smtp.errors import LocalProtocolError

_END: Final = b"\r\n.\r\n"


class DotDecoder:
    """Decodes one mail sent with DATA."""

    __slots__ = ("_held", "_skip")

    def __init__(self) -> None:
        # The line of DATA itself ended with CRLF, so a dot in the first column counts. The two
        # octets are put in front and skipped again, which makes the first line like all others.
        self._held = b"\r\n"
        self._skip = 2

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """The body octets in `data`, and what follows the end of the mail (None: it goes on)."""
        seen = self._held + data
        end = seen.find(_END)
        if end >= 0:
            return self._take(seen[: end + 2]), seen[end + len(_END) :]
        keep = _open_end(seen)
        self._held = seen[len(seen) - keep :]
        return self._take(seen[: len(seen) - keep]), None

    def _take(self, stuffed: bytes) -> bytes:
        body = stuffed.replace(b"\r\n.", b"\r\n")
        if not self._skip or not body:
            return body
        self._skip = 0
        return body[2:]


def _open_end(seen: bytes) -> int:
    """Length of the longest tail of `seen` that may be the beginning of CRLF.CRLF."""
    for length in (4, 3, 2, 1):
        if seen.endswith(_END[:length]):
            return length
    return 0


class DotEncoder:
    """Encodes one mail for DATA.

    The body must be clean already: a bare CR or LF here is a bug of ours and raises
    LocalProtocolError before the octets are given out.
    """

    __slots__ = ("_at_line_start", "_held")

    def __init__(self) -> None:
        self._held = b""
        self._at_line_start = True

    def feed(self, body: bytes) -> bytes:
        """`body`, the next octets of the mail, ready for the wire."""
        if self._held:
            body = self._held + body
            self._held = b""
        if body.endswith(b"\r"):
            self._held = b"\r"
            body = body[:-1]
        if not body:
            return b""
        if has_bare_line_end(body):
            raise LocalProtocolError("a body to be forwarded holds a bare CR or LF")
        stuffed = body.replace(b"\r\n.", b"\r\n..")
        if self._at_line_start and body.startswith(b"."):
            stuffed = b"." + stuffed
        self._at_line_start = body.endswith(b"\r\n")
        return stuffed

    def end(self) -> bytes:
        """The end of the mail, with the line end the last line may lack (BDAT needs none)."""
        if self._held:
            raise LocalProtocolError("the body ends with a bare CR")
        return b".\r\n" if self._at_line_start else b"\r\n.\r\n"


def has_bare_line_end(data: bytes) -> bool:
    """Whether a CR or LF in `data` is not of a CRLF. Taking the pairs out and looking for what is
    left costs a third of counting all three."""
    rest = data.replace(b"\r\n", b"")
    return b"\n" in rest or b"\r" in rest
