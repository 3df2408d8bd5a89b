"""Asks the DNS for the checks of a mail's sender: few questions, bounded time, answers remembered.

Answers are texts for a guest to read; here only the DNS's own format is taken apart, by dnspython.
What cannot be asked is `failed`, never an empty answer: "there is no such record" is a statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.mxbase import MXBase
from dns.rdtypes.txtbase import TXTBase

from gateway.engines.authentication import DnsAnswer, DnsQuestion
from gateway.engines.authentication.model import Answers

REMEMBERED: Final = 2000
"""Answers kept until their time to live is over."""

MAX_RECORDS: Final = 100
"""Records of one answer that are handed on; a name with more is nobody's mail server."""

MAX_TEXT: Final = 8192
"""Characters of one record that are handed on: a key of 4096 bits has 800."""

DNS_PORT: Final = 53


class DnsResolver:
    """`gateway.stages.services.Resolver` over DNS servers."""

    asks = True

    def __init__(self, servers: Sequence[str], seconds: float, port: int = DNS_PORT) -> None:
        self.seconds = seconds
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = list(servers)
        self._resolver.port = port
        self._resolver.cache = dns.resolver.LRUCache(REMEMBERED)

    async def resolve(self, questions: Sequence[DnsQuestion], within: float) -> Answers:
        """An answer for each question, asked side by side; never raises."""
        answers = await asyncio.gather(*(self._answer(question, within) for question in questions))
        return {question.key: one for question, one in zip(questions, answers, strict=True)}

    async def _answer(self, question: DnsQuestion, within: float) -> DnsAnswer:
        try:
            found = await asyncio.wait_for(
                self._resolver.resolve(question.name, question.type, lifetime=within, search=False),
                within,
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return DnsAnswer()
        except (dns.exception.DNSException, OSError, TimeoutError, UnicodeError, ValueError):
            return DnsAnswer(failed=True)
        records = list(found)[:MAX_RECORDS]
        return DnsAnswer(tuple(_text(record)[:MAX_TEXT] for record in records))


def _text(record: Rdata) -> str:
    """A text whole, an exchanger's name without its preference, an address as it is written."""
    match record:
        case TXTBase():
            return b"".join(record.strings).decode("utf-8", "replace")
        case MXBase():
            return record.exchange.to_text(omit_final_dot=True).lower()
        case _:
            return record.to_text()
