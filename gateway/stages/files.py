"""Extraction of a single file, by the stages that extract the parts of a mail.

A file is taken as the only part of a mail that does not exist; a file that is itself a mail is
the mail. So archives, nested mails and documents are opened, cleaned and put together by the very
code that does it in mail, and what holds for mail holds here: a file of which any part could not
be cleaned has no new content at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.mime import MimeMessage
from gateway.mime.rebuild import RebuildError
from gateway.mime.splice import SpliceError, apply
from gateway.model import (
    Acts,
    BytesContent,
    Content,
    Envelope,
    Failed,
    NotReached,
    Origin,
    Outcome,
    Ran,
    Removal,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
    TimedOut,
    TypeGuess,
)
from gateway.pipeline import Case, Plan, Stage, Trace, execute
from gateway.policy import Policy
from gateway.sandbox import GuestFailed, GuestTimedOut
from gateway.stages import extract, identify, parse, unpack
from gateway.stages.changes import changed_parts, edits_for
from gateway.stages.dispose import gone_with_its_document
from gateway.stages.repacking import RelockError, RepackError, new_contents, noted_containers
from gateway.stages.replaceable import is_replaceable
from gateway.stages.services import StageServices
from gateway.stages.signatures import note_broken

NOBODY = "file"
"""Whom the extracted file is for: extraction asks whether anybody would get it."""

MAIL = "eml"
"""The type that is taken apart as a mail and not as a part of one."""


class FileStatus(StrEnum):
    """How the extraction of a file ended."""

    CLEANED = "cleaned"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    FAILED = "failed"
    ENCRYPTED = "encrypted"

    @property
    def has_content(self) -> bool:
        """Whether there is something that may be handed on."""
        return self not in (FileStatus.FAILED, FileStatus.ENCRYPTED)


@dataclass(frozen=True, slots=True)
class ExtractedFile:
    """The answer for one file. `content` is None exactly when nothing may be handed on; `error`
    then says why in one sentence. `type` is the original's, `new_type` the content's."""

    type: str
    status: FileStatus
    content: Content | None = None
    new_type: str = ""
    removed: tuple[Removal, ...] = ()
    error: str = ""

    def __post_init__(self) -> None:
        if (self.content is not None) != self.status.has_content:
            raise ValueError("content belongs to a file that may be handed on, and only there")


async def _take_file(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Make the file, whose type was told before, the only part."""
    part = case.add_part(
        subject,
        origin=Origin.MIME,
        name=subject.name,
        claimed_type="",
        content=subject.content,
    )
    part.guess = subject.guess
    part.mime_path = (NOBODY,)
    return Ran("the file is the only part")


_FILE: Stage[StageServices] = Stage(
    name="file",
    purpose="Take the file as the only part of a mail.",
    subject=SubjectKind.MESSAGE,
    run=_take_file,
    gives=("parts",),
)
_PART_STAGES = (identify.STAGE, unpack.STAGE, extract.STAGE)
FILE_PLAN: Plan[StageServices] = Plan((_FILE, *_PART_STAGES))
MAIL_PLAN: Plan[StageServices] = Plan((parse.STAGE, *_PART_STAGES))


async def extract_file(
    content: Content, name: str, policy: Policy, services: StageServices
) -> ExtractedFile:
    """`content` without what `policy` takes out. Never raises for what the file is or does."""
    budget_ms = policy.budgets.identify_ms
    guess = await services.inspector.identify(content, name, budget_ms)
    if isinstance(guess, GuestFailed | GuestTimedOut):
        return ExtractedFile("unknown", FileStatus.FAILED, error=_sentence(guess))
    plan = MAIL_PLAN if guess.type == MAIL else FILE_PLAN
    case = _case(content, name, guess, policy, plan)
    await execute(plan, case, services)
    services.inspector.done(content)
    problem = next(_problems(case), None)
    if problem is not None:
        return replace(problem, type=guess.type)
    try:
        return await _put_together(case, guess.type, services)
    except RelockError as error:
        return ExtractedFile(guess.type, FileStatus.ENCRYPTED, error=str(error))
    except (RepackError, RebuildError, SpliceError, OSError) as error:
        return ExtractedFile(guess.type, FileStatus.FAILED, error=str(error))


def _case(
    content: Content, name: str, guess: TypeGuess, policy: Policy, plan: Plan[StageServices]
) -> Case:
    case = Case(
        id=NOBODY,
        message=content,
        envelope=Envelope("", (NOBODY,)),
        policy=policy,
        plan_version=plan.version(),
        judging=plan.judging,
        trace=Trace(plan.names),
        extract_for=frozenset({NOBODY}),
    )
    case.root.name, case.root.guess = name, guess
    return case


