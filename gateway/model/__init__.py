"""The nouns of the field: frozen types that flow between all other packages.

Standard library only. Changes with DESIGN section 2, with nothing else.
"""

from gateway.model.content import BytesContent, Content, chunks
from gateway.model.disposition import Action, Disposition, Receipt
from gateway.model.filetype import FILE_TYPES, Acts, Family, FileType, file_type
from gateway.model.finding import Finding, Severity
from gateway.model.mail import Envelope, Flow, Handover, MessageHead, Side
from gateway.model.outcome import (
    Failed,
    NotReached,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    TimedOut,
    outcome_name,
)
from gateway.model.subject import (
    MESSAGE_ID,
    CachedVerdict,
    Lock,
    Origin,
    Removal,
    Subject,
    SubjectKind,
    TypeGuess,
)
from gateway.model.verdict import Verdict, combine

__all__ = [
    "FILE_TYPES",
    "MESSAGE_ID",
    "Action",
    "Acts",
    "BytesContent",
    "CachedVerdict",
    "Content",
    "Disposition",
    "Envelope",
    "Failed",
    "Family",
    "FileType",
    "Finding",
    "Flow",
    "Handover",
    "Lock",
    "MessageHead",
    "NotReached",
    "Origin",
    "Outcome",
    "Ran",
    "Receipt",
    "Removal",
    "Severity",
    "Side",
    "SkipKind",
    "Skipped",
    "Subject",
    "SubjectKind",
    "TimedOut",
    "TypeGuess",
    "Verdict",
    "chunks",
    "combine",
    "file_type",
    "outcome_name",
]
