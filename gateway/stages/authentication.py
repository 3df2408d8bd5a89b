"""SPF, DKIM and DMARC for the stage envelope: guests read, the resolver asks, policy says what a
failure means. What is found is noted in any case; it opens no question about a mail's content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from gateway.engines.authentication import Checked, Result, SenderRequest
from gateway.engines.authentication.model import Answers
from gateway.model import Finding, Severity
from gateway.pipeline import Case
from gateway.policy import FailMeans, Policy
from gateway.sandbox import GuestFailed, GuestTimedOut
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices

BLOCKED = "envelope.blocked"
"""The finding by which policy refuses a mail whose check failed."""

MAX_QUESTIONS = 40
"""Asked one after the other for SPF and DMARC of one mail: ten look-ups of SPF, ten exchangers of
an `mx`, and the walk up the tree, with room."""

SUSPICION = 60
"""Confidence of a failure that policy calls suspicious: between LIKELY and SURE."""

NAMES = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}


class _UnknownError(Exception):
    """The checks could not be made; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """What the row says, what was found, and whether policy blocks the mail for it."""

    words: str
    findings: tuple[Finding, ...] = ()
    blocked: bool = False


async def authenticate(case: Case, services: StageServices) -> Authentication:
    """Check who the mail is from, where a resolver is configured."""
    if not services.resolver.asks:
        return Authentication("SPF, DKIM and DMARC disabled: envelope.resolvers names no resolver")
    if case.envelope.authenticated:
        return Authentication("SPF, DKIM and DMARC not due: the client authenticated itself")
    try:
        checks = await _checks(case, services)
    except _UnknownError as error:
        return Authentication(f"SPF, DKIM and DMARC not checked: {error}")
    words = ", ".join(f"{NAMES[name]} {checked.result}" for name, checked in checks.items())
    findings = [finding for name, one in checks.items() for finding in _findings(case, name, one)]
    blocked = any(finding.code == BLOCKED for finding in findings)
    return Authentication(words, tuple(findings), blocked)


async def _checks(case: Case, services: StageServices) -> dict[str, Checked]:
    """Each check by its name. Raises _UnknownError."""
    resolver = services.resolver
    until = services.monotonic() + resolver.seconds
    from_domains, signatures = await _signatures(case, services)
    signed_by = tuple(one.domain for one in signatures if one.result is Result.PASS)
    envelope = case.envelope
    answers: Answers = {}
    for _ in range(MAX_QUESTIONS):
        request = SenderRequest(
            envelope.client, envelope.helo, envelope.sender, from_domains, signed_by, answers
        )
        asked = _told(await services.inspector.sender(request))
        if asked.spf is not None and asked.dmarc is not None:
            return {"spf": asked.spf, "dkim": _best(signatures), "dmarc": asked.dmarc}
        left = until - services.monotonic()
        if left <= 0:
            raise _UnknownError(f"the DNS took longer than {resolver.seconds:.0f} s")
        answers = answers | await resolver.resolve(asked.questions, left)
    raise _UnknownError(f"they need more than {MAX_QUESTIONS} questions to the DNS")


async def _signatures(
    case: Case, services: StageServices
) -> tuple[tuple[str, ...], tuple[Checked, ...]]:
    """From's domains, and each signature's result. Raises _UnknownError."""
    budget_ms = policy_of(case).budgets.parse_ms
    told = _told(await services.inspector.signatures(case.message, {}, budget_ms))
    if told.questions:
        resolver = services.resolver
        keys = await resolver.resolve(told.questions, resolver.seconds)
        told = _told(await services.inspector.signatures(case.message, keys, budget_ms))
    if told.questions:
        raise _UnknownError("a signature asks for another key each time")
    return told.from_domains, told.checked


T = TypeVar("T")


def _told(answer: T | GuestFailed | GuestTimedOut) -> T:
    """What the guest told. Raises _UnknownError."""
    match answer:
        case GuestFailed(error=error):
            raise _UnknownError(error)
        case GuestTimedOut(budget_ms=budget_ms):
            raise _UnknownError(f"they took longer than {budget_ms} ms")
        case _:
            return answer


def _best(signatures: tuple[Checked, ...]) -> Checked:
    """One result for all signatures: a mail is signed when any of them holds (RFC 6376 6.1)."""
    if not signatures:
        return Checked(Result.NONE, "", "the mail is not signed")
    order = (Result.PASS, Result.TEMPERROR, Result.FAIL, Result.PERMERROR)
    return min(signatures, key=lambda one: order.index(one.result))


def _findings(case: Case, name: str, checked: Checked) -> Iterator[Finding]:
    """The result as a finding, and policy's answer where it is a failure."""
    policy = policy_of(case)
    means = _means(policy, name) if checked.result is Result.FAIL else FailMeans.NOTE
    evidence = f"{NAMES[name]} {checked.result}: {checked.words}"
    suspicious = means is FailMeans.SUSPICIOUS
    severity = Severity.MEDIUM if suspicious else Severity.INFO
    confidence = SUSPICION if suspicious else 100
    yield Finding(f"envelope.{name}", severity, confidence, evidence, "authentication")
    if means is FailMeans.BLOCK:
        rule = policy.where(f"envelope.{name}_fail")
        yield Finding(BLOCKED, Severity.INFO, 100, f"{evidence} ({rule})", "authentication")


def _means(policy: Policy, name: str) -> FailMeans:
    envelope = policy.envelope
    answers = {
        "spf": envelope.spf_fail,
        "dkim": envelope.dkim_fail,
        "dmarc": envelope.dmarc_fail,
    }
    return answers[name]
