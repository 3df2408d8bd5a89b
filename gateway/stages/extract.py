"""extract: take out of documents what can act, keep what people read.

Works on a copy; which recipients get it is `dispose`'s business. A file that was to be extracted
and could not be is never delivered as if it had been.
"""

from __future__ import annotations

from gateway.extraction import (
    DEFAULT_SWITCHES,
    SURVEYED_WHOLLY,
    ExtractStatus,
    ExtractSwitches,
)
from gateway.model import (
    Action,
    Failed,
    Origin,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
    Verdict,
)
from gateway.pipeline import (
    CanBeExtracted,
    Case,
    Enabled,
    InScope,
    InTheMail,
    Readable,
    Stage,
    TypeListed,
    findings_of,
)
from gateway.pipeline.judgement import verdict_of_finding
from gateway.policy import ExtractMethod, Policy
from gateway.sandbox import Extracted, GuestFailed, GuestTimedOut
from gateway.stages import replacing
from gateway.stages.common import broken, policy_of
from gateway.stages.method import Chosen, choose
from gateway.stages.services import StageServices

FLAT = "pdf"
"""What every other document becomes when it is converted."""
NOTHING_THERE = "there was nothing to take out; it stays as it is"


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have a copy made without what acts, unless nobody would get it."""
    policy = policy_of(case)
    if not case.extract_for:
        reason = "no recipient of this mail is in the scope of extraction"
        return Skipped(SkipKind.OUT_OF_SCOPE, reason, policy.where("recipients"))
    if found := _emulation_found(case, subject):
        reason = f"emulation found it malicious, and nobody will get it: {found}"
        return Skipped(SkipKind.OUT_OF_SCOPE, reason, policy.where("extract.wait_for_emulate"))
    if subject.type in policy.extract.replace.types:
        return replacing.run(policy, subject)
    if _is_shown_as_text(subject):
        return Ran("it is declared as plain text: it is shown, not rendered", engine="extraction")
    chosen = choose(policy, case, subject)
    if isinstance(chosen, Skipped):
        return chosen
    converts = chosen.method is ExtractMethod.CONVERT
    if subject.cached is not None and subject.cached.nothing_to_extract and not converts:
        return Skipped(
            SkipKind.CACHED, "from the cache: there was nothing to take out of the same bytes"
        )
    switches = switches_of(policy)
    budget = policy.budgets.extract_ms
    if converts:
        result = await services.inspector.convert(subject.content, subject.type, switches, budget)
        return await _noted(case, subject, services, result, chosen)
    surveyed = subject.type in SURVEYED_WHOLLY and switches == DEFAULT_SWITCHES
    if surveyed and subject.extractable == ():
        return Ran(NOTHING_THERE, engine="extraction")
    result = await services.inspector.extract(subject.content, subject.type, switches, budget)
    return await _noted(case, subject, services, result, chosen)


async def _noted(
    case: Case,
    subject: Subject,
    services: StageServices,
    result: Extracted | GuestFailed | GuestTimedOut,
    chosen: Chosen,
) -> Outcome:
    """Write what extraction made into the part."""
    if isinstance(result, GuestFailed | GuestTimedOut):
        return broken(result, "extracting it")
    match result.status:
        case ExtractStatus.UNCHANGED:
            return Ran(NOTHING_THERE, engine="extraction")
        case ExtractStatus.CLEANED | ExtractStatus.REPLACED:
            subject.extracted = result.content
            subject.extracted_type = result.type
            subject.removed = result.removed
            await _note_taken_out(case, subject, services)
            return Ran(_summary(subject, chosen), engine="extraction")
        case ExtractStatus.ENCRYPTED:
            return Skipped(SkipKind.ENCRYPTED, f"it cannot be opened without a key: {result.error}")
        case ExtractStatus.FAILED:
            return Failed(result.error, engine="extraction")


def _is_shown_as_text(subject: Subject) -> bool:
    """A mail's own plain text that looks like a page: people write about HTML."""
    is_body = subject.origin is Origin.MIME and not subject.name
    return is_body and subject.type == "html" and subject.claimed_type == "text/plain"


def _emulation_found(case: Case, subject: Subject) -> str:
    """What emulation, which comes before in the plan, found malicious in the part, where policy
    wants to wait for that; else empty. A malicious mail that policy delivers all the same is
    extracted in any case: its recipients must not get the original instead."""
    policy = policy_of(case)
    if not policy.extract.wait_for_emulate or Action(policy.verdict.malicious).delivers:
        return ""
    rows = [row for row in case.trace.line(subject.id) if row.stage == "emulate"]
    found = (f for f in findings_of(rows) if verdict_of_finding(f) is Verdict.MALICIOUS)
    return next((finding.evidence for finding in found), "")


async def _note_taken_out(case: Case, subject: Subject, services: StageServices) -> None:
    """Mark the embedded files that the extracted copy no longer holds: by looking, since only
    that is proof. When it cannot be read, nothing is marked."""
    copy = subject.extracted
    if copy is None or not subject.children:
        return
    if subject.type != FLAT and subject.extracted_type == FLAT:
        for held in subject.children:  # pixels hold no files
            case.subjects[held].taken_out = True
        return
    left = await services.inspector.unpack(
        copy, subject.extracted_type, subject.name, budget_ms=policy_of(case).budgets.unpack_ms
    )
    if isinstance(left, GuestFailed | GuestTimedOut) or left.problems:
        return
    remaining = {child.content.sha256 for child in left.children if child.content is not None}
    for child in (case.subjects[child] for child in subject.children):
        child.taken_out = child.content.sha256 not in remaining


def switches_of(policy: Policy) -> ExtractSwitches:
    """Policy's switches as extraction takes them."""
    remove = policy.extract.remove.model_dump()
    extract = policy.extract
    return ExtractSwitches(**remove, click_page=extract.click_page, images=extract.images)


def _summary(subject: Subject, chosen: Chosen) -> str:
    if chosen.method is ExtractMethod.CONVERT:
        pages = subject.removed[0].where
        return f"converted to a flat PDF of {pages} ({chosen.rule}); taken out: {_what(subject)}"
    return f"taken out: {_what(subject)}"


def _what(subject: Subject) -> str:
    kinds = list(dict.fromkeys(removal.what for removal in subject.removed))
    return ", ".join(kinds)


STAGE: Stage[StageServices] = Stage(
    name="extract",
    purpose="Make a copy of each file without what can act, or a note where nothing else is left.",
    subject=SubjectKind.PART,
    run=run,
    gates=(
        InTheMail(),
        Enabled("extract.enabled"),
        CanBeExtracted(),
        InScope(),
        TypeListed(
            "extract.types",
            SkipKind.NOT_APPLICABLE,
            "no extractor handles it",
            also="extract.replace.types",
        ),
        Readable(),
    ),
    needs=("type",),
    gives=("extracted copy",),
    budget="budgets.extract_ms",
    on_failure="recipients in the scope of extraction do not get the mail (extract.failed)",
)
