"""What the checks of SPF, DKIM and DMARC ask, are answered, and find. Plain types: the worker and
the guest share them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec

MAX_SIGNATURES: Final = 5
"""DKIM signatures of one mail that are looked at; mails of lists have two or three."""

RecordType = Literal["TXT", "A", "AAAA", "MX"]


class Result(StrEnum):
    """What a check came to (RFC 8601 section 2.7)."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class DnsQuestion(msgspec.Struct, frozen=True):
    """A name, without its last dot, and the type of records wanted."""

    name: str
    type: RecordType

    @property
    def key(self) -> str:
        """The question as the key of its answer."""
        return f"{self.type} {self.name.lower()}"


class DnsAnswer(msgspec.Struct, frozen=True):
    """What the DNS said: records (none: the name has no such), or that it could not be asked."""

    records: tuple[str, ...] = ()
    failed: bool = False


Answers = dict[str, DnsAnswer]
"""Answers by `DnsQuestion.key`."""


class Checked(msgspec.Struct, frozen=True):
    """One check: its result, the domain it is about, and the result in words."""

    result: Result
    domain: str
    words: str


class SignaturesRequest(msgspec.Struct, frozen=True):
    """`signatures`: check a mail's DKIM signatures with the keys in `answers`."""

    answers: Answers


class SignaturesAnswer(msgspec.Struct, frozen=True):
    """The domains of From, and either the keys that are needed or each signature's result."""

    from_domains: tuple[str, ...]
    questions: tuple[DnsQuestion, ...] = ()
    checked: tuple[Checked, ...] = ()


class SenderRequest(msgspec.Struct, frozen=True):
    """`sender`: check SPF for the envelope, and DMARC for what From says.

    `signed_by` are the domains whose signatures hold.
    """

    client: str
    helo: str
    sender: str
    from_domains: tuple[str, ...]
    signed_by: tuple[str, ...]
    answers: Answers


class SenderAnswer(msgspec.Struct, frozen=True):
    """Either the questions that have to be asked, or both results."""

    questions: tuple[DnsQuestion, ...] = ()
    spf: Checked | None = None
    dmarc: Checked | None = None
