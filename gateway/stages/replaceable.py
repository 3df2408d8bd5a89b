"""Which parts `rebuild` can put an extracted copy in the place of.

A part that stands in the mail's own MIME structure is replaced by splicing, a member of an archive
by writing the archive anew. Nothing else is rebuilt: extraction inside another kind of container
counts as failed, so that the original is never delivered in its place.
"""

from __future__ import annotations

from gateway.extraction.archives.changes import WRITABLE
from gateway.model import Origin, Subject
from gateway.pipeline import Case


def is_replaceable(case: Case, subject: Subject) -> bool:
    """Whether the place of `subject` can take another content."""
    while subject.origin is Origin.MEMBER:
        subject = case.subjects[subject.parent]
        if subject.type not in WRITABLE:
            return False
    # Parts of mails that were found inside archives have no place in the mail's own tree.
    return subject.origin is Origin.MIME and bool(subject.mime_path)
