"""The scanner: bytes of a mail in, tree of parts with byte offsets out.

Never raises on any input, never copies bodies, never follows a limit silently: limits end in a
defect. Where two mail readers would see different parts, the scanner takes the reading that shows
more (all boundaries of duplicate fields, parts after a closing delimiter) and notes the ambiguity.
"""

import mmap
import re
from typing import Final

from gateway.mime.bytescan import byte_facts
from gateway.mime.checks import check_boundaries, check_mail, note_once
from gateway.mime.content import Content, interpret
from gateway.mime.decode import decode_content
from gateway.mime.defects import Defect, DefectNote
from gateway.mime.delimiters import Delimiter, DelimiterScanner
from gateway.mime.embedded import find_embedded
from gateway.mime.header import CR_GRAMMAR, LF_GRAMMAR, HeaderBlock, parse_block
from gateway.mime.limits import MAX_BOUNDARY_GUESSES, MAX_DEPTH, MAX_PARTS
from gateway.mime.locate import locate_header
from gateway.mime.nodes import build_node
from gateway.mime.tree import (
    Bytes,
    LineEnd,
    MimeMessage,
    MimePart,
    PartKind,
    Span,
    TransferEncoding,
)

_MESSAGE_TYPES: Final = frozenset(
    {
        "message/external-body",
        "message/global",
        "message/news",
        "message/rfc2822",
        "message/rfc822",
    }
)
"""Types whose content begins with a header block."""

_FIELD_LINE: Final = re.compile(rb"[!-9;-~]{1,77}[ \t]*+:")
"""Base64 has no colon: a nested mail that begins like this is not encoded, whatever it claims."""

_DIGEST: Final = "multipart/digest"
_MAIL: Final = "message/rfc822"
_TEXT: Final = "text/plain"


def scan(data: bytes | memoryview | mmap.mmap) -> MimeMessage:
    """Scan one mail. A memoryview is copied; for big mails map the file and pass the mmap."""
    source: Bytes = bytes(data) if isinstance(data, memoryview) else data
    return _scan(source, depth=0, budget=_Budget())


class _Budget:
    """What one mail, with all mails nested in it, may still use."""

    __slots__ = ("guesses", "parts")

    def __init__(self) -> None:
        self.parts = MAX_PARTS
        self.guesses = MAX_BOUNDARY_GUESSES


def _scan(data: Bytes, depth: int, budget: _Budget) -> MimeMessage:
    """Scan the bytes of one mail, which lies `depth` levels deep in the outermost one."""
    facts = byte_facts(data)
    scanner = _Scanner(data, facts.line_end, budget)
    root, _ = scanner.part(0, depth, _TEXT, "1", is_mail=True)
    return MimeMessage(root, len(data), facts.line_end, facts.defects)


