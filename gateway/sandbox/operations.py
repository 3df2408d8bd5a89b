"""What guests of the parsers' zygote can do. Imported by the zygote only; runs confined.

Everything a parser needs must be imported by `preload`: a guest can open no file.
"""

from __future__ import annotations

import codecs
import locale
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from gateway import extraction
from gateway.engines import identify, static
from gateway.engines.authentication import (
    DnsAnswer,
    SenderAnswer,
    SenderRequest,
    SignaturesAnswer,
    SignaturesRequest,
)
from gateway.engines.authentication.lookup import Lookup
from gateway.engines.authentication.sender import sender_of
from gateway.engines.authentication.signatures import signatures_of
from gateway.engines.identify_model import Identified
from gateway.engines.static import StaticReport
from gateway.engines.unpack import dispatch
from gateway.engines.unpack.mails import EML
from gateway.engines.unpack.model import Contents, UnpackLimits
from gateway.extraction import foreign, locked
from gateway.extraction.archives.changes import Bounds, Change
from gateway.extraction.containers import rebuild
from gateway.extraction.contract import ExtractError
from gateway.extraction.switches import DEFAULT_SWITCHES
from gateway.mime import MimeMessage, decode, scan
from gateway.mime.places import Place, places
from gateway.sandbox import lock_operations, warmup
from gateway.sandbox.glance import Glances
from gateway.sandbox.guest import Operation, Sink, operation
from gateway.sandbox.messages import (
    PLAINLY,
    ExamineRequest,
    ExtractAnswer,
    ExtractRequest,
    IdentifyRequest,
    LockRequest,
    NewMember,
    ParseAnswer,
    ParsedPlace,
    ParseRequest,
    RepackAnswer,
    RepackRequest,
    Stored,
    UnlockRequest,
    UnpackRequest,
)

R = TypeVar("R", bound=msgspec.Struct)

