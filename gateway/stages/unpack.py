"""unpack: what archives, nested mails, TNEF and documents carry becomes parts, within limits.

A container that is damaged, encrypted or over a limit says so in its own row; what could be
taken from it is judged all the same.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.engines.unpack.model import (
    Damaged,
    Encrypted,
    OverLimit,
    UnpackLimits,
    Unsupported,
)
from gateway.model import (
    BytesContent,
    Failed,
    Finding,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Carries, Case, Stage, TooManySubjectsError
from gateway.sandbox import GuestFailed, GuestTimedOut, StillLocked, Unpacked
from gateway.stages.common import around, broken, most_parts, policy_of
from gateway.stages.services import StageServices
from gateway.stages.unlocking import ARCHIVES, MAYBE_LOCKED, open_in_place, seems_locked

DOCUMENTS: tuple[str, ...] = (
    *("docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam"),
    *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "odf"),
)
"""Documents that can hold embedded files; a test compares them with what the guest can open. What
older formats embed is judged in place, by static."""

CARRIES = Carries(DOCUMENTS)
"""What holds files once it is open; the stage's gate lets locked files through besides."""

SEALED = "smime-encrypted"
"""S/MIME with its content inside: whether that is encrypted or only signed, unpacking tells."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have the container opened; its members become subjects."""
    if subject.children:
        return Ran(f"taken apart with the mail around it: {_count(len(subject.children))}")
    note = tried = ""
    if seems_locked(subject):
        opened = await open_in_place(case, subject, services)
        if isinstance(opened, StillLocked):
            return _still_locked(subject, opened)
        note = opened if isinstance(opened, str) else ""
    closed = CARRIES.check(subject, policy_of(case))
    if closed is not None:
        return Ran(note, engine="unpack") if note else closed
    if subject.encrypted and subject.type != SEALED:
        return Skipped(SkipKind.ENCRYPTED, f"the {subject.file_type.title} is encrypted")
    unpacked = await _unpacked(case, subject, services)
    if _is_locked_archive(subject, unpacked):
        opened = await open_in_place(case, subject, services)
        if isinstance(opened, str):
            note = opened
            unpacked = await _unpacked(case, subject, services)
        elif isinstance(opened, StillLocked):
            tried = opened.reason
    if isinstance(unpacked, GuestFailed | GuestTimedOut):
        return broken(unpacked, "unpacking it")
    try:
        _add_members(case, subject, unpacked)
    except TooManySubjectsError:
        # Each archive kept to what was left when it was begun; together they have too many.
        reason = (
            f"the mail's archives have more than {most_parts(policy_of(case))} members together"
        )
        return Skipped(SkipKind.OVER_LIMIT, reason, policy_of(case).where("limits.members"))
    if subject.type == SEALED and subject.children:
        subject.encrypted = False  # it was only signed, with the mail inside the signature
    outcome = _outcome(case, subject, unpacked)
    return _with_lock_said(outcome, note, tried)


def _with_lock_said(outcome: Outcome, note: str, tried: str) -> Outcome:
    """The outcome with how its lock was opened (`note`), or what was `tried` in vain."""
    match outcome:
        case Ran() if note:
            return replace(outcome, reason=f"{note}: {outcome.reason}")
        case Skipped(kind=SkipKind.ENCRYPTED) if tried:
            return replace(outcome, reason=f"{outcome.reason}; {tried}")
        case _:
            return outcome


async def _unpacked(
    case: Case, subject: Subject, services: StageServices
) -> Unpacked | GuestFailed | GuestTimedOut:
    """What a guest finds in the container, within what is left of the mail's limits."""
    policy = policy_of(case)
    limits = UnpackLimits(
        depth=sum(1 for _ in around(case, subject)),
        max_depth=policy.limits.depth,
        members=max(0, most_parts(policy) + 1 - len(case.subjects)),
        total_bytes=max(0, policy.limits.unpacked_bytes - _unpacked_so_far(case)),
        ratio=policy.limits.ratio,
    )
    return await services.inspector.unpack(
        subject.content, subject.type, subject.name, limits, policy.budgets.unpack_ms
    )


def _is_locked_archive(subject: Subject, unpacked: Unpacked | GuestFailed | GuestTimedOut) -> bool:
    """Whether members need a password that might be found."""
    if not isinstance(unpacked, Unpacked) or subject.lock is not None:
        return False
    locked = any(isinstance(problem, Encrypted) for problem in unpacked.problems)
    return locked and subject.type in ARCHIVES


def _still_locked(subject: Subject, locked: StillLocked) -> Outcome:
    subject.encrypted = True
    reason = f"the {subject.file_type.title} is encrypted: {locked.reason}"
    return Skipped(SkipKind.ENCRYPTED, reason)


def _add_members(case: Case, subject: Subject, unpacked: Unpacked) -> None:
    """The members as parts. Raises TooManySubjectsError; those before it are parts then."""
    made: list[Subject] = []
    most = most_parts(policy_of(case))
    for untrusted in unpacked.children:
        if len(case.subjects) > most:  # the mail itself is a subject, no part
            raise TooManySubjectsError(f"more than {most} parts")
        parent = subject if untrusted.parent < 0 else made[untrusted.parent]
        part = case.add_part(
            parent,
            origin=untrusted.origin,
            name=untrusted.name,
            claimed_type=untrusted.claimed_type,
            content=untrusted.content or BytesContent(b""),
        )
        part.guess = untrusted.guess
        part.encrypted = untrusted.encrypted
        part.raw_name = untrusted.raw_name
        made.append(part)


def _outcome(case: Case, subject: Subject, unpacked: Unpacked) -> Outcome:
    """The worst problem is the outcome; over a limit it goes before all, since nobody looked."""
    policy = policy_of(case)
    findings: tuple[Finding, ...] = unpacked.findings
    for problem in unpacked.problems:
        if isinstance(problem, OverLimit):
            return Skipped(SkipKind.OVER_LIMIT, problem.sentence, policy.where("limits"), findings)
    for problem in unpacked.problems:
        match problem:
            case Encrypted():
                return Skipped(SkipKind.ENCRYPTED, problem.sentence, findings=findings)
            case Damaged():
                return Failed(problem.sentence, findings, "unpack")
            case Unsupported():
                return Skipped(SkipKind.UNSUPPORTED, problem.sentence, findings=findings)
            case OverLimit():
                raise AssertionError("answered above")
    names = [case.subjects[child].label for child in subject.children[:4]]
    more = ", …" if len(subject.children) > len(names) else ""
    shown = f": {', '.join(names)}{more}" if names else ""
    return Ran(f"{_count(len(subject.children))}{shown}", findings, "unpack")


def _count(members: int) -> str:
    return "1 member" if members == 1 else f"{members} members"


def _unpacked_so_far(case: Case) -> int:
    return sum(part.content.size for part in case.parts if part.parent != case.root.id)


STAGE: Stage[StageServices] = Stage(
    name="unpack",
    purpose="Take out what archives, mails, TNEF and documents carry; each becomes a part. Open "
    "what a password protects with words from the mail.",
    subject=SubjectKind.PART,
    run=run,
    gates=(Carries((*DOCUMENTS, *MAYBE_LOCKED)),),
    needs=("type",),
    gives=("members",),
    budget="budgets.unpack_ms",
    judges=True,
)
