"""The only place where a guest's answers become values that the gateway relies on.

Takes answers decoded by type, checks every number against the files they point into and every
shape against what the caller knows itself, and computes what can be computed here (head fields,
ids). Raises AnswerError; the caller then closes the guest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.engines.authentication import Checked, SenderAnswer, SignaturesAnswer
from gateway.engines.authentication.model import MAX_SIGNATURES
from gateway.engines.identify_model import Identified, SecondOpinion
from gateway.engines.static.report import StaticReport
from gateway.engines.unpack.model import Child, Contents
from gateway.extraction.contract import ExtractStatus
from gateway.mime import MimeMessage, MimePart, addresses, display, message_id, subject
from gateway.mime.limits import MAX_DEPTH, MAX_PARTS
from gateway.mime.places import Place, places
from gateway.model import MESSAGE_ID, TypeGuess, file_type
from gateway.sandbox.contents import FileContent, Glance, SharedFile
from gateway.sandbox.messages import (
    DrawAnswer,
    ExtractAnswer,
    LockAnswer,
    ParseAnswer,
    ParsedPlace,
    RepackAnswer,
    Stored,
    UnlockAnswer,
)
from gateway.sandbox.results import (
    ENCRYPTED_TYPES,
    Extracted,
    GuestFailed,
    NotLocked,
    ParsedMail,
    ParsedPart,
    Repacked,
    StillLocked,
    Unlocked,
    Unpacked,
    UnpackedChild,
)

MAX_NAME: Final = 1024
"""Characters of a name that are kept; longer ones are cut in the middle of nowhere."""

MAX_HEAD: Final = 2000
"""Characters of one address that people see."""

MAX_TO: Final = 100
"""Addresses of To that are kept for display."""

MAX_PICTURE: Final = 2 * 1024 * 1024
"""Bytes of a page's picture, which has at most 1.25 million pixels of a byte each."""

PNG: Final = b"\x89PNG\r\n\x1a\n"
"""How a picture begins (PNG specification, 5.2)."""

MAX_LIST: Final = 5000
"""Findings, hosts or names of one static report; a page with more links than that exists, but
nobody reads the list."""

_parse = msgspec.msgpack.Decoder(ParseAnswer)
_unpack = msgspec.msgpack.Decoder(Contents)
_examine = msgspec.msgpack.Decoder(StaticReport)
_extract = msgspec.msgpack.Decoder(ExtractAnswer)
_draw = msgspec.msgpack.Decoder(DrawAnswer)
_repack = msgspec.msgpack.Decoder(RepackAnswer)
_unlock = msgspec.msgpack.Decoder(UnlockAnswer)
_lock = msgspec.msgpack.Decoder(LockAnswer)
_identify = msgspec.msgpack.Decoder(Identified)
_signatures = msgspec.msgpack.Decoder(SignaturesAnswer)
_sender = msgspec.msgpack.Decoder(SenderAnswer)
_opinion = msgspec.msgpack.Decoder(SecondOpinion)


class AnswerError(Exception):
    """A guest's answer contradicts itself or what is known: the guest cannot be relied on."""


def parsed_mail(untrusted_body: bytes, message: FileContent, out: SharedFile) -> ParsedMail:
    """A mail taken apart. Raises AnswerError and msgspec.DecodeError."""
    answer = _parse.decode(untrusted_body)
    if answer.tree.size != message.size:
        raise AnswerError("a tree of another mail")
    _check_tree(answer.tree, message.size, MAX_DEPTH + 1)
    found = list(places(answer.tree))
    if len(found) != len(answer.places) or len(found) > MAX_PARTS + 1:
        raise AnswerError("the parts do not match the tree")
    files = _Files(message, out)
    root = answer.tree.root
    return ParsedMail(
        message=message,
        tree=answer.tree,
        parts=_parts(found, answer.places, files),
        sender=display(root.value_of("from") or ""),
        to=tuple(str(address)[:MAX_HEAD] for address in addresses(root, "to")[:MAX_TO]),
        subject=subject(root),
        message_id=message_id(root) or "",
    )


def contents(untrusted_body: bytes, members: int, out: SharedFile) -> tuple[Unpacked, list[int]]:
    """What a container held, and the indices of children worth a second opinion.

    `members` is the most that was asked for. Raises AnswerError and msgspec.DecodeError.
    """
    answer = _unpack.decode(untrusted_body)
    if len(answer.children) > members:
        raise AnswerError("more children than were asked for")
    size = out.size
    children = tuple(_child(index, child, out, size) for index, child in enumerate(answer.children))
    doubtful = [index for index, child in enumerate(answer.children) if child.doubtful]
    return Unpacked(children, answer.problems, answer.findings), doubtful


def static_report(untrusted_body: bytes) -> StaticReport:
    """A static report. Raises AnswerError and msgspec.DecodeError."""
    return _checked_report(_examine.decode(untrusted_body))