async def _put_together(case: Case, type_name: str, services: StageServices) -> ExtractedFile:
    """The file from its cleaned parts. Raises what repacking and splicing raise."""
    changed = changed_parts(case)
    if not changed:
        return ExtractedFile(type_name, FileStatus.UNCHANGED, case.message, type_name)
    contents = await new_contents(case, changed, services)
    note_broken(case, changed)
    removed = tuple(
        replace(removal, where=f"{path}{removal.where}")
        for part in [*changed, *noted_containers(case, contents)]
        for path in [_path_to(case, part)]
        for removal in part.removed
    )
    if isinstance(case.mime, MimeMessage):
        edits = edits_for(case, case.mime, contents)
        mail = BytesContent(apply(case.message.read(), edits))
        return ExtractedFile(type_name, FileStatus.CLEANED, mail, type_name, removed)
    file = case.subjects[case.root.children[0]]
    new_type = file.extracted_type or type_name
    if file.lock is not None and new_type == file.type:
        new_type = type_name  # what stood behind the lock was cleaned, and locked again
    status = FileStatus.REPLACED if _is_note(type_name, new_type) else FileStatus.CLEANED
    return ExtractedFile(type_name, status, contents[file.id], new_type, removed)


def _is_note(type_name: str, new_type: str) -> bool:
    """A text in the place of something else only says that it is gone."""
    return new_type == "text" != type_name


def _path_to(case: Case, part: Subject) -> str:
    """The files around `part`, as the start of a place in it: `outer.zip!letter.docm!`."""
    names: list[str] = []
    while part.id != case.root.id and part.parent:
        if part.mime_path != (NOBODY,):
            names.insert(0, f"{part.label}!")
        part = case.subjects[part.parent]
    return "".join(names)


def _problems(case: Case) -> Iterator[ExtractedFile]:
    """Why there is no answer, the parts in order; nothing when every part has one."""
    for row in case.trace.line(case.root.id):
        if not isinstance(row.outcome, Ran) and row.stage in (parse.STAGE.name, _FILE.name):
            yield _answer(case.root, row.outcome)
    for part in case.parts:
        if gone_with_its_document(case, part):
            continue
        for stage in (unpack.STAGE.name, extract.STAGE.name):
            filled = case.trace.get(part.id, stage)
            if filled is not None and _matters(part, stage, filled.outcome):
                yield _answer(part, filled.outcome)
        if part.extracted is not None and not is_replaceable(case, part):
            yield _cannot_write(case, part)


def _matters(part: Subject, stage: str, outcome: Outcome) -> bool:
    """Whether `outcome` leaves `part` without an answer."""
    carries = part.file_type.acts is Acts.CARRIES
    if stage == unpack.STAGE.name and not carries:
        # What documents embed is extraction's business, which opens them itself.
        return isinstance(outcome, Skipped) and outcome.kind is SkipKind.ENCRYPTED
    match outcome:
        case Ran():
            return False
        case Skipped(kind=SkipKind.NOT_APPLICABLE):
            return not carries and part.file_type.acts is not Acts.NEVER
        case Skipped() | Failed() | TimedOut() | NotReached():
            return True


def _answer(part: Subject, outcome: Outcome) -> ExtractedFile:
    match outcome:
        case Skipped(kind=SkipKind.ENCRYPTED):
            status, reason = FileStatus.ENCRYPTED, outcome.reason
        case Skipped(kind=SkipKind.NOT_APPLICABLE):
            reason = f"nothing here can clean a file of type '{part.type}'"
            status = FileStatus.FAILED
        case Skipped() | TimedOut() | Ran():
            status, reason = FileStatus.FAILED, outcome.reason
        case Failed():
            status, reason = FileStatus.FAILED, outcome.error
        case NotReached():
            status, reason = FileStatus.FAILED, outcome.because
    return ExtractedFile(part.type, status, error=f"{part.label}: {reason}")


def _cannot_write(case: Case, part: Subject) -> ExtractedFile:
    around = case.subjects[part.parent]
    error = f"{part.label} was cleaned, but the {around.file_type.title} around it stays as it is"
    return ExtractedFile(part.type, FileStatus.FAILED, error=error)


def _sentence(result: GuestFailed | GuestTimedOut) -> str:
    if isinstance(result, GuestTimedOut):
        return f"telling its type took longer than {result.budget_ms} ms"
    return f"its type cannot be told: {result.error}"
