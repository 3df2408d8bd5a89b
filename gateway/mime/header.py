"""Reading one header block: where it ends, its fields with byte ranges, what is wrong with it.

Knows lines, not meanings (`content.py` knows those). Tolerant: lines that are no field are skipped
when fields follow, and end the header when none does.
"""

import re
from typing import Final, NamedTuple

from gateway.mime.defects import Defect, DefectNote
from gateway.mime.limits import MAX_FIELD_VALUE, MAX_FIELDS
from gateway.mime.tree import HeaderField
from gateway.mime.words import decode_words


class Grammar(NamedTuple):
    """The regular expressions for one line end character (LF, or CR in a mail that has no LF)."""

    newline: bytes
    dashes: bytes
    """Newline and `--`: how every delimiter line is found."""
    blank: re.Pattern[bytes]
    first_blank: re.Pattern[bytes]
    field: re.Pattern[bytes]
    """Groups name, space before the colon, value with continuations; or none of them: a bad
    line."""
    field_start: re.Pattern[bytes]
    space_line: re.Pattern[bytes]


def _grammar(newline: bytes) -> Grammar:
    n = re.escape(newline)
    line_end = rb"\r?\n" if newline == b"\n" else n
    return Grammar(
        newline=newline,
        dashes=newline + b"--",
        blank=re.compile(n + line_end),
        first_blank=re.compile(line_end),
        # Possessive quantifiers: no input makes these back up, so a block is read in linear time.
        field=re.compile(
            rb"(?!--)([!-9;-~]++)([ \t]*+):([^%b]*+(?:%b[ \t][^%b]*+)*+)%b?|[^%b]*+%b?" % ((n,) * 6)
        ),
        field_start=re.compile(rb"(?!--)[!-9;-~]++[ \t]*+:"),
        space_line=re.compile(n + rb"[ \t]++" + line_end),
    )


LF_GRAMMAR: Final = _grammar(b"\n")
CR_GRAMMAR: Final = _grammar(b"\r")

_UNFOLD: Final = re.compile(rb"[\r\n]++(?=[ \t])")
_BOM: Final = b"\xef\xbb\xbf"


class HeaderBlock(NamedTuple):
    """One header block. `texts` are the unfolded values of the `content-*` fields before RFC 2047
    decoding, by key, in order; offsets are absolute."""

    end: int
    insert_at: int
    has_blank_line: bool
    fields: tuple[HeaderField, ...]
    keys: list[str]
    texts: dict[str, list[str]]
    defects: list[DefectNote]


def parse_block(block: bytes, base: int, has_blank_line: bool, grammar: Grammar) -> HeaderBlock:
    """Read the fields of `block`, which lies at offset `base` and contains the blank line if there
    is one."""
    defects: list[DefectNote] = []
    start = _skip_prologue(block, base, grammar, defects)
    end = len(block)
    header_end = end
    if has_blank_line:
        end -= 2 if block.endswith(b"\r\n") else 1
    fields: list[HeaderField] = []
    keys: list[str] = []
    texts: dict[str, list[str]] = {}
    position = start
    pattern = grammar.field
    while position < end:
        match = pattern.match(block, position, end)
        if match is None or match.end() == position:
            break
        name_raw, space, raw = match.groups()
        if name_raw is None:
            if _ends_header(block, match, end, grammar, described=has_blank_line and bool(texts)):
                defects.append(DefectNote(Defect.MISSING_BLANK_LINE, base + position))
                end = header_end = position
                has_blank_line = False
                break
            _note(defects, Defect.MALFORMED_HEADER_LINE, base + position)
            position = match.end()
            continue
        if len(fields) >= MAX_FIELDS:
            _note(defects, Defect.LIMIT_FIELDS, base + position)
            break
        if space:
            _note(defects, Defect.SPACE_BEFORE_COLON, base + position)
        text = _text(raw, base + position, defects)
        name = name_raw.decode("ascii")
        key = name.lower()
        if key.startswith("content-"):
            texts.setdefault(key, []).append(text)
        if "=?" in text:
            text = decode_words(text)
        fields.append(HeaderField(name, key, text, base + position, base + match.end()))
        keys.append(key)
        position = match.end()
    if grammar.space_line.search(block, start, header_end) is not None:
        _note(defects, Defect.WHITESPACE_LINE_IN_HEADER, base + start)
    return HeaderBlock(
        base + header_end, base + start, has_blank_line, tuple(fields), keys, texts, defects
    )


def _skip_prologue(block: bytes, base: int, grammar: Grammar, defects: list[DefectNote]) -> int:
    """Length of a byte order mark and a mailbox "From " line at the start of the block."""
    start = 0
    if block.startswith(_BOM):
        defects.append(DefectNote(Defect.BYTE_ORDER_MARK, base))
        start = len(_BOM)
    if block.startswith((b"From ", b">From "), start):
        line_end = block.find(grammar.newline, start)
        if line_end != -1:
            defects.append(DefectNote(Defect.MBOX_FROM_LINE, base + start))
            start = line_end + 1
    return start


def _ends_header(
    block: bytes, line: re.Match[bytes], end: int, grammar: Grammar, *, described: bool
) -> bool:
    """Whether the body begins at a line that is no field, where readers differ: always at one that
    looks like a delimiter; else the line is skipped when a field follows, or when it is the last
    before the blank line of a block that describes content, whose encoding then applies from there
    on."""
    if block.startswith(b"--", line.start()):
        return True
    if described and line.end() >= end:
        return False
    return grammar.field_start.match(block, line.end(), end) is None


def _text(raw: bytes, offset: int, defects: list[DefectNote]) -> str:
    """Unfold and decode a value; RFC 2047 words stay encoded."""
    if len(raw) > MAX_FIELD_VALUE:
        _note(defects, Defect.LIMIT_FIELD_VALUE, offset)
        raw = raw[:MAX_FIELD_VALUE]
    if b"\n" in raw or b"\r" in raw:
        raw = _UNFOLD.sub(b"", raw)
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        _note(defects, Defect.HEADER_NOT_UTF8, offset)
        return raw.decode("latin-1").strip()


def _note(defects: list[DefectNote], defect: Defect, offset: int) -> None:
    """Record a defect once per block."""
    if all(note.defect is not defect for note in defects):
        defects.append(DefectNote(defect, offset))
