"""Which parts `rebuild` can put an extracted copy in the place of.

A part that stands in the mail's own MIME structure is replaced by splicing; a member of an archive,
or a part of a mail that is a file, by writing that container anew. Nothing else is rebuilt:
extraction inside another kind of container counts as failed, so that the original is never
delivered in its place.
"""

from __future__ import annotations

from gateway.extraction.containers import REBUILT
from gateway.model import Origin, Subject
from gateway.pipeline import Case


def is_replaceable(case: Case, subject: Subject) -> bool:
    """Whether the place of `subject` can take another content."""
    while not stands_in_mail(subject):
        if subject.id == case.root.id:
            return False
        subject = case.subjects[subject.parent]
        if subject.type not in REBUILT:
            return False
    return True


def stands_in_mail(subject: Subject) -> bool:
    """Whether `subject` has a place in the MIME structure of the mail that is inspected."""
    return subject.origin is Origin.MIME and bool(subject.mime_path)
