"""Mails: leaves and nested mails of a scanned tree, decoded and collected.

The same walk serves the mail itself and mails found inside archives and documents. Multiparts are
no children: their parts are. A nested mail is a child, its parts are that child's children.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged, Limit, OverLimit
from gateway.mime import Bytes, Defect, MimeMessage, MimePart, PartKind, decode, scan
from gateway.model import Origin, TypeGuess

_EML: Final = TypeGuess("eml", "message/rfc822")
_ENCRYPTED_TYPES: Final = frozenset(
    {"smime-encrypted", "pgp-encrypted"}
)
_LIMITS: Final = {Defect.LIMIT_DEPTH: Limit.DEPTH, Defect.LIMIT_PARTS: Limit.MEMBERS}


class Leaf(NamedTuple):
    """A part that is a subject: where it stands, its decoded content, the index of its parent."""

    place: tuple[str, ...]
    part: MimePart
    content: bytes
    parent: int
    is_mail: bool


def unpack_mail(data: bytes, into: Collector) -> None:
    """A mail found inside something: its parts become children. Raises LimitReachedError."""
    tree = scan(data)
    for leaf in leaves(tree, data):
        collect(leaf, into)
    for note in tree.all_defects():
        if (limit := _LIMITS.get(note.defect)) is not None:
            into.problem(OverLimit(limit, 0, 0))
    if len(into) == 0:
        into.problem(Damaged("no part of a mail was found"))


def collect(leaf: Leaf, into: Collector) -> int:
    """Add one part of a mail; returns its index."""
    return into.add(
        (leaf.part.filename or "").encode("utf-8", "surrogatepass"),
        leaf.content,
        origin=Origin.MIME,
        parent=leaf.parent,
        claimed=leaf.part.claimed_type,
        guess=_EML if leaf.is_mail else None,
        taken_apart=leaf.is_mail,
    )


def leaves(tree: MimeMessage, data: Bytes) -> Iterator[Leaf]:
    """The subjects of a mail in reading order; parents come before their children, and are named
    by their number in this order."""
    yield from _Walk().mail(tree.root, data, (), -1)


class _Walk:
    """Numbers parts in the order they are found."""

    def __init__(self) -> None:
        self._next = 0

    def mail(
        self, part: MimePart, data: Bytes, outer: tuple[str, ...], parent: int
    ) -> Iterator[Leaf]:
        """The parts below one header block."""
        if part.kind is PartKind.MULTIPART:
            for child in part.children:
                yield from self.mail(child, data, outer, parent)
            return
        place = (*outer, part.path)
        number = self._next
        self._next += 1
        content = decode(part, data)
        is_mail = part.kind is PartKind.MESSAGE
        yield Leaf(place, part, content, parent, is_mail)
        if part.decoded is not None:
            yield from self.mail(part.decoded.root, content, place, number)
        for child in part.children:
            yield from self.mail(child, data, outer, number)
