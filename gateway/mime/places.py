"""Which nodes of a scanned mail are subjects, in which order, inside which others. Pure.

Multiparts are no subjects: their parts are. A nested mail is one, and its parts are its children.
Guest and caller both walk the same tree with this, so that a guest need not be believed about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway.mime.tree import MimeMessage, MimePart, PartKind


class Place(NamedTuple):
    """One subject of a mail.

    `path` are the paths of MIME parts on the way: one, and one more for each nested mail that
    stands encoded. `parent` is the index of the subject it belongs to, -1 for the mail itself.
    `within` is the index of the subject whose content holds this part's bytes, -1 for the mail's.
    """

    path: tuple[str, ...]
    part: MimePart
    parent: int
    within: int
    is_mail: bool


def places(tree: MimeMessage) -> Iterator[Place]:
    """The subjects in reading order; their position in this order is their index."""
    return _Numbering().walk(tree.root, (), -1, -1)


class _Numbering:
    def __init__(self) -> None:
        self._next = 0

    def walk(
        self, part: MimePart, outer: tuple[str, ...], parent: int, within: int
    ) -> Iterator[Place]:
        if part.kind is PartKind.MULTIPART:
            for child in part.children:
                yield from self.walk(child, outer, parent, within)
            return
        path = (*outer, part.path)
        number = self._next
        self._next += 1
        yield Place(path, part, parent, within, part.kind is PartKind.MESSAGE)
        if part.decoded is not None:
            yield from self.walk(part.decoded.root, path, number, number)
        for child in part.children:
            yield from self.walk(child, outer, number, within)
