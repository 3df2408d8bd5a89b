"""Finding the delimiter lines of all open multiparts in one pass over the bytes.

A line is a delimiter of the innermost open multipart whose boundary it names exactly (transport
padding aside). The cursor only moves forward, so every byte is looked at once however deep the
nesting is.
"""

from typing import Final, NamedTuple

from gateway.mime.header import Grammar
from gateway.mime.limits import MAX_DELIMITER_LINE
from gateway.mime.tree import Bytes

_PADDING: Final = b" \t\r"
_GUESS_LINES: Final = 8
"""Lines of two dashes only (signatures) that are passed over before a guess is given up."""


class Delimiter(NamedTuple):
    """One delimiter line: the multipart it belongs to (0 is the outermost), whether it closes it,
    where the content before it ends (the line end before it belongs to it), where its own line
    begins."""

    level: int
    closing: bool
    content_end: int
    line_start: int


class DelimiterScanner:
    """The cursor and the stack of open boundaries over one mail's bytes."""

    def __init__(self, data: Bytes, grammar: Grammar) -> None:
        self._data = data
        self._size = len(data)
        self._newline = grammar.newline
        self._dashes = grammar.dashes
        self._levels: list[tuple[bytes, ...]] = []
        self._open: dict[bytes, int] = {}
        self._prefixes: tuple[bytes, ...] = ()
        self.position = 0
        """Where the next search starts: the start of a line."""
        self.exhausted = False
        """Set when a limit is reached: no further delimiter is found."""
        self.tail_at = -1
        """Where the first line since the last reset begins with an open boundary but goes on, or
        -1."""

    @property
    def open_boundaries(self) -> dict[bytes, int]:
        """Open boundaries and the level of the multipart each belongs to now."""
        return self._open

    def push(self, boundaries: tuple[bytes, ...]) -> int:
        """Open a multipart; returns its level."""
        self._levels.append(boundaries)
        self._refresh()
        return len(self._levels) - 1

    def pop(self) -> None:
        """Close the innermost multipart."""
        self._levels.pop()
        self._refresh()

    def _refresh(self) -> None:
        self._open = {b: level for level, names in enumerate(self._levels) for b in names}
        self._prefixes = tuple(b"--" + boundary for boundary in self._open)

    def next(self) -> Delimiter | None:
        """The next delimiter line at or after the cursor; moves the cursor behind it."""
        if not self._open or self.exhausted:
            return None
        data, size, dashes = self._data, self._size, self._dashes
        found = data.find(dashes, max(self.position - 1, 0), size)
        while found != -1:
            line_end = data.find(self._newline, found + 1, found + MAX_DELIMITER_LINE)
            delimiter = self._match(found, line_end)
            if delimiter is not None:
                self.position = (
                    line_end + 1 if line_end != -1 else min(found + MAX_DELIMITER_LINE, size)
                )
                return delimiter
            found = data.find(dashes, line_end if line_end != -1 else found + 3, size)
        self.position = size
        return None

    def first_in(self, start: int, end: int) -> int | None:
        """Start of the first delimiter line in [start, end) without moving the cursor; for headers
        that a delimiter cuts off."""
        if not self._open or self.exhausted:
            return None
        data = self._data
        found = data.find(self._dashes, max(start - 1, 0), end)
        while found != -1:
            line_end = data.find(self._newline, found + 1, found + MAX_DELIMITER_LINE)
            if self._match(found, line_end, note=False) is not None:
                return found + 1
            found = data.find(self._dashes, found + 3, end)
        return None

    def _match(self, found: int, line_end: int, *, note: bool = True) -> Delimiter | None:
        """The delimiter whose line follows the newline at `found`, or None."""
        data = self._data
        stop = line_end if line_end != -1 else found + MAX_DELIMITER_LINE
        line = data[found + 1 : stop].rstrip(_PADDING)
        name = line[2:]
        level = self._open.get(name)
        closing = False
        if level is None and name.endswith(b"--"):
            level = self._open.get(name[:-2])
            closing = True
        if level is None:
            if note and self.tail_at < 0 and line.startswith(self._prefixes):
                self.tail_at = found + 1
            return None
        content_end = found
        if self._newline == b"\n" and found > 0 and data[found - 1 : found] == b"\r":
            content_end -= 1
        return Delimiter(level, closing, content_end, found + 1)

    def guess(self, start: int) -> bytes | None:
        """The boundary of the first line from `start` on that looks like a delimiter, for a
        multipart that names none; nothing that is already open."""
        found = start - 1
        for _ in range(_GUESS_LINES):
            found = self._data.find(self._dashes, max(found, 0), self._size)
            if found == -1:
                return None
            line_end = self._data.find(self._newline, found + 1, found + MAX_DELIMITER_LINE)
            if line_end == -1:
                return None
            name = self._data[found + 3 : line_end].rstrip(_PADDING)
            if name in self._open or name[:-2] in self._open:
                return None
            if name:
                return name
            found = line_end
        return None
