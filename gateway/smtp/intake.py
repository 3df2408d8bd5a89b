"""The two ways a body arrives, behind one interface.

Purpose: `feed` takes from the received octets what belongs to the body and says when it ends.
Must never: take an octet that follows the body.
"""

from __future__ import annotations

from gateway.smtp.data import DotDecoder
from gateway.smtp.lines import Octets


class DotIntake:
    """DATA: dot-stuffed, ends with CRLF.CRLF."""

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder = DotDecoder()

    def feed(self, octets: Octets) -> tuple[bytes, bool]:
        """Body octets, and whether the body is complete."""
        body, rest = self._decoder.feed(octets.take_all())
        if rest is None:
            return body, False
        octets.append(rest)
        return body, True


class ChunkIntake:
    """BDAT: `size` raw octets (RFC 3030)."""

    __slots__ = ("_missing",)

    def __init__(self, size: int) -> None:
        self._missing = size

    def feed(self, octets: Octets) -> tuple[bytes, bool]:
        """Body octets, and whether the chunk is complete."""
        body = octets.take(self._missing)
        self._missing -= len(body)
        return body, self._missing == 0


Intake = DotIntake | ChunkIntake
