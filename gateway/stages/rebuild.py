"""rebuild: the bodies that are delivered, spliced from the mail's own bytes.

What needs no change goes on byte for byte. A changed mail gets its extracted files in the places
of the originals and header fields that say so; every other byte stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.mime import MimeMessage, MimePart, decode
from gateway.mime.rebuild import add_header, replace_content, replace_in_nested
from gateway.mime.splice import Replacement, apply, in_order
from gateway.model import (
    Action,
    BytesContent,
    Content,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
    Verdict,
)
from gateway.pipeline import Body, Case, Stage
from gateway.policy import HeaderWhen
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices

TRACE_FIELD = "X-Sluice-Trace"
VERDICT_FIELD = "X-Sluice-Verdict"
REMOVED_FIELD = "X-Sluice-Removed"

MAX_FIELD = 900
"""Characters of one field's value: with its name it stays below a line of 998 (RFC 5322 2.1.1)."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Make each body that some recipient gets, and bind the dispositions to its digest."""
    bodies: list[Body] = []
    for action in (Action.DELIVER_EXTRACTED, Action.DELIVER):
        recipients = tuple(d.recipient for d in case.dispositions if d.action is action)
        if recipients:
            extracted = action is Action.DELIVER_EXTRACTED
            bodies.append(Body(_body(case, extracted=extracted), recipients, extracted))
    case.bodies = tuple(bodies)
    _bind(case)
    if not bodies:
        return Skipped(SkipKind.NOT_APPLICABLE, "nobody gets the mail: there is nothing to build")
    return Ran("; ".join(_words(case, body) for body in bodies))


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


def _body(case: Case, *, extracted: bool) -> Content:
    changed = [p for p in case.parts if p.extracted is not None] if extracted else []
    fields = list(_fields(case, changed))
    if not changed and not fields:
        return case.message
    mime = case.mime
    if not isinstance(mime, MimeMessage):
        return case.message  # unscanned, and policy delivers it: there is no tree to splice
    data = case.message.read()
    edits = [edit for part in changed for edit in _edits(data, mime, part)]
    edits += [add_header(data, mime, name, value) for name, value in fields]
    return BytesContent(apply(data, in_order(edits)))


def _edits(data: bytes, mime: MimeMessage, part: Subject) -> tuple[Replacement, ...]:
    """Edits of the mail's bytes that put the part's extracted copy in its place."""
    content = part.extracted
    if content is None:
        return ()
    return _edits_at(data, mime, part.mime_path, content.read())


def _edits_at(
    data: bytes, mime: MimeMessage, path: tuple[str, ...], content: bytes
) -> tuple[Replacement, ...]:
    """As `_edits`; every further element of `path` leads into an encoded nested mail."""
    node = _node(mime, path[0])
    if len(path) == 1:
        return replace_content(data, node, content)
    if node.decoded is None:
        raise ValueError(f"MIME part {path[0]} is no encoded mail")

    inner = decode(node, data)
    return replace_in_nested(data, node, _edits_at(inner, node.decoded, path[1:], content))


def _node(mime: MimeMessage, path: str) -> MimePart:
    for node in mime.walk():
        if node.path == path:
            return node
    raise ValueError(f"there is no MIME part {path}")


def _fields(case: Case, changed: list[Subject]) -> Iterator[tuple[str, str]]:
    """The header fields that say what was done, as policy wants them."""
    when = policy_of(case).mail.header
    notable = bool(changed) or case.verdict is not Verdict.CLEAN
    if when is HeaderWhen.NEVER or (when is HeaderWhen.NOTABLE and not notable):
        return
    for part in changed:
        what = ", ".join(dict.fromkeys(removal.what for removal in part.removed))
        yield REMOVED_FIELD, f"{part.label}: {what}"[:MAX_FIELD]
    yield VERDICT_FIELD, str(case.verdict)
    yield TRACE_FIELD, case.id


STAGE: Stage[StageServices] = Stage(
    name="rebuild",
    purpose="Splice extracted files into the mail; leave every other byte as it was.",
    subject=SubjectKind.MESSAGE,
    run=run,
    needs=("dispositions", "extracted copy"),
    gives=("bodies",),
    on_failure="the sender is asked to try again; the original is not delivered",
    always=True,
)