def _checked_report(answer: StaticReport) -> StaticReport:
    lists = (answer.findings, answer.active, answer.extractable, answer.hosts, answer.notes)
    if any(len(found) > MAX_LIST for found in lists):
        raise AnswerError("a report of endless length")
    return answer


def signatures(untrusted_body: bytes) -> SignaturesAnswer:
    """DKIM signatures. Raises AnswerError and msgspec.DecodeError."""
    answer = _signatures.decode(untrusted_body)
    if max(len(answer.questions), len(answer.checked)) > MAX_SIGNATURES:
        raise AnswerError("more signatures than are looked at")
    _check_texts(answer.checked)
    return answer


def sender(untrusted_body: bytes) -> SenderAnswer:
    """SPF and DMARC. Raises AnswerError and msgspec.DecodeError."""
    answer = _sender.decode(untrusted_body)
    if bool(answer.questions) == (answer.spf is not None and answer.dmarc is not None):
        raise AnswerError("neither a question nor two results")
    if len(answer.questions) > 1:
        raise AnswerError("more questions than one at a time")
    _check_texts([one for one in (answer.spf, answer.dmarc) if one is not None])
    return answer


def _check_texts(checked: Sequence[Checked]) -> None:
    if any(len(one.domain) + len(one.words) > MAX_HEAD for one in checked):
        raise AnswerError("a result of endless length")


def extracted(untrusted_body: bytes, out: SharedFile) -> Extracted:
    """An extraction. Raises AnswerError and msgspec.DecodeError."""
    answer = _extract.decode(untrusted_body)
    _check_type(answer.type)
    changed = answer.status in (ExtractStatus.CLEANED, ExtractStatus.REPLACED)
    if changed != (answer.stored is not None) or changed != bool(answer.removed):
        raise AnswerError("an extraction that contradicts itself")
    content = None
    if answer.stored is not None:
        _check_region(answer.stored.offset, answer.stored.size, out.size)
        content = FileContent(out, answer.stored.offset, answer.stored.size)
    return Extracted(answer.status, answer.type, content, answer.removed, answer.error)


def drawn(untrusted_body: bytes, out: SharedFile) -> FileContent | GuestFailed:
    """A document as PDF, or why there is none. Raises AnswerError and msgspec.DecodeError."""
    answer = _draw.decode(untrusted_body)
    if (answer.stored is None) != bool(answer.error):
        raise AnswerError("a drawing that contradicts itself")
    if answer.stored is None:
        return GuestFailed(answer.error)
    _check_region(answer.stored.offset, answer.stored.size, out.size)
    return FileContent(out, answer.stored.offset, answer.stored.size)


def first_page(untrusted_body: bytes, out: SharedFile) -> bytes | GuestFailed:
    """A page as PNG, or why there is none. Raises AnswerError and msgspec.DecodeError."""
    found = drawn(untrusted_body, out)
    if isinstance(found, GuestFailed):
        return found
    if not 0 < found.size <= MAX_PICTURE:
        raise AnswerError("a picture beyond its limit")
    picture = found.read()
    if not picture.startswith(PNG):
        raise AnswerError("a page that is no picture")
    return picture


def repacked(untrusted_body: bytes, out: SharedFile) -> Repacked | GuestFailed:
    """An archive anew, or why there is none. Raises AnswerError and msgspec.DecodeError."""
    answer = _repack.decode(untrusted_body)
    _check_type(answer.type)
    if (answer.stored is None) != bool(answer.error) or len(answer.noted) > MAX_LIST:
        raise AnswerError("a new archive that contradicts itself")
    if answer.stored is None:
        return GuestFailed(answer.error)
    _check_region(answer.stored.offset, answer.stored.size, out.size)
    content = FileContent(out, answer.stored.offset, answer.stored.size)
    return Repacked(content, answer.type, answer.noted)


def unlocked(untrusted_body: bytes, out: SharedFile) -> Unlocked | StillLocked | NotLocked:
    """A file without its lock, or why it has none. Raises AnswerError and msgspec.DecodeError."""
    answer = _unlock.decode(untrusted_body)
    if answer.stored is None:
        return StillLocked(answer.error) if answer.error else NotLocked()
    if answer.identified is None or answer.error or not answer.word:
        raise AnswerError("an opened file that contradicts itself")
    guess = answer.identified.guess
    _check_type(guess.type)
    _check_region(answer.stored.offset, answer.stored.size, out.size)
    content = FileContent(out, answer.stored.offset, answer.stored.size)
    return Unlocked(content, guess, answer.word[:MAX_NAME], answer.from_mail)


def locked(untrusted_body: bytes, out: SharedFile) -> FileContent | GuestFailed:
    """A file locked again, or why there is none. Raises AnswerError and msgspec.DecodeError."""
    answer = _lock.decode(untrusted_body)
    if (answer.stored is None) != bool(answer.error):
        raise AnswerError("a locked file that contradicts itself")
    if answer.stored is None:
        return GuestFailed(answer.error)
    _check_region(answer.stored.offset, answer.stored.size, out.size)
    return FileContent(out, answer.stored.offset, answer.stored.size)


