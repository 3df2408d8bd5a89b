"""New contents of parts, from the inside out: extracted files, then the containers around them.

These are written by a confined guest, as everything that parses hostile bytes is.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import Content, Subject
from gateway.pipeline import Case
from gateway.sandbox import GuestFailed, GuestTimedOut, NewContent, Repacked, UnpackLimits
from gateway.stages.common import policy_of
from gateway.stages.naming import endings, new_name, new_type
from gateway.stages.replaceable import stands_in_mail
from gateway.stages.services import StageServices


class RepackError(Exception):
    """An archive around an extracted document could not be written anew. One sentence."""


async def new_contents(
    case: Case, changed: Sequence[Subject], services: StageServices
) -> dict[str, Content]:
    """What becomes of each subject that changes, by id: `changed` and the archives around them.

    Raises RepackError.
    """
    contents = {part.id: part.extracted for part in changed if part.extracted is not None}
    for archive in _containers_around(case, changed):
        members = [
            _new_member(child, contents[child.id])
            for child in (case.subjects[child] for child in archive.children)
            if child.id in contents
        ]
        made = await _repacked(case, archive, members, services)
        contents[archive.id] = made.content
        _note(archive, made)
    return contents


def _new_member(member: Subject, content: Content) -> NewContent:
    drop, add = endings(member.name, new_name(member))
    mime = new_type(member) or ""
    return NewContent(member.content, content, member.raw_name, drop, add, mime)


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
