"""forward: each body to the next hop, or into quarantine; what it answered is the receipt.

Quarantine comes first: what is kept is on disk before anybody is told 250. When the next hop then
refuses everything, what was kept is dropped again, since the sender still has the mail. So it is
with the original of a mail of which somebody gets an extracted copy. When it
takes one body and refuses another, or takes a body for one recipient and refuses it for another,
what was refused is kept: 250 must not lose a mail. If it cannot
be kept, nobody is told 250: a body that arrives twice is the lesser evil.
"""

from __future__ import annotations

import contextlib

from gateway.model import (
    Action,
    Content,
    Failed,
    Outcome,
    Ran,
    Receipt,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Body, Case, Stage
from gateway.stages import originals
from gateway.stages.services import StageServices
from gateway.store import Kept, StoreError

NOBODY_WAITS = "the sender is gone or was told to try again: nothing was delivered or kept"
"""The mail will come again; keeping this copy as well would make two of one."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Carry the dispositions out."""
    if not services.next_hop.delivers:
        return Skipped(SkipKind.NOT_APPLICABLE, "nothing is delivered: the mail is only explained")
    kept = [d for d in case.dispositions if d.action is Action.QUARANTINE]
    if (kept or case.bodies) and not services.next_hop.awaited:
        return Failed(NOBODY_WAITS)
    if kept:
        recipients = tuple(d.recipient for d in kept)
        _keep(case, services, case.id, recipients, kept[0].reason, case.message)
        case.kept = True
    if not case.bodies:
        words = "kept in quarantine" if kept else "nothing is handed on"
        return Ran(words) if kept else Skipped(SkipKind.NOT_APPLICABLE, words)
    try:
        has_original = originals.keep(case, services)
    except StoreError:
        _drop(case, services)  # nobody is told 250, so the sender keeps the mail
        raise
    receipts = await services.next_hop.forward(case.bodies, hold_reply=bool(kept))
    if has_original and not any(map(_taken, receipts or ())):
        with contextlib.suppress(StoreError):
            services.originals.drop(case.id)
    if receipts is None:
        _drop(case, services)
        return Failed(NOBODY_WAITS)
    words = "; ".join(f"next hop: {receipt.text}" for receipt in receipts)
    try:
        _settle(case, services, receipts)
    except StoreError as error:
        return Failed(f"{words}; a body that was refused could not be kept: {error}")
    case.receipts = receipts
    accepted = any(_taken(receipt) for receipt in receipts)
    return Ran(words) if accepted else Failed(words)


def _settle(case: Case, services: StageServices, receipts: tuple[Receipt, ...]) -> None:
    taken = [_taken(receipt) for receipt in receipts]
    if not any(taken):
        _drop(case, services)
        return
    for number, receipt in enumerate(receipts):
        if not _taken(receipt):
            reason = f"the next hop refused this body: {receipt.text}"
            content = _body_for(case, receipt).content
            _keep(case, services, f"{case.id}-{number}", receipt.recipients, reason, content)


def _body_for(case: Case, receipt: Receipt) -> Body:
    """The body that `receipt` is about: each recipient gets exactly one."""
    return next(body for body in case.bodies if set(receipt.recipients) <= set(body.recipients))


def _keep(
    case: Case,
    services: StageServices,
    name: str,
    recipients: tuple[str, ...],
    reason: str,
    body: Content,
) -> None:
    kept = Kept(
        id=name,
        at=services.now(),
        sender=case.envelope.sender,
        recipients=list(recipients),
        reason=reason,
        sha256=body.sha256,
        size=body.size,
        client=case.envelope.client,
        server=case.envelope.server,
        port=case.envelope.server_port,
    )
    services.quarantine.keep(kept, body)


def _drop(case: Case, services: StageServices) -> None:
    """Forget what was kept: the sender still has the mail. What cannot be removed is one copy too
    many, which whoever looks through the quarantine will see."""
    if case.kept:
        with contextlib.suppress(StoreError):
            services.quarantine.drop(case.id)
            case.kept = False


def _taken(receipt: Receipt) -> bool:
    return 200 <= receipt.code < 300


STAGE: Stage[StageServices] = Stage(
    name="forward",
    purpose="Hand each body to the next hop or keep it in quarantine; note the receipts.",
    subject=SubjectKind.MESSAGE,
    run=run,
    needs=("bodies", "dispositions"),
    gives=("receipts",),
    on_failure="the sender is told so and tries again",
    always=True,
)
