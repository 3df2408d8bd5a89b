"""The lexer of both dialects: text to tokens. Pure; raises SourceError for what is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from gateway.emulation.automation.convert import date, parsed_number
from gateway.emulation.automation.errors import ScriptError, SourceError
from gateway.emulation.automation.values import Value


class Dialect(Enum):
    """Which language a source is in."""

    VBSCRIPT = "VBScript"
    VBA = "VBA"


class Sort(Enum):
    """What a token is."""

    NAME = "name"
    LITERAL = "literal"
    OPERATOR = "operator"
    LINE = "end of line"
    END = "end of file"


@dataclass(frozen=True, slots=True)
class Token:
    """key: a name in lower case or an operator; value: a literal's; spaced: blanks before it."""

    sort: Sort
    key: str
    line: int
    value: Value = None
    spaced: bool = False


_PATTERN = re.compile(
    r"""(?P<blank>[ \t\f\v\xa0]+|_[ \t]*(?:\r\n|\r|\n))
    |(?P<comment>'[^\r\n]*)
    |(?P<line>\r\n|\r|\n)
    |(?P<text>"(?:[^"\r\n]|"")*"?)
    |(?P<date>\#[ ]*\d{1,4}[-/:][\d/:\-\s.apmAPM]*\#)
    |(?P<radix>&[hH][0-9a-fA-F]+[&%^]?|&[oO][0-7]+&?)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)
    |(?P<bracket>\[[^\]\r\n]*\])
    |(?P<name>[^\W\d]\w*)
    |(?P<operator>:=|<>|><|<=|=<|>=|=>|[-+*/\\^&=<>(),.:;!?\#@{}$%|~`])
    """,
    re.VERBOSE,
)
_ALIASES = {"><": "<>", "=<": "<=", "=>": ">="}
_NAME_SUFFIXES = "$%#@"
_NUMBER_SUFFIXES = "%&!#@^"
_MAX_TOKENS = 2_000_000
"""Tokens of one source. The longest macros seen have some hundred thousand."""


def tokens_of(source: str, dialect: Dialect) -> list[Token]:
    """All tokens. Raises SourceError."""
    found: list[Token] = []
    position, line, spaced = 0, 1, False
    length = len(source)
    while position < length:
        match = _PATTERN.match(source, position)
        if match is None:
            raise SourceError(line, f"unexpected character {source[position]!r}")
        kind, text = match.lastgroup or "", match[0]
        position = match.end()
        starts = not found or found[-1].sort is Sort.LINE
        if kind == "blank":
            spaced = True
            line += text.count("\n") or text.count("\r")
            continue
        if kind == "name" and text.lower() == "rem" and (starts or found[-1].key == ":"):
            position = _line_end(source, position)
            continue
        if kind == "line":
            if not starts:
                found.append(Token(Sort.LINE, "\n", line))
            line += 1
        elif kind != "comment":
            token = _token(kind, text, line, spaced)
            position = _past_suffix(source, position, token, dialect)
            found.append(token)
        spaced = False
        if len(found) > _MAX_TOKENS:
            raise SourceError(line, "the source is too long")
    found += [Token(Sort.LINE, "\n", line), Token(Sort.END, "", line)]
    return found


def _line_end(source: str, position: int) -> int:
    found = re.compile(r"[\r\n]|\Z").search(source, position)
    return found.start() if found else len(source)


def _token(kind: str, text: str, line: int, spaced: bool) -> Token:
    if kind == "name":
        return Token(Sort.NAME, text.lower(), line, text, spaced)
    if kind == "bracket":
        return Token(Sort.NAME, text[1:-1].lower(), line, None, spaced)
    if kind == "text":
        closed = len(text) > 1 and text.endswith('"')
        value = (text[1:-1] if closed else text[1:]).replace('""', '"')
        return Token(Sort.LITERAL, '"', line, value, spaced)
    if kind == "operator":
        return Token(Sort.OPERATOR, _ALIASES.get(text, text), line, None, spaced)
    try:
        return Token(Sort.LITERAL, "0", line, _literal(kind, text), spaced)
    except (ScriptError, ValueError, OverflowError) as error:
        raise SourceError(line, f"no literal: {text[:40]}") from error


def _literal(kind: str, text: str) -> Value:
    if kind == "date":
        return date(text.strip("#").strip())
    if kind == "number":
        return parsed_number(text)
    digits = text.rstrip("&%^")
    value = parsed_number(digits)
    if text.endswith("&") and -0x8000 <= value < 0 and len(digits) <= 6:
        return value + 0x10000  # &HFFFF& is 65535, &HFFFF is -1
    return value


def _past_suffix(source: str, position: int, token: Token, dialect: Dialect) -> int:
    """Skip a type suffix such as `$`; in VBScript these are operators."""
    if dialect is not Dialect.VBA or position >= len(source):
        return position
    char, after = source[position], source[position + 1 : position + 2]
    if token.sort is Sort.NAME and token.value is not None:
        if char in _NAME_SUFFIXES and (char == "$" or not _goes_on(after)):
            return position + 1
        return position + 1 if char in "&!" and after in _CLOSING else position
    is_number = token.key == "0" and isinstance(token.value, int | float)
    if is_number and char in _NUMBER_SUFFIXES and not _goes_on(after):
        return position + 1
    return position


_CLOSING = frozenset(["", " ", ")", ",", "\r", "\n", "(", "="])
"""What may stand after `&` or `!` where it is a suffix and no operator."""


def _goes_on(char: str) -> bool:
    return char.isalnum() or char in '_"'