class _Scanner:
    """One pass over one mail's bytes."""

    def __init__(self, data: Bytes, line_end: LineEnd, budget: _Budget) -> None:
        self._data = data
        self._size = len(data)
        self._grammar = CR_GRAMMAR if line_end is LineEnd.CR else LF_GRAMMAR
        self._delimiters = DelimiterScanner(data, self._grammar)
        self._budget = budget

    def part(
        self, start: int, depth: int, default_type: str, path: str, *, is_mail: bool
    ) -> tuple[MimePart, Delimiter | None]:
        """Scan the part that begins at `start`; also returns the delimiter that ended it."""
        self._budget.parts -= 1
        block = self._header(start)
        defects = block.defects
        content = interpret(block, default_type, defects)
        if is_mail:
            check_mail(block, defects)
        self._delimiters.position = block.end
        kind = self._kind(content, depth, block.end, defects)
        if kind is PartKind.MULTIPART:
            return self._multipart(start, depth, path, block, content)
        if kind is PartKind.MESSAGE and not self._is_encoded(content, block.end, defects):
            child, delimiter = self.part(block.end, depth + 1, _TEXT, path + ".1", is_mail=True)
            return build_node(path, kind, start, child.end, block, content, (child,)), delimiter
        delimiter = self._next(block.end, defects)
        end = self._end(block.end, delimiter)
        if kind is PartKind.MESSAGE:
            inner = decode_content(self._data[block.end : end], content.encoding)
            tree = _scan(inner, depth + 1, self._budget)
            return build_node(path, kind, start, end, block, content, decoded=tree), delimiter
        children = self._embedded(path, block, content, end)
        return build_node(path, kind, start, end, block, content, children), delimiter

    def _embedded(
        self, path: str, block: HeaderBlock, content: Content, end: int
    ) -> tuple[MimePart, ...]:
        """Files in uuencode or yEnc within plain text."""
        if not content.encoding.is_identity or not content.claimed_type.startswith("text/"):
            return ()
        limit = max(self._budget.parts, 0)
        found = find_embedded(self._data, block.end, end, path, limit, self._grammar.newline)
        if found:
            self._budget.parts -= len(found)
            block.defects.append(DefectNote(Defect.EMBEDDED_ENCODING, found[0].start))
        return found

    def _header(self, start: int) -> HeaderBlock:
        """Find and read the header block at `start`; a delimiter of an open multipart cuts it
        off."""
        found = locate_header(self._data, start, self._grammar, self._delimiters)
        raw = self._data[start : found.end]
        block = parse_block(raw, start, found.has_blank_line, self._grammar)
        if found.limited:
            block.defects.append(DefectNote(Defect.LIMIT_HEADER_BYTES, found.end))
        return block

    def _kind(
        self, content: Content, depth: int, offset: int, defects: list[DefectNote]
    ) -> PartKind:
        """What the part is to be taken for; limits make a container a leaf."""
        claimed = content.claimed_type
        if claimed.startswith("multipart/"):
            kind = PartKind.MULTIPART
            if not content.encoding.is_identity:
                defects.append(DefectNote(Defect.ENCODED_COMPOSITE, offset))
        elif claimed in _MESSAGE_TYPES:
            kind = PartKind.MESSAGE
            if claimed == "message/external-body":
                defects.append(DefectNote(Defect.EXTERNAL_BODY, offset))
        else:
            if claimed == "message/partial":
                defects.append(DefectNote(Defect.MESSAGE_PARTIAL, offset))
            return PartKind.LEAF
        if depth >= MAX_DEPTH:
            defects.append(DefectNote(Defect.LIMIT_DEPTH, offset))
            return PartKind.LEAF
        if self._budget.parts <= 0:
            defects.append(DefectNote(Defect.LIMIT_PARTS, offset))
            self._delimiters.exhausted = True
            return PartKind.LEAF
        return kind

    def _is_encoded(self, content: Content, offset: int, defects: list[DefectNote]) -> bool:
        """Whether a nested mail really stands encoded."""
        if content.encoding.is_identity:
            return False
        if content.encoding is TransferEncoding.QUOTED_PRINTABLE:
            return True
        if _FIELD_LINE.match(self._data[offset : offset + 80]) is not None:
            defects.append(DefectNote(Defect.ENCODING_NOT_APPLIED, offset))
            return False
        return True

    def _next(self, offset: int, defects: list[DefectNote]) -> Delimiter | None:
        """The next delimiter; notes near misses and the limit on parts where they are met."""
        delimiter = self._delimiters.next()
        if self._delimiters.tail_at >= 0:
            defects.append(DefectNote(Defect.DELIMITER_WITH_TAIL, self._delimiters.tail_at))
            self._delimiters.tail_at = -1
        if delimiter is not None and not delimiter.closing and self._budget.parts <= 0:
            defects.append(DefectNote(Defect.LIMIT_PARTS, offset))
            self._delimiters.exhausted = True
            return None
        return delimiter

    def _end(self, header_end: int, delimiter: Delimiter | None) -> int:
        """Where the content ends: never before it begins, as a delimiter may follow the header at
        once."""
        return self._size if delimiter is None else max(delimiter.content_end, header_end)

    def _multipart(
        self, start: int, depth: int, path: str, block: HeaderBlock, content: Content
    ) -> tuple[MimePart, Delimiter | None]:
        """Scan the parts of a multipart. One in which no part is found is a leaf: its bytes are
        content."""
        defects = block.defects
        level, delimiter = self._open(block, content.boundaries)
        preamble = Span(block.end, self._end(block.end, delimiter))
        default_type = _MAIL if content.claimed_type == _DIGEST else _TEXT
        children: list[MimePart] = []
        epilogue_start = -1
        while delimiter is not None and delimiter.level == level:
            if delimiter.closing:
                epilogue_start = self._delimiters.position
                delimiter = self._next(epilogue_start, defects)
                continue
            if epilogue_start >= 0:
                note_once(defects, Defect.PARTS_AFTER_CLOSE, delimiter.line_start)
                epilogue_start = -1
            child, delimiter = self.part(
                self._delimiters.position,
                depth + 1,
                default_type,
                f"{path}.{len(children) + 1}",
                is_mail=False,
            )
            children.append(child)
        self._delimiters.pop()
        end = self._end(children[-1].end if children else block.end, delimiter)
        if epilogue_start < 0:
            note_once(defects, Defect.MISSING_CLOSE, end)
        node = build_node(
            path,
            PartKind.MULTIPART if children else PartKind.LEAF,
            start,
            end,
            block,
            content,
            tuple(children),
            preamble=preamble if children and len(preamble) else None,
            epilogue=Span(epilogue_start, end) if 0 <= epilogue_start < end else None,
        )
        return node, delimiter

    def _open(
        self, block: HeaderBlock, boundaries: tuple[bytes, ...]
    ) -> tuple[int, Delimiter | None]:
        """Open a multipart and find its first delimiter; an unusable boundary is guessed from the
        body."""
        defects = block.defects
        check_boundaries(boundaries, self._delimiters.open_boundaries, block.end, defects)
        level = self._delimiters.push(boundaries)
        delimiter = self._next(block.end, defects)
        if delimiter is not None and delimiter.level == level:
            return level, delimiter
        if boundaries:
            defects.append(DefectNote(Defect.BOUNDARY_NOT_FOUND, block.end))
        if self._budget.guesses <= 0:
            return level, delimiter
        guess = self._delimiters.guess(block.end)
        if guess is None:
            return level, delimiter
        self._budget.guesses -= 1
        defects.append(DefectNote(Defect.BOUNDARY_GUESSED, block.end))
        self._delimiters.pop()
        self._delimiters.push((*boundaries, guess))
        self._delimiters.position = block.end
        return level, self._next(block.end, defects)
