"""Which parts of a case change, and what that changes in the bytes of the mail around them."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.mime import MimeMessage
from gateway.mime.change import Change, edits_of
from gateway.mime.splice import Replacement
from gateway.model import Content, Subject
from gateway.pipeline import Case
from gateway.stages.naming import new_name, new_type
from gateway.stages.repacking import new_contents
from gateway.stages.replaceable import is_replaceable
from gateway.stages.services import StageServices


def changed_parts(case: Case) -> list[Subject]:
    """The parts with an extracted copy that takes their place; others went with the document
    that held them."""
    return [
        part for part in case.parts if part.extracted is not None and is_replaceable(case, part)
    ]


async def edits_for(
    case: Case, mime: MimeMessage, changed: Sequence[Subject], services: StageServices
) -> list[Replacement]:
    """The new contents of `changed` as replacements in the mail's bytes, in order and disjoint.

    Raises RebuildError, SpliceError, RepackError and OSError.
    """
    contents = await new_contents(case, changed, services)
    changes = [
        _change(part, contents[part.id])
        for part in case.parts
        if part.mime_path and part.id in contents
    ]
    return edits_of(case.message.read(), mime, changes)


def _change(part: Subject, content: Content) -> Change:
    """The part's new content, with the type and name it goes by from now on."""
    return Change(part.mime_path, content.read(), new_type(part), new_name(part))
