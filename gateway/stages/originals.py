"""Originals: kept before anybody is told 250, of mails of which somebody gets an extracted copy.

Not a stage: `rebuild` needs the links for its banners, `forward` keeps the mail.
"""

from __future__ import annotations

from gateway.pipeline import Case
from gateway.stages.banner import files_of
from gateway.stages.changes import changed_parts
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices
from gateway.store import Original

DAY = 24 * 3600.0


def until(case: Case) -> float:
    """Until when the original is kept, in seconds since the epoch; 0 when it is not."""
    section = policy_of(case).originals
    return case.started_at + section.days * DAY if section.keep else 0.0


def link(case: Case, recipient: str, services: StageServices) -> str:
    """The recipient's own link to the original, by policy's template."""
    token = services.originals.token(case.id, recipient)
    return policy_of(case).originals.link.replace("{token}", token)


def keep(case: Case, services: StageServices) -> bool:
    """Keep the original durably, if somebody gets an extracted copy and policy wants it; whether
    it was kept. Raises StoreError."""
    recipients = [r for body in case.bodies if body.extracted for r in body.recipients]
    if not recipients or not until(case):
        return False
    original = Original(
        id=case.id,
        at=case.started_at,
        until=until(case),
        sender=case.envelope.sender,
        recipients=recipients,
        subject=case.head.subject if case.head is not None else "",
        removed=list(files_of(changed_parts(case))),
        sha256=case.message.sha256,
        size=case.message.size,
        client=case.envelope.client,
        server=case.envelope.server,
        port=case.envelope.server_port,
    )
    services.originals.keep(original, case.message)
    return True
