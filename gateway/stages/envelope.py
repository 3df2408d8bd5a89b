"""envelope: who the mail is from and for, and what policy wants for each of them.

Settles the scopes before anything is looked at, so that every later "out of scope" has its
reason. One recipient's exception never changes another's mail.
"""

from __future__ import annotations

from gateway.model import Finding, Outcome, Ran, Severity, Subject, SubjectKind
from gateway.pipeline import Case, Stage
from gateway.policy import listed_sender, recipient_scope
from gateway.stages.authentication import authenticate
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices

BLOCKED_SENDER = "lists.blocked_sender"


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Write the recipients' scopes into the case; find a blocked sender."""
    policy = policy_of(case)
    scopes = {address: recipient_scope(policy, address) for address in case.envelope.recipients}
    case.inspect_for = frozenset(address for address, scope in scopes.items() if scope.inspect)
    case.extract_for = frozenset(
        address for address, scope in scopes.items() if scope.inspect and scope.extract
    )
    words = [_count(len(scopes), "recipient")]
    for address, scope in scopes.items():
        if not scope.inspect:
            words.append(f"{address} gets everything as it came ({scope.inspect_rule})")
        elif not scope.extract:
            words.append(f"{address} gets originals, not extracted files ({scope.extract_rule})")
    match = listed_sender(policy, case.envelope.sender)
    findings: list[Finding] = []
    if match is not None:
        listed = f"sender fits '{match.entry}' ({match.rule})"
        words.append(listed)
        if not match.allowed:
            subject.listed = "block"
            findings.append(
                Finding(BLOCKED_SENDER, Severity.CRITICAL, 100, f"the {listed}", "lists")
            )
    checked = await authenticate(case, services)
    if checked.blocked:
        subject.listed = "block"
    return Ran("; ".join([*words, checked.words]), (*findings, *checked.findings))


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


STAGE: Stage[StageServices] = Stage(
    name="envelope",
    purpose="Settle for each recipient what policy wants; look the sender up in the lists, and "
    "check SPF, DKIM and DMARC.",
    subject=SubjectKind.MESSAGE,
    run=run,
    gives=("scopes",),
    on_failure="the mail is not delivered: without scopes nothing can be decided",
    judges=True,
)
