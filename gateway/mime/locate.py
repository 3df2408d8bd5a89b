"""Finding where a header block ends: at its blank line, or at a delimiter that cuts it off."""

from typing import Final, NamedTuple

from gateway.mime.delimiters import DelimiterScanner
from gateway.mime.header import Grammar
from gateway.mime.limits import MAX_HEADER_BYTES
from gateway.mime.tree import Bytes

_FIRST_WINDOW: Final = 8 * 1024
"""Bytes searched first for the end of a header; grows eightfold, so a header is found in linear
time."""


class HeaderRange(NamedTuple):
    """End of a header block, whether a blank line ends it (and is in it), whether the limit
    does."""

    end: int
    has_blank_line: bool
    limited: bool = False


def locate_header(
    data: Bytes, start: int, grammar: Grammar, delimiters: DelimiterScanner
) -> HeaderRange:
    """Search in growing windows, for the blank line and for a delimiter that comes before it: the
    work is in proportion to the header, however many bytes without a blank line follow."""
    size = len(data)
    match = grammar.first_blank.match(data, start)  # type: ignore[call-overload]  # bytes or mmap
    if match is not None:
        return HeaderRange(match.end(), has_blank_line=True)
    window = _FIRST_WINDOW
    while True:
        limit = min(start + window, size)
        match = grammar.blank.search(data, start, limit)  # type: ignore[call-overload]
        cut = delimiters.first_in(start, match.end() if match else limit)
        if cut is not None:
            return HeaderRange(cut, has_blank_line=False)
        if match is not None:
            return HeaderRange(match.end(), has_blank_line=True)
        if limit == size:
            return HeaderRange(size, has_blank_line=False)
        if window >= MAX_HEADER_BYTES:
            return HeaderRange(limit, has_blank_line=False, limited=True)
        window = min(window * 8, MAX_HEADER_BYTES)
