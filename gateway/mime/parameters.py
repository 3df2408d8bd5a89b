"""Content-Type and Content-Disposition: the main value and its parameters, as found in the wild.

Reads RFC 2045 parameters, RFC 2231 (charset, continuations), RFC 2047 words within parameters
(forbidden, and what Outlook writes), raw 8-bit, missing quotes and semicolons. Gives both the
value and what was ambiguous about it; never raises.
"""

import re
from typing import Final, NamedTuple

from gateway.mime.defects import Defect
from gateway.mime.limits import MAX_PARAMETERS
from gateway.mime.tree import Parameter
from gateway.mime.words import decode_charset, decode_percent, decode_words

_VALUE: Final = re.compile(r"[^;\s(]*+")
_PARAMETER: Final = re.compile(
    r"""[;\s]*+                                  # separators, one or many or none
        ([^\s=;"()]++) \s*+ = \s*+               # name
        (?: "((?:[^"\\]|\\.)*+)("?)              # quoted value, perhaps never closed
          | ([^;]*+) )                           # or all up to the semicolon
    """,
    re.VERBOSE | re.DOTALL,
)
_JUNK: Final = re.compile(r"[;\s]*+[^;]++")
_COMMENT: Final = re.compile(r"\([^()]*+\)")
_ESCAPE: Final = re.compile(r'\\(["\\])')
_PIECE: Final = re.compile(r"([^*]++)(?:\*(\d{1,4}))?(\*)?\Z")
_TWO_IN_ONE: Final = re.compile(r"\s[\w-]{1,30}\*?=")


class ParsedField(NamedTuple):
    """The main value in lower case, parameters in order (duplicates kept), and what was wrong."""

    value: str
    parameters: tuple[Parameter, ...]
    defects: tuple[Defect, ...]


class _Raw(NamedTuple):
    """One parameter as written: base name, piece number of a continuation, percent encoded or
    not."""

    name: str
    piece: int | None
    encoded: bool
    value: str


def parse_field(text: str) -> ParsedField:
    """Parse unfolded (not RFC 2047 decoded) field text; linear in its length."""
    defects: list[Defect] = []
    if "(" in text and '"' not in text:
        text = _COMMENT.sub(" ", text)
    text = text.lstrip()
    match = _VALUE.match(text)
    head = match.group() if match else ""
    if len(head) == len(text):
        return ParsedField(head.lower(), (), ())
    raw = _split(text, len(head), defects)
    parameters = (
        _simple(raw) if all(r.piece is None and not r.encoded for r in raw) else _joined(raw)
    )
    if len({p.name for p in parameters}) != len({(p.name, p.value) for p in parameters}):
        defects.append(Defect.DUPLICATE_PARAMETER)
    return ParsedField(head.lower(), parameters, tuple(defects))


def _split(text: str, position: int, defects: list[Defect]) -> list[_Raw]:
    """Cut the text after the main value into raw parameters."""
    found: list[_Raw] = []
    end = len(text)
    while position < end:
        if len(found) >= MAX_PARAMETERS:
            defects.append(Defect.LIMIT_PARAMETERS)
            break
        match = _PARAMETER.match(text, position)
        if match is None:
            junk = _JUNK.match(text, position)
            if junk is None:  # only separators are left
                break
            if junk.group().strip("; \t\r\n"):
                _once(defects, Defect.MALFORMED_PARAMETER)
            position = junk.end()
            continue
        position = match.end()
        name, quoted, closed, bare = match.groups()
        if quoted is not None:
            value = _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted
            if not closed:
                _once(defects, Defect.MALFORMED_PARAMETER)
        else:
            value = bare.strip()
            if _TWO_IN_ONE.search(value):
                _once(defects, Defect.MALFORMED_PARAMETER)
        found.append(_raw(name.lower(), value))
    return found


def _once(defects: list[Defect], defect: Defect) -> None:
    if defect not in defects:
        defects.append(defect)


def _raw(name: str, value: str) -> _Raw:
    """Take the RFC 2231 marks off a name: `filename*0*` is piece 0, encoded."""
    if "*" not in name:
        return _Raw(name, None, False, value)
    match = _PIECE.match(name)
    if match is None:
        return _Raw(name, None, False, value)
    base, piece, star = match.groups()
    return _Raw(base, int(piece) if piece is not None else None, star is not None, value)


def _simple(raw: list[_Raw]) -> tuple[Parameter, ...]:
    """Parameters without RFC 2231 marks."""
    return tuple(Parameter(r.name, decode_words(r.value)) for r in raw)


def _joined(raw: list[_Raw]) -> tuple[Parameter, ...]:
    """Join the pieces of RFC 2231; the extended form of a name comes before its plain form, as
    readers prefer it (RFC 6266 section 4.3)."""
    pieces: dict[str, dict[int, _Raw]] = {}
    for r in raw:
        if r.piece is not None or r.encoded:
            pieces.setdefault(r.name, {}).setdefault(r.piece or 0, r)
    joined = {name: Parameter(name, _decode(numbered)) for name, numbered in pieces.items()}
    result: list[Parameter] = []
    for r in raw:
        extended = joined.pop(r.name, None)
        if extended is not None:
            result.append(extended)
        if r.piece is None and not r.encoded:
            result.append(Parameter(r.name, decode_words(r.value)))
    return tuple(result)


def _decode(numbered: dict[int, _Raw]) -> str:
    """The value of one RFC 2231 parameter from its numbered pieces."""
    ordered = [numbered[number] for number in sorted(numbered)]
    first = ordered[0]
    charset: str | None = None
    values = [r.value for r in ordered]
    if first.encoded and first.value.count("'") >= 2:
        charset, _, values[0] = first.value.split("'", 2)
    if all(r.encoded for r in ordered):
        return decode_percent("".join(values), charset)
    if not any(r.encoded for r in ordered):
        return decode_words("".join(values))
    return "".join(
        decode_percent(value, charset)
        if r.encoded
        else decode_charset(value.encode("utf-8", "replace"), "utf-8")
        for r, value in zip(ordered, values, strict=True)
    )
