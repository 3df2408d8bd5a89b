"""New contents of parts, from the inside out: extracted files, then the containers around them.

These are written by a confined guest, as everything that parses hostile bytes is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.extraction.replaced import NOTE_TYPE
from gateway.model import Content, Subject
from gateway.pipeline import Case
from gateway.sandbox import GuestFailed, GuestTimedOut, NewContent, Repacked, UnpackLimits
from gateway.stages.common import policy_of
from gateway.stages.naming import endings, new_name, new_type
from gateway.stages.replaceable import stands_in_mail
from gateway.stages.services import StageServices


class RepackError(Exception):
    """An archive around an extracted document could not be written anew. One sentence."""


class RelockError(RepackError):
    """What was extracted behind a lock cannot be locked again. One sentence."""


async def new_contents(
    case: Case, changed: Sequence[Subject], services: StageServices
) -> dict[str, Content]:
    """What becomes of each subject that changes, by id: `changed` and the archives around them.

    Raises RepackError.
    """
    contents = {part.id: part.extracted for part in changed if part.extracted is not None}
    for part in changed:
        if part.lock is not None and part.id in contents:
            contents[part.id] = await _locked(case, part, contents[part.id], services)
    for archive in _containers_around(case, changed):
        members = [
            _new_member(child, contents[child.id])
            for child in (case.subjects[child] for child in archive.children)
            if child.id in contents
        ]
        made = await _repacked(case, archive, members, services)
        _note(archive, made)
        contents[archive.id] = made.content
        if archive.lock is not None:
            contents[archive.id] = await _locked(case, archive, made.content, services)
    return contents


def noted_containers(case: Case, contents: Mapping[str, Content]) -> list[Subject]:
    """The containers among `contents` of which there is more to say than that a part changed:
    written in another format, or without what the new one cannot hold."""
    parts = (case.subjects[subject] for subject in contents)
    return [part for part in parts if part.extracted is None and part.removed]


async def _locked(case: Case, part: Subject, content: Content, services: StageServices) -> Content:
    """The new content behind the password that opened the old one; a note needs none.

    Raises RepackError.
    """
    kind = part.extracted_type or part.type
    if part.lock is None or kind == NOTE_TYPE:
        return content
    made = await services.inspector.lock(
        part.lock.content,
        part.content,
        content,
        kind,
        part.lock.password,
        policy_of(case).budgets.unlock_ms,
    )
    if isinstance(made, GuestTimedOut):
        raise RelockError(f"locking {part.label} again took longer than {made.budget_ms} ms")
    if isinstance(made, GuestFailed):
        raise RelockError(f"{part.label} cannot be locked with its password again: {made.error}")
    return made


def _new_member(member: Subject, content: Content) -> NewContent:
    drop, add = endings(member.name, new_name(member))
    mime = new_type(member) or ""
    return NewContent(member.as_sent, content, member.raw_name, drop, add, mime)


def _note(archive: Subject, made: Repacked) -> None:
    """Write down what the archive became, and what it lost on the way."""
    if made.type != archive.type:
        archive.extracted_type = made.type
    archive.removed = made.noted


def _containers_around(case: Case, changed: Sequence[Subject]) -> list[Subject]:
    """Every container that holds a changed part, the innermost first."""
    found: dict[str, Subject] = {}
    for part in changed:
        while not stands_in_mail(part):
            part = case.subjects[part.parent]
            found[part.id] = part
    return sorted(found.values(), key=lambda archive: -archive.depth)


async def _repacked(
    case: Case, archive: Subject, members: Sequence[NewContent], services: StageServices
) -> Repacked:
    policy = policy_of(case)
    limits = UnpackLimits(
        members=policy.limits.members,
        total_bytes=policy.limits.unpacked_bytes,
        ratio=policy.limits.ratio,
    )
    made = await services.inspector.repack(
        archive.content, archive.type, members, limits, policy.budgets.extract_ms
    )
    if isinstance(made, GuestTimedOut):
        raise RepackError(f"writing {archive.label} anew took longer than {made.budget_ms} ms")
    if isinstance(made, GuestFailed):
        raise RepackError(f"{archive.label} cannot be written anew: {made.error}")
    return made
