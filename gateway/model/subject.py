"""Subjects of the plan: the message and every part found in it, with what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.model.content import Content
from gateway.model.filetype import FileType, file_type
from gateway.model.mail import Handover
from gateway.model.verdict import Verdict

MESSAGE_ID = "0"
"""Subject id of the message itself; parts are `0.1`, `0.2`, `0.2.1`, …"""


class SubjectKind(StrEnum):
    """What a stage applies to."""

    MESSAGE = "message"
    PART = "part"


class Origin(StrEnum):
    """Where in its parent a part was found."""

    MESSAGE = "message"
    MIME = "mime"
    MEMBER = "member"
    EMBEDDED = "embedded"
    DROPPED = "dropped"
    """It is nowhere in the mail: its parent made it, fetched it or handed it on when it ran."""


@dataclass(frozen=True, slots=True)
class TypeGuess:
    """A type told by content. `second` is the second opinion's type name, empty when not asked."""

    type: str
    mime: str = ""
    second: str = ""
    second_score: int = 0


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that extraction took out: what, where in the file, why it is dangerous."""

    what: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class CachedVerdict:
    """A verdict reached before on the same bytes under the same plan and policy."""

    verdict: Verdict
    reason: str
    decided_at: float
    nothing_to_extract: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """What a file was before a password opened it: its content and type, and the password, which
    is never shown."""

    content: Content
    type: str
    password: str = field(repr=False)


@dataclass(slots=True)
class Subject:
    """A node of the tree. What stages learn is written into the typed fields below.

    `chain` counts the files that had to run, one because of the other, for this one to appear: 0
    for what is in the mail. `also` are the types it can be read as besides `type`. `active` names
    content that acts by itself when the file is opened (macros, scripts, launch actions), as the
    static stage found it; None while that stage has not run. `taken_out` means that the extracted
    copy of the document around it holds it no more. `extracted_type` and `extracted_name` are what
    the copy goes by, each empty where it stays. `handover` is the mail's.
    """

    id: str
    parent: str
    kind: SubjectKind
    origin: Origin
    name: str
    claimed_type: str
    content: Content
    depth: int
    chain: int = 0
    handover: Handover = Handover.RECEIVED
    guess: TypeGuess | None = None
    type: str = "unknown"
    also: tuple[str, ...] = ()
    encrypted: bool = False
    transport: bool = False
    active: tuple[str, ...] | None = None
    extractable: tuple[str, ...] | None = None
    scope: str = "inspect"
    listed: str = ""
    cached: CachedVerdict | None = None
    extracted: Content | None = None
    extracted_type: str = ""
    extracted_name: str = ""
    removed: tuple[Removal, ...] = ()
    taken_out: bool = False
    hosts: tuple[str, ...] = ()
    mime_path: tuple[str, ...] = ()
    raw_name: bytes = b""
    lock: Lock | None = None
    limit_note: str = ""
    verdict: Verdict | None = None
    children: list[str] = field(default_factory=list)

    @property
    def file_type(self) -> FileType:
        """The table's entry for `type`."""
        return file_type(self.type)

    @property
    def as_sent(self) -> Content:
        """The content as it came: with its lock, where a password opened it."""
        return self.lock.content if self.lock is not None else self.content

    @property
    def label(self) -> str:
        """The name to show people: the file's name, or its place in the tree."""
        return self.name or (f"part {self.id}" if self.kind is SubjectKind.PART else "the mail")
