"""What a body may hold: checked, and under policy re-encoded, in chunks as it arrives.

Purpose: DATA and BDAT give the same body stream through this one filter: lines end with CRLF only,
lines keep their length limit, the header section is ASCII unless SMTPUTF8 was declared. What comes
out is what is inspected and what is forwarded: one stream, no second reading of it.
Must never: look at single octets or lines in Python (a mail of 50 MB passes here), or let anything
that breaks the rules leave unmarked: `facts` says what was found, `refusal` what to answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from gateway.smtp import replies
from gateway.smtp.data import has_bare_line_end
from gateway.smtp.headers import HeaderEncoder
from gateway.smtp.limits import TEXT_LINE
from gateway.smtp.replies import Reply

_BARE: Final = re.compile(rb"\r(?!\n)|(?<!\r)\n")

_SURE: Final = TEXT_LINE - 2 - 3
"""Octets of a line that stay on it when it is broken: 998, less the tail of a UTF-8 character."""


class OnBareLineEnd(StrEnum):
    """A CR without LF, or LF without CR, in the mail."""

    REFUSE = "refuse"
    REENCODE = "reencode"  # each becomes CRLF


class OnLongLine(StrEnum):
    """A line over TEXT_LINE octets."""

    REFUSE = "refuse"
    REENCODE = "reencode"  # CRLF and a space after 998 octets, as Postfix's client does
    PASS = "pass"  # as it is; most servers take it


class OnEightBitHeader(StrEnum):
    """Octets over 127 in the header section without SMTPUTF8."""

    REFUSE = "refuse"
    REENCODE = "reencode"  # encoded words (RFC 2047)


class OnNul(StrEnum):
    """NUL octets: forbidden by RFC 5322, still seen in real mail."""

    REFUSE = "refuse"
    PASS = "pass"


@dataclass(frozen=True, slots=True)
class BodyPolicy:
    """What happens to a mail that breaks a rule of the transport. Refusing is the default: the
    sender learns it at once, and nobody downstream reads the mail differently from us."""

    bare_line_end: OnBareLineEnd = OnBareLineEnd.REFUSE
    long_line: OnLongLine = OnLongLine.REFUSE
    eight_bit_header: OnEightBitHeader = OnEightBitHeader.REFUSE
    nul: OnNul = OnNul.PASS


@dataclass(slots=True)
class BodyFacts:
    """What was seen in one body, before re-encoding; `size` in octets, as it arrived unstuffed."""

    size: int = 0
    bare_line_end: bool = False
    long_line: bool = False
    eight_bit_header: bool = False
    eight_bit: bool = False
    nul: bool = False
    header_too_large: bool = False


@dataclass(slots=True)
class BodyFilter:
    """The filter for one body. `smtputf8`: the transaction declared it."""

    policy: BodyPolicy
    smtputf8: bool = False
    facts: BodyFacts = field(default_factory=BodyFacts)
    _held: bytes = b""  # a CR at a chunk's end: bare or not is the next octet's to say
    _line: int = 0  # octets of the unfinished line so far
    _wrap_held: bytes = b""  # octets of an unfinished line before which it may have to be broken
    _in_header: bool = True
    _header_tail: bytes = b"\r\n"  # last octets seen of the header: an empty line may be split
    _encoder: HeaderEncoder | None = None

    def __post_init__(self) -> None:
        encode = self.policy.eight_bit_header is OnEightBitHeader.REENCODE
        if encode and not self.smtputf8:
            self._encoder = HeaderEncoder()

    def feed(self, data: bytes) -> bytes:
        """Check `data`, the next octets of the body; the octets to store, perhaps fewer or more."""
        self.facts.size += len(data)
        if self._held:
            data = self._held + data
            self._held = b""
        if data.endswith(b"\r"):
            self._held = b"\r"
            data = data[:-1]
        return self._filter(data) if data else b""

    def end(self) -> bytes:
        """The body is complete: what was still held back."""
        last = self._filter(self._held) if self._held else b""
        if self._encoder is not None and self._in_header:
            last += self._check_line_lengths(self._encoder.end())
        last += self._wrap_held
        self._held = self._wrap_held = b""
        return last

    @property
    def refusal(self) -> Reply | None:
        """What the client gets for this body instead of an inspection, or None."""
        facts, policy = self.facts, self.policy
        if facts.header_too_large:
            return replies.HEADER_TOO_LARGE
        if facts.bare_line_end and policy.bare_line_end is OnBareLineEnd.REFUSE:
            return replies.BARE_LINE_END
        if facts.eight_bit_header and policy.eight_bit_header is OnEightBitHeader.REFUSE:
            return replies.EIGHT_BIT_HEADER
        if facts.long_line and policy.long_line is OnLongLine.REFUSE:
            return replies.TEXT_LINE_TOO_LONG
        if facts.nul and policy.nul is OnNul.REFUSE:
            return replies.NUL_IN_MAIL
        return None

    def _filter(self, data: bytes) -> bytes:
        """The named steps, in order: each sees what the one before it left."""
        data = self._check_line_ends(data)
        if b"\0" in data:
            self.facts.nul = True
        if not data.isascii():
            self.facts.eight_bit = True
        if self._in_header:
            data = self._check_header(data)
        return self._check_line_lengths(data)

    def _check_line_ends(self, data: bytes) -> bytes:
        if not has_bare_line_end(data):
            return data
        self.facts.bare_line_end = True
        if self.policy.bare_line_end is OnBareLineEnd.REENCODE:
            return _BARE.sub(b"\r\n", data)
        return data

    def _check_header(self, data: bytes) -> bytes:
        """Find the end of the header section; what is after it is body and left alone."""
        seen = self._header_tail + data
        end = seen.find(b"\r\n\r\n")
        if end < 0:
            self._header_tail = seen[-3:]
            return self._header_octets(data)
        self._in_header = False
        cut = max(end + 4 - len(self._header_tail), 0)
        header = self._header_octets(data[:cut])
        if self._encoder is not None:
            header += self._encoder.end()
        return header + data[cut:]

    def _header_octets(self, data: bytes) -> bytes:
        if not self.smtputf8 and not data.isascii():
            self.facts.eight_bit_header = True
        if self._encoder is None:
            return data
        if not self._encoder.feed(data):
            self.facts.header_too_large = True
        return b""

    def _check_line_lengths(self, data: bytes) -> bytes:
        """Jump from one line end to the last one within reach: ten steps for 10 kB, no splitting.

        The window is TEXT_LINE octets from the start of a line; a window without LF is a long line.
        So is an unfinished line of 999 octets: `feed` holds a last CR back, so all are content.
        """
        wrap = self.policy.long_line is OnLongLine.REENCODE
        if self._wrap_held:
            data, self._wrap_held = self._wrap_held + data, b""
        start, size = -self._line, len(data)
        parts: list[bytes] = []
        done = 0
        while size - start >= TEXT_LINE - 1:
            end = data.rfind(b"\n", max(start, 0), start + TEXT_LINE)
            if end >= 0:
                start = end + 1
                continue
            self.facts.long_line = True
            if not wrap:
                start = data.find(b"\n", max(start, 0)) + 1
                if start == 0:
                    # Still the same line, and known to be long: do not let the count grow.
                    self._line = TEXT_LINE - 1
                    return data
                continue
            cut = _character_start(data, start + TEXT_LINE - 2)
            parts.append(data[done:cut] + b"\r\n ")
            done, start = cut, cut - 1
        last = data.rfind(b"\n", max(start, 0)) + 1
        self._line = size - (last or start)
        if wrap and self._line > _SURE:
            # The break, if there must be one, may come before these octets.
            size -= self._line - _SURE
            self._wrap_held, self._line = data[size:], _SURE
        return b"".join(parts) + data[done:size]


def _character_start(data: bytes, position: int) -> int:
    """`position`, or up to three octets earlier so that no UTF-8 character is cut in two."""
    for at in range(position, position - 4, -1):
        if data[at] & 0xC0 != 0x80:
            return at
    return position
