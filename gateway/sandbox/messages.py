"""The operations of guests: their names, parameters and answers, as both sides see them.

Contents travel as `Stored` regions of the call's input or output file, never inside answers.
Plain types without parsers: the worker imports this.
"""

from __future__ import annotations

import msgspec

from gateway.engines.identify_model import Identified
from gateway.engines.static.report import StaticReport
from gateway.engines.unpack.model import UnpackLimits
from gateway.extraction.contract import ExtractStatus
from gateway.extraction.switches import ExtractSwitches
from gateway.mime import MimeMessage
from gateway.model import Removal

PLAINLY = "plainly "
"""Before an operation's name: without foreign parsers, and nil when one would be needed."""


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """Where a content lies: in the output file, or else within the call's input."""

    in_output: bool
    offset: int
    size: int


class ParseRequest(msgspec.Struct, frozen=True, array_like=True):
    """`parse`: take a mail apart, tell the type of each part and glance at the plain ones."""

    glances: bool = True


class ParsedPlace(msgspec.Struct, frozen=True, array_like=True):
    """One part of a mail, in the order of `gateway.mime.places`."""

    stored: Stored
    identified: Identified
    report: StaticReport | None = None


class ParseAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The tree of the mail and, in the same order, its parts."""

    tree: MimeMessage
    places: tuple[ParsedPlace, ...]


class UnpackRequest(msgspec.Struct, frozen=True, array_like=True):
    """`unpack`: the answer is a `gateway.engines.unpack.model.Contents`."""

    type_name: str
    name: str
    limits: UnpackLimits
    glances: bool = True


class ExamineRequest(msgspec.Struct, frozen=True, array_like=True):
    """`examine`: the answer is a `gateway.engines.static.StaticReport`."""

    type_name: str
    name: str


class ExtractRequest(msgspec.Struct, frozen=True, array_like=True):
    """`extract`."""

    type_name: str
    switches: ExtractSwitches


class ExtractAnswer(msgspec.Struct, frozen=True, array_like=True):
    """An `Extraction` whose content lies in the output file."""

    status: ExtractStatus
    type: str
    stored: Stored | None
    removed: tuple[Removal, ...]
    error: str


class FlattenRequest(msgspec.Struct, frozen=True, array_like=True):
    """`flatten`: a PDF or a picture as a flat PDF; the answer is an `ExtractAnswer`."""

    type_name: str


class DrawRequest(msgspec.Struct, frozen=True, array_like=True):
    """`draw`: an office document as PDF."""

    type_name: str


class FirstPageRequest(msgspec.Struct, frozen=True, array_like=True):
    """`first_page`: the first page of a PDF as PNG; the answer is a `DrawAnswer`."""


class DrawAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The PDF, or the picture, in the output file, or why there is none."""

    stored: Stored | None
    error: str


class NewMember(msgspec.Struct, frozen=True, array_like=True):
    """Members of this digest and size get the next `new_size` bytes of the input; see
    `gateway.extraction.archives.changes.Change` for the rest."""

    sha256: str
    size: int
    new_size: int
    raw_name: bytes = b""
    drop: str = ""
    add: str = ""
    mime: str = ""


class RepackRequest(msgspec.Struct, frozen=True, array_like=True):
    """`repack`: the input is a container of `archive_size` bytes, behind it `list_size` bytes with
    an encoded tuple of NewMember (too many for a request), and behind that their contents."""

    type_name: str
    archive_size: int
    list_size: int
    members: int
    member_bytes: int
    total_bytes: int


class RepackAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The new container in the output file with its type and what it cannot hold, or why there is
    none."""

    stored: Stored | None
    type: str
    noted: tuple[Removal, ...]
    error: str


class UnlockRequest(msgspec.Struct, frozen=True, array_like=True):
    """`unlock`: the input is a file of `file_size` bytes, and behind it encoded `Hints`. At most
    `most` words are tried, for at most `seconds`."""

    type_name: str
    name: str
    file_size: int
    most: int
    seconds: float


class UnlockAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The opened file in the output file with its type and the word; without it, `error` says why
    it stays locked, and no error that nothing in it is locked."""

    stored: Stored | None = None
    identified: Identified | None = None
    word: str = ""
    from_mail: bool = False
    error: str = ""


class LockRequest(msgspec.Struct, frozen=True, array_like=True):
    """`lock`: the input is the locked file, what stood behind the lock, and what that became."""

    new_type: str
    password: str
    locked_size: int
    opened_size: int


class LockAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The locked file in the output file, or why there is none."""

    stored: Stored | None
    error: str


class IdentifyRequest(msgspec.Struct, frozen=True, array_like=True):
    """`identify`: the answer is an `Identified`; for `opinion` a `SecondOpinion`."""

    name: str = ""
    claimed: str = ""
