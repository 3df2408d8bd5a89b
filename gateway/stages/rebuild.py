"""rebuild: the bodies that are delivered, spliced from the mail's own bytes.

What needs no change goes on byte for byte. A changed mail gets its extracted files in the places
of the originals and header fields that say so; every other byte stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.mime import MimeMessage
from gateway.mime.rebuild import RebuildError, add_header
from gateway.mime.splice import SpliceError, apply, in_order
from gateway.mime.subjecttag import tag_subject
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
    Verdict,
)
from gateway.pipeline import Body, Case, Stage
from gateway.policy import HeaderWhen, settle
from gateway.stages.changes import changed_parts, edits_for
from gateway.stages.common import policy_of
from gateway.stages.repacking import RepackError
from gateway.stages.services import StageServices

TRACE_FIELD = "X-Sluice-Trace"
VERDICT_FIELD = "X-Sluice-Verdict"
REMOVED_FIELD = "X-Sluice-Removed"

MAX_FIELD = 900
"""Characters of one field's value: with its name it stays below a line of 998 (RFC 5322 2.1.1)."""


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
            content = await _body(case, services, extracted=extracted)
        except (RebuildError, SpliceError, RepackError, OSError) as error:
            errors.append(f"the {_which(extracted)} mail cannot be put together: {error}")
            _withhold(case, action, errors[-1])
        else:
            bodies.append(Body(content, recipients, extracted))
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


async def _body(case: Case, services: StageServices, *, extracted: bool) -> Content:
    """One body. Raises RebuildError, SpliceError, RepackError and OSError."""
    changed = changed_parts(case) if extracted else []
    fields = list(_fields(case, changed))
    tag = policy_of(case).mail.subject_tag if _is_notable(case, changed) else ""
    if not changed and not fields and not tag:
        return case.message
    mime = case.mime
    if not isinstance(mime, MimeMessage):
        return case.message  # unscanned, and policy delivers it: there is no tree to splice
    data = case.message.read()
    edits = await edits_for(case, mime, changed, services)
    edits += [add_header(data, mime, name, value) for name, value in fields]
    if tag:
        edits += tag_subject(data, mime, tag)
    return BytesContent(apply(data, in_order(edits)))


def _fields(case: Case, changed: list[Subject]) -> Iterator[tuple[str, str]]:
    """The header fields that say what was done, as policy wants them."""
    when = policy_of(case).mail.header
    notable = _is_notable(case, changed)
    if when is HeaderWhen.NEVER or (when is HeaderWhen.NOTABLE and not notable):
        return
    for part in changed:
        what = ", ".join(dict.fromkeys(removal.what for removal in part.removed))
        yield REMOVED_FIELD, _one_line(f"{part.label}: {what}")[:MAX_FIELD]
    yield VERDICT_FIELD, str(case.verdict)
    yield TRACE_FIELD, case.id


def _is_notable(case: Case, changed: list[Subject]) -> bool:
    """Whether there is something to say about the mail: it was changed, or it is not clean."""
    return bool(changed) or case.verdict is not Verdict.CLEAN


def _one_line(untrusted_text: str) -> str:
    """A name as the mail gives it, made safe for a header field."""
    return "".join(character if character.isprintable() else "?" for character in untrusted_text)


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
