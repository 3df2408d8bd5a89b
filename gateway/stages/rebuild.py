"""rebuild: the bodies that are delivered, spliced from the mail's own bytes.

What needs no change goes on byte for byte. A changed mail gets its extracted files in the places
of the originals, a banner above its text, and header fields that say so; every other byte stays.
Where the banner holds a link to the original, each recipient gets a body with a link of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.mime import MimeMessage
from gateway.mime.rebuild import RebuildError
from gateway.mime.splice import SpliceError, apply, in_order
from gateway.model import (
    Action,
    BytesContent,
    Content,
    Disposition,
    Failed,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Body, Case, Stage
from gateway.policy import settle
from gateway.stages import marking, originals
from gateway.stages.banner import Banner, Told, banner_of, files_of
from gateway.stages.changes import changed_parts, edits_for
from gateway.stages.common import policy_of
from gateway.stages.repacking import RepackError, new_contents, noted_containers
from gateway.stages.services import StageServices
from gateway.stages.signatures import note_broken

MAX_LINKED = 50
"""Recipients of one mail who get links of their own: each costs a transaction with the next hop.
A mail with more gets one banner without a link."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Make each body that some recipient gets, and bind the dispositions to its digest."""
    bodies: list[Body] = []
    errors: list[str] = []
    for action in (Action.DELIVER_EXTRACTED, Action.DELIVER):
        recipients = tuple(d.recipient for d in case.dispositions if d.action is action)
        if not recipients:
            continue
        extracted = action is Action.DELIVER_EXTRACTED
        try:
            bodies += await _bodies(case, services, recipients, extracted=extracted)
        except (RebuildError, SpliceError, RepackError, OSError) as error:
            errors.append(f"the {_which(extracted)} mail cannot be put together: {error}")
            _withhold(case, action, errors[-1])
    case.bodies = tuple(body for body in bodies if _still_delivered(case, body))
    _bind(case)
    if errors:
        return Failed("; ".join(errors))
    if not bodies:
        return Skipped(SkipKind.NOT_APPLICABLE, "nobody gets the mail: there is nothing to build")
    return Ran("; ".join(_words(case, body) for body in bodies))


def _which(extracted: bool) -> str:
    return "extracted" if extracted else "marked"


def _withhold(case: Case, action: Action, reason: str) -> None:
    """Nobody gets a body that could not be made, nor the original in its place: policy's answer
    for an extraction that failed counts, and SMTP's one answer for all is settled again."""
    policy = policy_of(case)
    rule = f"extract.failed, {policy.where('extract.failed')}"
    answer = Action(policy.extract.failed)
    case.dispositions = settle(
        tuple(
            Disposition(d.recipient, answer, reason, rule=rule) if d.action is action else d
            for d in case.dispositions
        )
    )


def _still_delivered(case: Case, body: Body) -> bool:
    """Whether the recipients of `body` get it after all dispositions were settled; settling
    treats all recipients of one action alike."""
    delivered = {d.recipient for d in case.dispositions if d.action.delivers}
    return delivered.issuperset(body.recipients)


def _bind(case: Case) -> None:
    """Bind every disposition to one body: the one delivered, else the original that is kept."""
    by_recipient = {r: body.content.sha256 for body in case.bodies for r in body.recipients}
    case.dispositions = tuple(
        replace(d, body_sha256=by_recipient.get(d.recipient, _kept(case, d.action)))
        for d in case.dispositions
    )


def _kept(case: Case, action: Action) -> str:
    return case.message.sha256 if action is Action.QUARANTINE else ""


def _words(case: Case, body: Body) -> str:
    whom = ", ".join(body.recipients)
    if body.content is case.message:
        return f"unchanged for {whom}"
    return f"{'extracted' if body.extracted else 'marked'} for {whom}"


async def _bodies(
    case: Case, services: StageServices, recipients: tuple[str, ...], *, extracted: bool
) -> list[Body]:
    """The bodies for `recipients`. Raises RebuildError, SpliceError, RepackError and OSError."""
    changed = changed_parts(case) if extracted else []
    contents = await new_contents(case, changed, services)
    note_broken(case, changed)
    changed += noted_containers(case, contents)
    return [
        Body(_content(case, changed, contents, banner), whom, extracted)
        for whom, banner in _banners(case, changed, services, recipients)
    ]


def _banners(
    case: Case, changed: list[Subject], services: StageServices, recipients: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Banner | None]]:
    """Which recipients get which banner; None where the mail says nothing."""
    policy = policy_of(case)
    if not changed or not policy.banner.enabled:
        yield recipients, None
        return
    until = originals.until(case)
    linked = bool(until and policy.originals.link) and len(recipients) <= MAX_LINKED
    for whom in [(recipient,) for recipient in recipients] if linked else [recipients]:
        link = originals.link(case, whom[0], services) if linked else ""
        told = Told(files_of(changed), until, link, case.id)
        yield whom, banner_of(told, policy.banner.languages, policy.banner.texts)


def _content(
    case: Case, changed: list[Subject], contents: Mapping[str, Content], banner: Banner | None
) -> Content:
    """One body. Raises RebuildError, SpliceError and OSError."""
    data = case.message.read()
    edits = marking.forged_fields(data)
    if isinstance(case.mime, MimeMessage):
        edits += marking.marks(case, data, case.mime, changed)
        if changed:
            prefix = policy_of(case).mail.name_prefix
            edits += edits_for(case, case.mime, contents, banner=banner, prefix=prefix)
    # Without a tree (unscanned, and policy delivers it) there is nothing else to splice.
    return BytesContent(apply(data, in_order(edits))) if edits else case.message


STAGE: Stage[StageServices] = Stage(
    name="rebuild",
    purpose="Splice extracted files into the mail; leave every other byte as it was.",
    subject=SubjectKind.MESSAGE,
    run=run,
    needs=("dispositions", "extracted copy"),
    gives=("bodies",),
    on_failure="the original is not delivered in its place; policy's extract.failed decides",
    always=True,
)
