"""Compound files made of streams: for a storage that lay within another file ([MS-CFB]).

Writes nothing but what readers need: sectors in order, no free ones, black directory entries.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.compound import MAGIC

_CUTOFF: Final = 4096
"""Streams below this lie in the mini stream, in sectors of 64 bytes."""
_MINI: Final = 64
_IN_HEADER: Final = 109
"""Sectors of the allocation table that the header can name; larger files get larger sectors."""
_SMALL, _LARGE = 9, 12
"""Sectors of 512 and of 4096 bytes, as powers of two."""
_END, _FREE, _TABLE, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK: Final = 1


@dataclass(slots=True)
class _Node:
    name: str
    content: bytes | None = None
    children: dict[str, _Node] = field(default_factory=dict)
    id: int = 0
    left: int = _NONE
    right: int = _NONE
    top: int = _NONE
    start: int = _END
    size: int = 0


def made(streams: Mapping[tuple[str, ...], bytes], class_id: bytes = bytes(16)) -> bytes:
    """The compound file with `streams` by their paths; its root has the class `class_id`.

    Raises ExtractError when it would be larger than any such file, or a name is too long.
    """
    root = _Node("Root Entry")
    for path, content in streams.items():
        node = root
        for name in path:
            node = node.children.setdefault(name, _Node(name))
        node.content = content
    total = sum(map(len, streams.values())) + 64 * 1024
    shift = _SMALL if total < _IN_HEADER * 2 ** (2 * _SMALL - 2) // 2 else _LARGE
    if total > _IN_HEADER * 2 ** (2 * _LARGE - 2) // 2:
        raise ExtractError("the object is larger than any honest one")
    return _Writer(root, class_id, shift).written()


class _Writer:
    def __init__(self, root: _Node, class_id: bytes, shift: int) -> None:
        self._class_id = class_id
        self._size = 1 << shift
        self._shift = shift
        self._nodes: list[_Node] = []
        self._chains: list[int] = []
        """The allocation table of the sectors in `_body`."""
        self._body: list[bytes] = []
        self._number(root)

    def _number(self, node: _Node) -> None:
        if len(node.name.encode("utf-16-le")) > 62:
            raise ExtractError("a name in the object is too long")
        node.id = len(self._nodes)
        self._nodes.append(node)
        children = sorted(node.children.values(), key=lambda child: _order(child.name))
        for child in children:
            self._number(child)
        node.top = _balanced(children)

    def written(self) -> bytes:
        root = self._nodes[0]
        mini, mini_table = self._mini_streams()
        for node in self._nodes:
            if node.content is not None and len(node.content) >= _CUTOFF:
                node.start, node.size = self._put(node.content), len(node.content)
        root.start, root.size = self._put(mini), len(mini)
        mini_start = self._put(struct.pack(f"<{len(mini_table)}L", *mini_table), b"\xff")
        minis = -(-4 * len(mini_table) // self._size)
        directory = self._put(b"".join(map(self._entry, self._nodes)), _BLANK)
        tables = self._table_sectors()
        first = len(self._chains)
        whole = self._chains + [_TABLE] * tables
        whole += [_FREE] * (tables * self._size // 4 - len(whole))
        names = [first + number for number in range(tables)]
        large = self._shift == _LARGE
        counts = -(-len(self._nodes) * 128 // self._size) if large else 0
        header = MAGIC + bytes(16)
        header += struct.pack("<5H", 0x3E, 4 if large else 3, 0xFFFE, self._shift, 6) + bytes(6)
        header += struct.pack(
            "<9L", counts, tables, directory, 0, _CUTOFF, mini_start, minis, _END, 0
        )
        header += struct.pack(f"<{_IN_HEADER}L", *names, *[_FREE] * (_IN_HEADER - tables))
        table = struct.pack(f"<{len(whole)}L", *whole)
        return header.ljust(self._size, b"\0") + b"".join(self._body) + table

    def _mini_streams(self) -> tuple[bytes, list[int]]:
        """All small streams one behind the other, and the table of their sectors."""
        content: list[bytes] = []
        table: list[int] = []
        for node in self._nodes:
            if node.content and len(node.content) < _CUTOFF:
                node.start, node.size = len(table), len(node.content)
                count = -(-node.size // _MINI)
                table += [*range(node.start + 1, node.start + count), _END]
                content.append(node.content.ljust(count * _MINI, b"\0"))
        return b"".join(content), table

    def _put(self, content: bytes, fill: bytes = b"\0") -> int:
        """Append sectors with `content`; the number of the first, or the mark of no sector."""
        if not content:
            return _END
        start = len(self._chains)
        count = -(-len(content) // self._size)
        self._chains += [*range(start + 1, start + count), _END]
        missing = count * self._size - len(content)
        self._body.append(content + (fill * (missing // len(fill) + 1))[:missing])
        return start

    def _table_sectors(self) -> int:
        """How many sectors the table of all sectors takes, itself included."""
        each = self._size // 4
        count = 1
        while count * each < len(self._chains) + count:
            count += 1
        if count > _IN_HEADER:
            raise ExtractError("the object is larger than any honest one")
        return count

    def _entry(self, node: _Node) -> bytes:
        name = node.name.encode("utf-16-le") + b"\0\0"
        kind = _ROOT if node.id == 0 else _STORAGE if node.content is None else _STREAM
        class_id = self._class_id if node.id == 0 else bytes(16)
        links = struct.pack("<3L", node.left, node.right, node.top)
        head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name), kind, _BLACK) + links
        start = 0 if kind == _STORAGE else node.start
        return head + class_id + bytes(20) + struct.pack("<LQ", start, node.size)


_BLANK: Final = bytes(68) + b"\xff" * 12 + bytes(48)
"""An unused entry of the directory."""


def _balanced(ordered: Sequence[_Node]) -> int:
    if not ordered:
        return _NONE
    middle = len(ordered) // 2
    node = ordered[middle]
    node.left, node.right = _balanced(ordered[:middle]), _balanced(ordered[middle + 1 :])
    return node.id


def _order(name: str) -> tuple[int, bytes]:
    return len(name.encode("utf-16-le")), name.upper().encode("utf-16-be")
