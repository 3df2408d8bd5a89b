"""Which parts `rebuild` can put an extracted copy in the place of.

A part that stands in the mail's own MIME structure is replaced by splicing, a member of a zip
archive by writing the archive anew. Nothing else is rebuilt: extraction inside another kind of
archive counts as failed, so that the original is never delivered in its place.
"""

from __future__ import annotations

from gateway.model import Origin, Subject
from gateway.pipeline import Case

REPACKED = "zip"
"""The type of archive whose members can be replaced. Others that are zip files inside (jar, apk)
are signed programs: a changed one would not start."""


def is_replaceable(case: Case, subject: Subject) -> bool:
    """Whether the place of `subject` can take another content."""
    while subject.origin is Origin.MEMBER:
        subject = case.subjects[subject.parent]
        if subject.type != REPACKED:
            return False
    # Parts of mails that were found inside archives have no place in the mail's own tree.
    return subject.origin is Origin.MIME and bool(subject.mime_path)
