"""The characters of a page and where they stand, as words to lay over its picture.

pdfium gives characters in reading order with their boxes. Neighbours on one line become a word,
which is stretched to the width it had, so that marking text marks the right pixels. What is written
from right to left is laid out as it is seen, since readers turn it round again.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2.raw as pdfium

from gateway.extraction.flat.glyphless import ADVANCE, EM, Codes
from gateway.extraction.flat.writer import Word

MAX_CHARACTERS = 200_000
"""Characters of one page; a page of a telephone book has 20,000."""
_HYPHEN, _NOT_A_CHARACTER = 0x02, 0xFFFE
"""What pdfium says for a hyphen at a line's end, in two of its ages."""
_GAP = 0.6
"""Of a character's height: a wider gap begins a new word even where no space stands."""
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class _Character:
    """A character, its box and origin in points, the angle of its line in radians."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    x: float
    y: float
    angle: float


@dataclass(frozen=True, slots=True)
class View:
    """How a page is turned and cut: its box in its own coordinates, quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    def seen(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page as it is seen, from the lower left corner."""
        match self.turns % 4:
            case 1:
                return y - self.bottom, self.right - x
            case 2:
                return self.right - x, self.top - y
            case 3:
                return self.top - y, x - self.left
            case _:
                return x - self.left, y - self.bottom


def words(page: object, view: View, codes: Codes) -> list[Word]:
    """The words of an open page (a handle of pdfium)."""
    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page:
        return []
    try:
        characters = list(_characters(text_page, view))
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    return [_word(run, codes) for run in _runs(characters)]


def _characters(text_page: object, view: View) -> Iterator[_Character | None]:
    """The characters; None between two that a space or a line's end parts."""
    count = min(pdfium.FPDFText_CountChars(text_page), MAX_CHARACTERS)
    high = 0
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        if code in (_HYPHEN, _NOT_A_CHARACTER):
            code = 0x2D
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if high and 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        if not _is_text(code):
            yield None
            continue
        found = _placed(text_page, index, chr(code), view)
        if found is not None:
            yield found


def _is_text(code: int) -> bool:
    return 0x20 < code < 0x110000 and not 0xD800 <= code < 0xE000 and not chr(code).isspace()


def _placed(text_page: object, index: int, text: str, view: View) -> _Character | None:
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    loose = pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
    placed = pdfium.FPDFText_GetCharOrigin(text_page, index, ctypes.byref(x), ctypes.byref(y))
    if not loose or not placed:
        return None
    corners = (view.seen(box.left, box.bottom), view.seen(box.right, box.top))
    (first, low), (last, up) = corners
    origin = view.seen(x.value, y.value)
    angle = max(0.0, float(pdfium.FPDFText_GetCharAngle(text_page, index)))
    values = (*sorted((first, last)), *sorted((low, up)), *origin, angle)
    if not all(map(math.isfinite, values)):
        return None
    left, right, bottom, top = *sorted((first, last)), *sorted((low, up))
    turned = (angle + view.turns % 4 * math.pi / 2) % (2 * math.pi) if view.turns else angle
    return _Character(text, left, bottom, right, top, *origin, turned)


def _runs(characters: Sequence[_Character | None]) -> Iterator[list[_Character]]:
    """Neighbours on one line, in one direction."""
    run: list[_Character] = []
    for character in characters:
        if character is None or (run and not _follows(run[-1], character)):
            if run:
                yield run
            run = []
        if character is not None:
            run.append(character)
    if run:
        yield run


def _follows(before: _Character, after: _Character) -> bool:
    height = max(before.top - before.bottom, 1.0)
    if abs(before.angle - after.angle) > 0.01 or _is_turned(before):
        return abs(before.angle - after.angle) <= 0.01 and (
            math.hypot(after.x - before.x, after.y - before.y) < 2 * height
        )
    if abs(before.y - after.y) > height / 2:
        return False
    gap = max(after.left - before.right, before.left - after.right)
    return gap < _GAP * height


def _is_turned(character: _Character) -> bool:
    return 0.01 < character.angle < 2 * math.pi - 0.01


def _word(run: list[_Character], codes: Codes) -> Word:
    if _is_turned(run[0]):
        return _turned_word(run, codes)
    left = min(character.left for character in run)
    right = max(character.right for character in run)
    height = max(max(character.top - character.bottom for character in run), 0.5)
    seen = reversed(run) if _is_right_to_left(run) else run
    codes_of = tuple(codes.code(character.text) for character in seen)
    stretch = max(right - left, 0.1) / (len(run) * ADVANCE / EM)
    return Word(codes_of, (stretch, 0.0, 0.0, height, left, run[0].y))


def _turned_word(run: list[_Character], codes: Codes) -> Word:
    """A word along any direction: from its first origin, as far as its origins reach."""
    first, last = run[0], run[-1]
    reach = math.hypot(last.x - first.x, last.y - first.y)
    each = reach / (len(run) - 1) if len(run) > 1 else 0.0
    size = max(first.right - first.left, first.top - first.bottom, 0.5)
    each = each or size / 2
    stretch, cosine, sine = each / (ADVANCE / EM), math.cos(first.angle), math.sin(first.angle)
    matrix = (stretch * cosine, stretch * sine, -size * sine, size * cosine, first.x, first.y)
    return Word(tuple(codes.code(character.text) for character in run), matrix)


def _is_right_to_left(run: Sequence[_Character]) -> bool:
    strong = [unicodedata.bidirectional(character.text) for character in run]
    backwards = sum(kind in _RIGHT_TO_LEFT for kind in strong)
    return backwards > sum(kind == "L" for kind in strong) and run[0].left > run[-1].left
