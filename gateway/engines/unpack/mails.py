"""Mails found inside archives and documents: their parts become children."""

from __future__ import annotations

from typing import Final

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Limit, OverLimit
from gateway.mime import Defect, decode, scan
from gateway.mime.limits import MAX_DEPTH, MAX_PARTS
from gateway.mime.places import places
from gateway.model import Origin, TypeGuess

EML: Final = TypeGuess("eml", "message/rfc822")

_LIMITS: Final = {
    Defect.LIMIT_DEPTH: OverLimit(Limit.DEPTH, MAX_DEPTH + 1, MAX_DEPTH),
    Defect.LIMIT_PARTS: OverLimit(Limit.MEMBERS, MAX_PARTS + 1, MAX_PARTS),
}


def unpack_mail(data: bytes, into: Collector) -> None:
    """The parts of a mail, with those of mails nested in it. Raises LimitReachedError."""
    tree = scan(data)
    sources: list[bytes] = []  # for each place, the content that places within it refer to
    for place in places(tree):
        source = data if place.within < 0 else sources[place.within]
        content = decode(place.part, source)
        sources.append(content if place.part.decoded is not None else b"")
        into.add(
            (place.part.filename or "").encode("utf-8", "surrogatepass"),
            content,
            origin=Origin.MIME,
            parent=place.parent,
            claimed=place.part.claimed_type,
            guess=EML if place.is_mail else None,
            taken_apart=place.is_mail,
        )
    for note in tree.all_defects():
        if (over := _LIMITS.get(note.defect)) is not None:
            into.problem(over)
