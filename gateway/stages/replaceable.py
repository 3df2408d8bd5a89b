"""Which parts `rebuild` can put an extracted copy in the place of.

A part that lies in the mail's own MIME structure can be replaced by splicing; one inside an
archive cannot, since no archive is rebuilt yet: its extraction then counts as failed, so that the
original is never delivered in its place.
"""

from __future__ import annotations

from gateway.model import Origin, Subject
from gateway.pipeline import Case


def is_replaceable(case: Case, subject: Subject) -> bool:
    """Whether `subject` and all around it are MIME parts."""
    while subject.id != case.root.id:
        if subject.origin is not Origin.MIME:
            return False
        subject = case.subjects[subject.parent]
    return True
