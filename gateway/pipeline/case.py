"""The case: everything known of one mail while its plan runs.

Stages read it and write into their subject; only the executor fills the trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.model import (
    MESSAGE_ID,
    Content,
    Disposition,
    Envelope,
    MessageHead,
    Origin,
    Receipt,
    Subject,
    SubjectKind,
    Verdict,
)
from gateway.pipeline.gates import PolicyView
from gateway.pipeline.trace import Trace

MAX_SUBJECTS = 5000
"""Subjects of one mail. A trace has stages x subjects rows; past this a mail is over_limit."""


class TooManySubjectsError(Exception):
    """A mail unfolds into more than MAX_SUBJECTS parts."""


@dataclass(slots=True)
class Body:
    """One body that is delivered or kept: content, and the recipients it is for."""

    content: Content
    recipients: tuple[str, ...]
    extracted: bool = False


@dataclass(slots=True)
class Case:
    """One mail under inspection.

    `id` names the trace; `judging` the stages whose silence leaves the verdict open.
    `ended` maps a subject to what ended its plan early. `emulated_seconds` is how long its files
    have run in guests, together. `verdict`,
    `dispositions`, `bodies` and `receipts` are written by the message stages that give them.
    """

    id: str
    message: Content
    envelope: Envelope
    policy: PolicyView
    plan_version: str
    judging: frozenset[str]
    trace: Trace
    subjects: dict[str, Subject] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    head: MessageHead | None = None
    mime: object = None
    verdict: Verdict | None = None
    extract_for: frozenset[str] = frozenset()
    inspect_for: frozenset[str] = frozenset()
    dispositions: tuple[Disposition, ...] = ()
    bodies: tuple[Body, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    kept: bool = False
    emulated_seconds: float = 0.0
    started_at: float = 0.0

    def __post_init__(self) -> None:
        self._add(
            Subject(
                id=MESSAGE_ID,
                parent="",
                kind=SubjectKind.MESSAGE,
                origin=Origin.MESSAGE,
                name="",
                claimed_type="message/rfc822",
                content=self.message,
                depth=0,
                handover=self.envelope.handover,
                type="message",
            )
        )

    @property
    def root(self) -> Subject:
        """The message as a subject."""
        return self.subjects[MESSAGE_ID]

    @property
    def parts(self) -> list[Subject]:
        """Every part, in the order it appeared."""
        return [subject for subject in self.subjects.values() if subject.kind is SubjectKind.PART]

    def add_part(
        self,
        parent: Subject,
        *,
        origin: Origin,
        name: str,
        claimed_type: str,
        content: Content,
    ) -> Subject:
        """Add a child of `parent`: its trace rows appear empty. Raises TooManySubjectsError."""
        if len(self.subjects) >= MAX_SUBJECTS:
            raise TooManySubjectsError(f"more than {MAX_SUBJECTS} parts")
        part = Subject(
            id=f"{parent.id}.{len(parent.children) + 1}",
            parent=parent.id,
            kind=SubjectKind.PART,
            origin=origin,
            name=name,
            claimed_type=claimed_type,
            content=content,
            depth=parent.depth + 1,
            chain=parent.chain + (origin is Origin.DROPPED),
            handover=parent.handover,
        )
        parent.children.append(part.id)
        self._add(part)
        return part

    def handed_on(self, subject: Subject) -> list[Subject]:
        """Everything that `subject` handed on when it ran, and what lies in that, in order."""
        found: list[Subject] = []
        fresh = [self.subjects[child] for child in subject.children]
        fresh = [child for child in fresh if child.origin is Origin.DROPPED]
        while fresh:
            found += fresh
            fresh = [self.subjects[child] for part in fresh for child in part.children]
        return found

    def end(self, subject: Subject, because: str) -> None:
        """End the plan for `subject`: its remaining stages are `not_reached`."""
        self.ended.setdefault(subject.id, because)

    def _add(self, subject: Subject) -> None:
        self.subjects[subject.id] = subject
        self.trace.add_subject(subject.id)