_CHARSETS: Final = (
    *("ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"),
    *(f"iso-8859-{number}" for number in range(1, 17) if number != 12),
    *(f"cp{number}" for number in (437, 850, 852, 855, 857, 858, 860, 861, 862, 863, 865, 866)),
    *(f"cp{number}" for number in (874, 932, 936, 949, 950, *range(1250, 1259))),
    *("gb2312", "gbk", "gb18030", "big5", "hz", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"),
    *("iso-2022-kr", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "tis-620", "johab", "idna"),
)
"""Character sets of mail (RFC 2978's registry, as far as Python has them): codecs are modules, and
a guest cannot import one it meets."""


def preload() -> None:
    """Import, open and warm up whatever a guest may need."""
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")  # libarchive names members by the locale
    for name in _CHARSETS:
        codecs.lookup(name)
    identify.preload()
    extraction.preload()
    static.preload()
    locked.preload()
    _use_once()


def _use_once() -> None:
    """Work on documents of our own, so that nothing is done for the first time in a guest."""
    nowhere = _Nowhere()
    answers = {f"TXT {name}": DnsAnswer((record,)) for name, record in warmup.RECORDS.items()}
    signatures(warmup.signed_mail(), SignaturesRequest(answers), nowhere)
    names = ("example.org",)
    sender(b"", SenderRequest("192.0.2.1", "a", "a@example.org", names, names, answers), nowhere)
    parse(warmup.mail(), ParseRequest(), nowhere)
    for kind, data in warmup.documents():
        tell_type(data, IdentifyRequest(), nowhere)
        unpack(data, UnpackRequest(kind, "", UnpackLimits()), nowhere)
        examine(data, ExamineRequest(kind, ""), nowhere)
        extract(data, ExtractRequest(kind, DEFAULT_SWITCHES), nowhere)


class _Nowhere:
    """Takes contents and forgets them."""

    def write(self, data: bytes) -> int:
        return 0


def parse(data: bytes, request: ParseRequest, out: Sink) -> ParseAnswer:
    """Take a mail apart; parts that stand as they are in the mail are not copied."""
    tree = scan(data)
    return ParseAnswer(tree, tuple(_Parts(data, out, Glances(wanted=request.glances)).read(tree)))


class _Parts:
    """Decodes parts in order and remembers where the contents of encoded mails went."""

    def __init__(self, data: bytes, out: Sink, glances: Glances) -> None:
        self._mail = data
        self._out = out
        self._glances = glances
        self._holders: dict[int, tuple[bytes, Stored]] = {}

    def read(self, tree: MimeMessage) -> list[ParsedPlace]:
        return [self._one(index, place) for index, place in enumerate(places(tree))]

    def _one(self, index: int, place: Place) -> ParsedPlace:
        part = place.part
        data, holder = self._holders.get(place.within, (self._mail, _WHOLE_INPUT))
        content = decode(part, data)
        if part.encoding.is_identity:
            start = holder.offset + part.header_end
            stored = Stored(holder.in_output, start, len(content))
        else:
            stored = Stored(True, self._out.write(content), len(content))
        if part.decoded is not None:
            self._holders[index] = (content, stored)
        if place.is_mail:
            return ParsedPlace(stored, Identified(EML))
        name = part.filename or ""
        identified = identify.identify(content, name, part.claimed_type)
        return ParsedPlace(
            stored, identified, self._glances.at(content, identified.guess.type, name)
        )


_WHOLE_INPUT: Final = Stored(False, 0, 0)


def unpack(data: bytes, request: UnpackRequest, out: Sink) -> Contents:
    """The files inside a container."""
    glances = Glances(wanted=request.glances)
    return dispatch.unpack(
        data, request.type_name, request.name, request.limits, out.write, glances.at
    )


def examine(data: bytes, request: ExamineRequest, out: Sink) -> StaticReport:
    """What a file's structure shows."""
    return static.examine(data, request.type_name, request.name)


def extract(data: bytes, request: ExtractRequest, out: Sink) -> ExtractAnswer:
    """A document without what policy takes out."""
    made = extraction.extract(data, request.type_name, request.switches)
    stored = None
    if made.content is not None:
        stored = Stored(True, out.write(made.content), len(made.content))
    return ExtractAnswer(made.status, made.type, stored, made.removed, made.error)


def repack(data: bytes, request: RepackRequest, out: Sink) -> RepackAnswer:
    """A container with new contents of some members."""
    at = request.archive_size + request.list_size
    changes = []
    for member in _new_members.decode(data[request.archive_size : at]):
        content = data[at : at + member.new_size]
        naming = (member.raw_name, member.drop, member.add, member.mime)
        changes.append(Change(member.sha256, member.size, content, *naming))
        at += member.new_size
    bounds = Bounds(request.members, request.member_bytes, request.total_bytes)
    try:
        made = rebuild(data[: request.archive_size], request.type_name, changes, bounds)
    except ExtractError as error:
        return RepackAnswer(None, request.type_name, (), str(error))
    stored = Stored(True, out.write(made.content), len(made.content))
    return RepackAnswer(stored, made.type, made.noted, "")


_new_members: Final = msgspec.msgpack.Decoder(tuple[NewMember, ...])


def tell_type(data: bytes, request: IdentifyRequest, out: Sink) -> Identified:
    """The type of one content that is no part of a mail."""
    return identify.identify(data, request.name, request.claimed)


def _plainly(run: Callable[[bytes, R, Sink], object]) -> Callable[[bytes, R, Sink], object]:
    """The operation without foreign parsers; nothing is answered when one would be needed."""

    return lambda data, request, out: foreign.attempt(lambda: run(data, request, out))


def signatures(data: bytes, request: SignaturesRequest, out: Sink) -> SignaturesAnswer:
    """Check a mail's DKIM signatures, or say which keys that takes."""
    return signatures_of(data, Lookup(request.answers))


def sender(data: bytes, request: SenderRequest, out: Sink) -> SenderAnswer:
    """Check SPF and DMARC, or say what to ask the DNS first. Needs no content."""
    return sender_of(request)


OPERATIONS: Final[dict[str, Operation]] = {
    "parse": operation(ParseRequest, parse),
    "unpack": operation(UnpackRequest, unpack),
    "examine": operation(ExamineRequest, examine),
    PLAINLY + "unpack": operation(UnpackRequest, _plainly(unpack)),
    PLAINLY + "examine": operation(ExamineRequest, _plainly(examine)),
    "extract": operation(ExtractRequest, extract),
    "repack": operation(RepackRequest, repack),
    "unlock": operation(UnlockRequest, lock_operations.unlock),
    "lock": operation(LockRequest, lock_operations.lock),
    "identify": operation(IdentifyRequest, tell_type),
    "signatures": operation(SignaturesRequest, signatures),
    "sender": operation(SenderRequest, sender),
}
