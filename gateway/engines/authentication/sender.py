"""SPF and DMARC together, as far as the answers go. Pure; runs in a guest."""

from __future__ import annotations

from gateway.engines.authentication.dmarc import dmarc_of
from gateway.engines.authentication.lookup import Lookup, NeededError
from gateway.engines.authentication.model import SenderAnswer, SenderRequest
from gateway.engines.authentication.spf import spf_of


def sender_of(request: SenderRequest) -> SenderAnswer:
    """Both results, or the question that is needed next. Raises ValueError for a client that is no
    address."""
    lookup = Lookup(request.answers)
    try:
        spf = spf_of(request.client, request.helo, request.sender, lookup)
        dmarc = dmarc_of(request.from_domains, spf, request.signed_by, lookup)
    except NeededError as needed:
        return SenderAnswer((needed.question,))
    return SenderAnswer((), spf, dmarc)
