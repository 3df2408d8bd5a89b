"""A DNS as a table, and real signatures: what the tests of authentication share."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TypeVar

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.engines.authentication import DnsAnswer, DnsQuestion
from gateway.engines.authentication.lookup import Lookup, NeededError
from gateway.engines.authentication.model import Answers

T = TypeVar("T")

Zone = Mapping[str, tuple[str, ...] | str | None]
"""`TXT example.org` -> its records; one text is one record; None: the DNS does not answer."""

_KEY = rsa.generate_private_key(65537, 2048)

MAIL = (
    b"From: Anna <anna@example.org>\r\nTo: bert@example.net\r\nSubject: lunch\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nAt noon?\r\n"
)


def public_key() -> str:
    """The record of the key that `signed` uses."""
    der = _KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def signed(mail: bytes = MAIL, domain: str = "example.org", **options: object) -> bytes:
    """`mail` under a real signature of `domain`, selector `s1`."""
    private = _KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    signature: bytes = dkim.sign(mail, b"s1", domain.encode(), private, **options)
    return signature + mail


def answer(zone: Zone, question: DnsQuestion) -> DnsAnswer:
    """What `zone` says; nothing for a name it does not have."""
    found = zone.get(question.key, ())
    if found is None:
        return DnsAnswer(failed=True)
    return DnsAnswer((found,) if isinstance(found, str) else found)


def asked(zone: Zone, check: Callable[[Lookup], T]) -> tuple[T, list[str]]:
    """The result of `check` when each question it needs is answered by `zone`; and the questions,
    in their order."""
    answers: Answers = {}
    questions: list[str] = []
    while True:
        try:
            return check(Lookup(answers)), questions
        except NeededError as needed:
            questions.append(needed.question.key)
            assert needed.question.key not in answers, "the same question twice"
            answers[needed.question.key] = answer(zone, needed.question)
            assert len(questions) < 200
