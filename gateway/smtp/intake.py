"""One body on its way in, by DATA or by BDAT.

Purpose: `feed` takes from the received octets what belongs to the body, passes it through the
filter, and says when the body (or the chunk) ends.
Must never: take an octet that follows the body; give out octets past the size limit.
"""

from __future__ import annotations

from gateway.smtp.body import BodyFacts, BodyFilter, BodyPolicy
from gateway.smtp.data import DotDecoder
from gateway.smtp.limits import DISCARD_AFTER_LIMIT
from gateway.smtp.lines import Octets
from gateway.smtp.replies import MAIL_TOO_LARGE, Reply


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


class BodyReception:
    """The body of one transaction, from its first octet to its last, over all its chunks.

    `max_size`: octets, the smaller of what policy allows and what was offered.
    """

    __slots__ = ("_filter", "_max_size")

    def __init__(self, policy: BodyPolicy, *, max_size: int, smtputf8: bool) -> None:
        self._filter = BodyFilter(policy, smtputf8)
        self._max_size = max_size

    @property
    def facts(self) -> BodyFacts:
        """What was seen so far."""
        return self._filter.facts

    @property
    def refusal(self) -> Reply | None:
        """What the client gets for this body instead of an inspection, or None."""
        return MAIL_TOO_LARGE if self._excess > 0 else self._filter.refusal

    @property
    def endless(self) -> bool:
        """Whether so much came past the limit that reading on is pointless."""
        return self._excess > DISCARD_AFTER_LIMIT

    @property
    def _excess(self) -> int:
        return self._filter.facts.size - self._max_size

    def feed(self, octets: bytes) -> bytes:
        """The octets to store for these octets of the body."""
        data = self._filter.feed(octets)
        return data if self._excess <= 0 else b""

    def end(self) -> bytes:
        """The last octets to store."""
        return self._filter.end()
