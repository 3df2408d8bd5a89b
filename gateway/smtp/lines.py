"""Octets cut into command lines and into replies, with limits.

Purpose: the two line readers. Both keep what is unfinished, both bound what they keep.
Must never: take anything but CRLF for a line end. A lone LF ends a line only so that it can be
refused: a reader that waited for CRLF would hang, one that took LF would disagree with the next
hop about where commands begin (SMTP smuggling).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.smtp.limits import REPLY_LINE, REPLY_LINES
from gateway.smtp.replies import Reply


class BadLine(Enum):
    """Why a line cannot be read."""

    TOO_LONG = auto()
    LINE_END = auto()  # a lone CR or LF in it


class Octets:
    """Received octets not yet used: a queue with a read position, so that cutting copies nothing
    but what is cut out."""

    __slots__ = ("_data", "_position")

    def __init__(self) -> None:
        self._data = b""
        self._position = 0

    def __len__(self) -> int:
        return len(self._data) - self._position

    def append(self, data: bytes) -> None:
        """Add `data` at the end."""
        rest = self._data[self._position :] if self._position < len(self._data) else b""
        self._data = rest + data if rest else data
        self._position = 0

    def take(self, count: int) -> bytes:
        """The first `count` octets, or all there are."""
        start = self._position
        self._position = min(start + count, len(self._data))
        return self._data[start : self._position]

    def take_all(self) -> bytes:
        """Everything."""
        return self.take(len(self))

    def take_line(self) -> bytes | None:
        """Octets up to and with the next LF; None when there is none."""
        end = self._data.find(b"\n", self._position)
        return None if end < 0 else self.take(end + 1 - self._position)


class LineReader:
    """Cuts command lines of at most `limit` octets (with CRLF) out of a queue."""

    __slots__ = ("_discarding",)

    def __init__(self) -> None:
        self._discarding = False

    def next_line(self, octets: Octets, limit: int) -> bytes | BadLine | None:
        """The next line without its CRLF; why it is bad; or None when more octets are needed.

        A line over the limit is thrown away up to its end and reported once.
        """
        raw = octets.take_line()
        if raw is None:
            if len(octets) >= limit:
                self._discarding = True
                octets.take_all()
            return None
        if self._discarding or len(raw) > limit:
            self._discarding = False
            return BadLine.TOO_LONG
        line = raw[:-2]
        if raw[-2:] != b"\r\n" or b"\r" in line:
            return BadLine.LINE_END
        return line


@dataclass(frozen=True, slots=True)
class BadReply:
    """A reply that breaks RFC 5321 4.2; `reason` is ours, never the peer's text."""

    reason: str


_DIGITS: Final = b"0123456789"


class ReplyReader:
    """Cuts replies, single or multi-line, out of a queue."""

    __slots__ = ("_code", "_lines")

    def __init__(self) -> None:
        self._code = b""
        self._lines: list[bytes] = []

    def next_reply(self, octets: Octets) -> Reply | BadReply | None:
        """The next whole reply, what is wrong with it, or None when more octets are needed."""
        while (raw := octets.take_line()) is not None:
            wrong = self._add(raw)
            if wrong is not None:
                return BadReply(wrong)
            if raw[3:4] != b"-":
                reply = Reply(int(self._code), tuple(self._lines))
                self._code, self._lines = b"", []
                return reply
        return BadReply("reply line too long") if len(octets) >= REPLY_LINE else None

    def _add(self, raw: bytes) -> str | None:
        """Take one line (with LF) into the reply; what is wrong with it, or None."""
        text = raw[4:-2]
        if len(raw) > REPLY_LINE:
            return "reply line too long"
        if raw[-2:] != b"\r\n" or b"\r" in text or b"\r" in raw[:4].rstrip(b"\r\n"):
            return "reply line does not end with CRLF alone"
        code = raw[:3]
        if len(code.strip(_DIGITS)) > 0 or not b"200" <= code <= b"599":
            return "no reply code"
        if raw[3:4] not in (b" ", b"-", b"\r"):
            return "no separator after the reply code"
        if self._code not in (b"", code):
            return "reply code changes within a reply"
        self._code = code
        self._lines.append(text)
        return "too many reply lines" if len(self._lines) > REPLY_LINES else None
