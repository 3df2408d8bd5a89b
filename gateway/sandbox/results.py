"""What the inspector's callers get: values, whatever happened to the guest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.engines.unpack.model import Damaged, Encrypted, OverLimit, Problem, Unsupported
from gateway.extraction.contract import ExtractStatus
from gateway.mime import Defect, DefectNote, MimeMessage, MimePart
from gateway.model import Content, Finding, Origin, Removal, TypeGuess
from gateway.sandbox.contents import FileContent

ENCRYPTED_TYPES = frozenset({"smime-encrypted", "pgp-encrypted", "office-encrypted"})
"""Types that are only ever encrypted (an S/MIME mail that is merely signed opens in `unpack`)."""


@dataclass(frozen=True, slots=True)
class GuestFailed:
    """The guest crashed, its parser broke, or its answer made no sense. One sentence."""

    error: str


@dataclass(frozen=True, slots=True)
class GuestTimedOut:
    """The guest was killed from outside after `budget_ms` milliseconds."""

    budget_ms: int


@dataclass(frozen=True, slots=True)
class ParsedPart:
    """A part of a mail that becomes a subject: a leaf, or a nested mail.

    `id` and `parent` are subject ids (`0.2.1`; the mail is `0`). `path` leads to the MIME part:
    one path in `ParsedMail.tree`, and one more for each nested mail that stands encoded, in
    `MimePart.decoded`. `taken_apart`: its parts follow, it needs no unpacking. `also`: types it can
    be read as besides its own. `doubtful`: a second opinion is worth asking.
    """

    id: str
    parent: str
    path: tuple[str, ...]
    part: MimePart
    name: str
    claimed_type: str
    content: FileContent
    guess: TypeGuess
    encrypted: bool = False
    taken_apart: bool = False
    also: tuple[str, ...] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class MailDefect:
    """One thing wrong with the mail's structure: the MIME part's path, code and one sentence."""

    path: str
    code: str
    kind: str
    sentence: str
    detail: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail taken apart: head fields decoded, the scanner's tree for `gateway.mime.rebuild`, and
    its parts in reading order. Offsets of the tree are into `message`."""

    message: FileContent
    tree: MimeMessage
    parts: tuple[ParsedPart, ...]
    sender: str
    to: tuple[str, ...]
    subject: str
    message_id: str

    def defects(self) -> Iterator[MailDefect]:
        """Everything the scanner noted, nested mails included."""
        return _defects(self.tree, "")


@dataclass(frozen=True, slots=True)
class UnpackedChild:
    """A file found inside a container. `parent` is the index of the child it lies in, -1 for the
    container itself. `content` is None where it could not be read; `size` is then a claim."""

    name: str
    raw_name: bytes
    origin: Origin
    parent: int
    size: int
    content: FileContent | None
    guess: TypeGuess
    claimed_type: str = ""
    encrypted: bool = False
    taken_apart: bool = False


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a container held; children found before a problem stay."""

    children: tuple[UnpackedChild, ...]
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Extracted:
    """An extraction whose content, when there is one, lies in a file of its own."""

    status: ExtractStatus
    type: str
    content: Content | None
    removed: tuple[Removal, ...]
    error: str


@dataclass(frozen=True, slots=True)
class NewContent:
    """What a member of a container becomes: members with the content `old` get `new`.

    `raw_name` is the member's name as the archive has it; the name loses the ending `drop` and
    gets the ending `add`; `mime` is the new type, empty where it stays.
    """

    old: Content
    new: Content
    raw_name: bytes = b""
    drop: str = ""
    add: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Repacked:
    """A container anew. `type` is another than before where the old format cannot be written;
    `noted` says so, and what the new one cannot hold."""

    content: FileContent
    type: str
    noted: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A file without the password that protected it. `from_mail`: the word stood in the mail."""

    content: FileContent
    guess: TypeGuess
    password: str = field(repr=False)
    from_mail: bool


@dataclass(frozen=True, slots=True)
class StillLocked:
    """A file whose password nobody knows. One sentence without its subject."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotLocked:
    """Nothing in the file needs a password."""


def _defects(tree: MimeMessage, outer: str) -> Iterator[MailDefect]:
    yield from (_line(outer or "1", note) for note in tree.defects)
    for part in tree.walk():
        path = f"{outer}>{part.path}" if outer else part.path
        yield from (_line(path, note) for note in part.defects)
        if part.decoded is not None:
            yield from _defects(part.decoded, path)


def _line(path: str, note: DefectNote) -> MailDefect:
    defect: Defect = note.defect
    return MailDefect(path, defect.value, defect.kind.value, defect.sentence, note.detail)


__all__ = [
    "ENCRYPTED_TYPES",
    "Damaged",
    "Encrypted",
    "Extracted",
    "GuestFailed",
    "GuestTimedOut",
    "MailDefect",
    "NewContent",
    "NotLocked",
    "OverLimit",
    "ParsedMail",
    "ParsedPart",
    "Repacked",
    "StillLocked",
    "Unlocked",
    "Unpacked",
    "UnpackedChild",
    "Unsupported",
]
