"""DKIM signatures of a mail (RFC 6376), by dkimpy, with keys that somebody else fetched.

Runs in a guest. dkimpy wants to ask the DNS itself; it is given a stand-in before it is imported,
since a guest cannot, and a resolver would cost each guest 15 MB.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final

from gateway.engines.authentication.lookup import Lookup, NeededError, TemporaryError
from gateway.engines.authentication.model import (
    MAX_SIGNATURES,
    Checked,
    DnsQuestion,
    Result,
    SignaturesAnswer,
)
from gateway.mime import MimePart, addresses, scan

_NO_DNS: Final = ModuleType("dkim.dnsplug")
_NO_DNS.get_txt = None  # type: ignore[attr-defined]
sys.modules.setdefault(_NO_DNS.__name__, _NO_DNS)

import dkim  # noqa: E402 - after its stand-in

MIN_KEY_BITS: Final = 1024
"""Shorter keys are broken (RFC 8301 section 3.2)."""


def signatures_of(mail: bytes, lookup: Lookup) -> SignaturesAnswer:
    """From's domains and the mail's signatures; or the keys that are needed first."""
    root = scan(mail).root
    found = _domains_of_from(root)
    count = len(root.fields_named("dkim-signature"))
    questions: list[DnsQuestion] = []
    checked: list[Checked] = []
    for index in range(min(count, MAX_SIGNATURES)):
        try:
            checked.append(_check(mail, index, lookup))
        except NeededError as needed:
            questions.append(needed.question)
    if questions:
        return SignaturesAnswer(found, tuple(questions))
    return SignaturesAnswer(found, (), tuple(checked))


def _domains_of_from(root: MimePart) -> tuple[str, ...]:
    mailboxes = [address.mailbox for address in addresses(root, "from")]
    domains = (mailbox.rpartition("@")[2].rstrip(".").lower() for mailbox in mailboxes)
    return tuple(dict.fromkeys(domain for domain in domains if domain))


def _check(mail: bytes, index: int, lookup: Lookup) -> Checked:
    """One signature. Raises NeededError."""

    def key(name: bytes, timeout: int = 0) -> bytes | None:
        texts = lookup.records(name.decode("ascii", "replace"), "TXT")
        keys = [text for text in texts if "p=" in text]
        return keys[0].encode() if keys else None

    signer = None
    try:
        signer = dkim.DKIM(mail, minkey=MIN_KEY_BITS)
        holds = signer.verify(idx=index, dnsfunc=key)
    except TemporaryError as error:
        return Checked(Result.TEMPERROR, _domain(signer), str(error))
    except NeededError:
        raise
    except dkim.ValidationError:
        holds = False
    except Exception as error:  # noqa: BLE001 - dkimpy raises what its parsers raise
        words = f"a signature cannot be read: {type(error).__name__}"
        return Checked(Result.PERMERROR, _domain(signer), words)
    domain = _domain(signer)
    if not holds or signer is None:
        return Checked(Result.FAIL, domain, f"the signature of {domain} does not fit the mail")
    part = ", for the beginning of its body only" if b"l" in signer.signature_fields else ""
    return Checked(Result.PASS, domain, f"{domain} signed it{part}")


def _domain(signer: dkim.DKIM | None) -> str:
    domain = (signer.domain if signer is not None else None) or b""
    return domain.decode("ascii", "replace").rstrip(".").lower()
