"""What is done with a mail for one recipient. Pure: facts and policy in, a disposition out.

Every rule of `_RULES` is asked, the strictest answer counts, and its reason and place in policy
become the disposition's. What must never happen:
- what nobody scanned is delivered without policy saying so;
- the original is delivered where extraction was due and failed;
- one recipient's exception changes another's mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gateway.model.disposition import Action, Disposition
from gateway.model.verdict import Verdict
from gateway.policy.facts import Extraction, MailFacts, PartFacts
from gateway.policy.mail_policy import Policy
from gateway.policy.matching import RecipientScope, recipient_scope
from gateway.policy.words import UnscannedKind

CLOSED_BY_EXTRACTION = frozenset(
    {UnscannedKind.UNSUPPORTED, UnscannedKind.DISABLED, UnscannedKind.BACKGROUND}
)
"""Open questions about what a part would do when run: moot once all that could run was taken out.

The others stay: an engine that was down, broke or ran out of time might have seen something
that is no active content, a known virus for example.
"""

_STRICTNESS = (
    Action.DELIVER,
    Action.DELIVER_EXTRACTED,
    Action.QUARANTINE,
    Action.TEMPFAIL,
    Action.REJECT,
)
"""Rising. Tempfail outranks quarantine: a retry may answer the question, quarantine ends it."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One mail seen for one recipient."""

    facts: MailFacts
    scope: RecipientScope
    policy: Policy

    def harmless(self, part: PartFacts) -> bool:
        """Whether this recipient does not get the original of `part`."""
        return self.scope.extract and part.extraction.harmless


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one rule wants done about one fact; `key` is the setting that says so."""

    action: Action
    reason: str
    key: str


def decide(facts: MailFacts, recipient: str, policy: Policy) -> Disposition:
    """What is done with the mail of `facts` for `recipient` under `policy`.

    The disposition's `body_sha256` is empty: the body is bound to it when it has been rebuilt.
    """
    scope = recipient_scope(policy, recipient)
    if not scope.inspect:
        reason = f"policy delivers everything to {recipient} as it came"
        rule = f"recipients.inspect, {scope.inspect_rule}"
        return Disposition(recipient, Action.DELIVER, reason, rule=rule)
    answer = _judge(_Case(facts, scope, policy))
    rule = f"{answer.key}, {policy.where(answer.key)}" if answer.key else ""
    return Disposition(recipient, answer.action, answer.reason, rule=rule)


def settle(dispositions: tuple[Disposition, ...]) -> tuple[Disposition, ...]:
    """The same dispositions made to fit the one answer that SMTP gives for all recipients.

    The reply to DATA is for everybody (RFC 5321 section 4.1.1.4), so in mode `through`
    - one tempfail makes it a tempfail for all: the retry brings the mail to each just once;
    - a reject beside a recipient whose mail is accepted becomes quarantine: the answer is 250,
      and 250 must not lose a mail.
    """
    actions = {disposition.action for disposition in dispositions}
    if Action.TEMPFAIL in actions:
        return tuple(map(_retried_with_the_others, dispositions))
    if Action.REJECT in actions and len(actions) > 1:
        return tuple(map(_kept_beside_accepted, dispositions))
    return dispositions


def _retried_with_the_others(disposition: Disposition) -> Disposition:
    if disposition.action is Action.TEMPFAIL:
        return disposition
    return Disposition(
        disposition.recipient,
        Action.TEMPFAIL,
        "another recipient of the same mail needs a retry, and SMTP has one answer for all; "
        f"alone it would be {disposition.action}: {disposition.reason}",
        rule=disposition.rule,
    )


def _kept_beside_accepted(disposition: Disposition) -> Disposition:
    if disposition.action is not Action.REJECT:
        return disposition
    return Disposition(
        disposition.recipient,
        Action.QUARANTINE,
        "kept and not refused, because the same mail is accepted for another recipient and SMTP "
        f"has one answer for all: {disposition.reason}",
        rule=disposition.rule,
    )


def _judge(case: _Case) -> _Answer:
    malicious = _strictest(_malicious(case))
    if malicious and not malicious.action.delivers:
        return malicious  # final: no answer to an open question could make it better or worse
    strictest = _strictest(answer for rule in _RULES for answer in rule(case))
    if strictest and not strictest.action.delivers:
        return strictest
    return _delivered(case, strictest)


def _strictest(answers: Iterable[_Answer]) -> _Answer | None:
    """The strictest; of equally strict ones the first."""
    return max(answers, key=lambda answer: _STRICTNESS.index(answer.action), default=None)


def _delivered(case: _Case, allowed: _Answer | None) -> _Answer:
    """Delivery, of the extracted mail where there is one for this recipient.

    `allowed` is the answer of a rule that had something to ask and was told to deliver.
    """
    harmless = [part for part in case.facts.parts if case.harmless(part)]
    if not harmless:
        return allowed or _Answer(Action.DELIVER, "nothing was found", "")
    # What goes with the document around it, or came out of it when it ran, is not named beside it.
    cleaned = [part.label for part in harmless if part.extraction is Extraction.DONE]
    reason = f"what could act was taken out: {', '.join(cleaned)}"
    if allowed:
        reason = f"{reason}; {allowed.reason}"
    return _Answer(Action.DELIVER_EXTRACTED, reason, allowed.key if allowed else "extract.enabled")


def _malicious(case: _Case) -> Iterator[_Answer]:
    action = Action(case.policy.verdict.malicious)
    for part in case.facts.parts:
        if part.verdict is Verdict.MALICIOUS:
            yield _Answer(action, f"{part.label} is malicious: {part.reason}", "verdict.malicious")


def _blocked(case: _Case) -> Iterator[_Answer]:
    action = Action(case.policy.scope.blocked)
    for part in case.facts.parts:
        if part.block:
            reason = f"{part.label} is blocked: {part.block.reason} ({part.block.rule})"
            yield _Answer(action, reason, "scope.blocked")


def _extraction_failed(case: _Case) -> Iterator[_Answer]:
    action = Action(case.policy.extract.failed)
    for part in case.facts.parts:
        if case.scope.extract and part.extraction is Extraction.FAILED:
            reason = f"{part.label} could not be extracted, and the original is not delivered"
            yield _Answer(action, reason, "extract.failed")


def _suspicious(case: _Case) -> Iterator[_Answer]:
    answers = case.policy.verdict
    for part in case.facts.parts:
        if part.verdict is not Verdict.SUSPICIOUS:
            continue
        reason = f"{part.label} is suspicious: {part.reason}"
        if case.harmless(part):
            action, key = Action(answers.suspicious_extracted), "verdict.suspicious_extracted"
        else:
            action, key = Action(answers.suspicious), "verdict.suspicious"
        yield _Answer(action, reason, key)


def _unscanned(case: _Case) -> Iterator[_Answer]:
    for part in case.facts.parts:
        for question in part.open:
            if question.kind in CLOSED_BY_EXTRACTION and case.harmless(part):
                continue
            action = Action(case.policy.unscanned.answer(question.kind))
            reason = f"{part.label} is unscanned: {question.stage}: {question.reason}"
            yield _Answer(action, reason, f"unscanned.{question.kind}")


_RULES: tuple[Callable[[_Case], Iterator[_Answer]], ...] = (
    _malicious,
    _blocked,
    _extraction_failed,
    _suspicious,
    _unscanned,
)
"""In the order in which their reasons are preferred where answers are equally strict."""