def identified(untrusted_body: bytes) -> Identified:
    """A type. Raises AnswerError and msgspec.DecodeError."""
    answer = _identify.decode(untrusted_body)
    _check_type(answer.guess.type)
    return answer


def second_opinion(untrusted_body: bytes) -> SecondOpinion:
    """A second opinion. Raises AnswerError and msgspec.DecodeError."""
    answer = _opinion.decode(untrusted_body)
    _check_type(answer.type)
    if not 0 <= answer.score <= 100:
        raise AnswerError("a certainty beyond 100 per cent")
    return answer


class _Files:
    """The mail and the output, by the regions that point into them."""

    def __init__(self, message: FileContent, out: SharedFile) -> None:
        self._message = message
        self._out = out
        self._out_size = out.size

    def content(self, stored: Stored, glance: Glance | None) -> FileContent:
        if stored.in_output:
            _check_region(stored.offset, stored.size, self._out_size)
            return FileContent(self._out, stored.offset, stored.size, glance)
        _check_region(stored.offset, stored.size, self._message.size)
        start = self._message.offset + stored.offset
        return FileContent(self._message.file, start, stored.size, glance)


def _glance(report: StaticReport | None, guess: TypeGuess, name: str) -> Glance | None:
    return None if report is None else Glance(guess.type, name, _checked_report(report))


def _parts(
    found: Sequence[Place], stored: Sequence[ParsedPlace], files: _Files
) -> tuple[ParsedPart, ...]:
    """Number the places as subjects and give each its content."""
    ids: list[str] = []
    children: dict[str, int] = {}
    parts = []
    for place, read in zip(found, stored, strict=True):
        parent = ids[place.parent] if place.parent >= 0 else MESSAGE_ID
        children[parent] = number = children.get(parent, 0) + 1
        ids.append(f"{parent}.{number}")
        guess = read.identified.guess
        _check_type(guess.type)
        name = (place.part.filename or "")[:MAX_NAME]
        parts.append(
            ParsedPart(
                id=ids[-1],
                parent=parent,
                path=place.path,
                part=place.part,
                name=name,
                claimed_type=place.part.claimed_type,
                content=files.content(read.stored, _glance(read.report, guess, name)),
                guess=guess,
                encrypted=guess.type in ENCRYPTED_TYPES,
                taken_apart=place.is_mail,
                also=read.identified.also,
                doubtful=read.identified.doubtful,
            )
        )
    return tuple(parts)


def _child(index: int, child: Child, out: SharedFile, out_size: int) -> UnpackedChild:
    _check_type(child.guess.type)
    if not -1 <= child.parent < index:
        raise AnswerError("a child before its parent")
    content = None
    if child.offset >= 0:
        _check_region(child.offset, child.size, out_size)
        glance = _glance(child.report, child.guess, child.name[:MAX_NAME])
        content = FileContent(out, child.offset, child.size, glance)
    elif child.size < 0 or child.offset != -1:
        raise AnswerError("a content before the beginning of its file")
    return UnpackedChild(
        name=child.name[:MAX_NAME],
        raw_name=child.raw_name,
        origin=child.origin,
        parent=child.parent,
        size=child.size,
        content=content,
        guess=child.guess,
        claimed_type=child.claimed_type,
        encrypted=child.encrypted or child.guess.type in ENCRYPTED_TYPES,
        taken_apart=child.taken_apart,
    )


def _check_tree(tree: MimeMessage, size: int, depth: int) -> None:
    """Every range of the tree lies within its bytes; those of an encoded mail within as many."""
    if not 0 <= tree.size <= size or depth <= 0:
        raise AnswerError("a tree larger than its mail")
    _check_part(tree.root, tree.size, depth)


def _check_part(part: MimePart, size: int, depth: int) -> None:
    if not (0 <= part.start <= part.header_end <= part.end <= size and depth > 0):
        raise AnswerError("a part outside its mail")
    if not part.start <= part.insert_at <= part.end:
        raise AnswerError("a header outside its part")
    for field in part.fields:
        if not part.start <= field.start <= field.end <= part.header_end:
            raise AnswerError("a field outside its header")
    for span in (part.preamble, part.epilogue):
        if span is not None and not part.start <= span.start <= span.end <= part.end:
            raise AnswerError("a text outside its part")
    for child in part.children:
        if not part.start <= child.start <= child.end <= part.end:
            raise AnswerError("a part outside its parent")
        _check_part(child, size, depth - 1)
    if part.decoded is not None:
        # Decoding makes mails smaller; yEnc and uuencode, too.
        _check_tree(part.decoded, part.end - part.header_end, depth - 1)


def _check_region(offset: int, size: int, file_size: int) -> None:
    if offset < 0 or size < 0 or offset + size > file_size:
        raise AnswerError("a content outside its file")


def _check_type(name: str) -> None:
    if file_type(name).name != name:
        raise AnswerError("a type that does not exist")
