"""What the gateway believes of a subject: four values, combined by maximum only.

`unscanned` stands above `clean` on purpose: what nobody looked at is not clean, and no later
`clean` rounds it down.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The belief about one part or one message, in rising order of trouble."""

    CLEAN = "clean"
    UNSCANNED = "unscanned"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"

    @property
    def rank(self) -> int:
        """Position in the order clean < unscanned < suspicious < malicious, from 0."""
        return _ORDER[self]


_ORDER = {verdict: rank for rank, verdict in enumerate(Verdict)}


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of `verdicts`; `clean` when there are none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.CLEAN)
