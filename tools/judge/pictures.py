"""Pages as grey pictures, drawn by PDFium, and how alike two of them are.

The likeness is the structural similarity of Wang, Bovik, Sheikh and Simoncelli (IEEE Transactions
on Image Processing 13, 2004) with its constants, over windows of 7 x 7 pixels of equal weight.
"""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2

Picture = npt.NDArray[np.float64]

_DOTS = 72
"""Dots per inch: a line of text is eight pixels high, enough to see a word go."""
_MAX_PAGES = 30
_MAX_PIXELS = 4000
_WINDOW = 7
_ROUNDED = 2
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def pages(pdf: Path) -> list[Picture] | None:
    """The first pages; None when PDFium cannot open the file."""
    try:
        document: Any = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return None
    try:
        return [_drawn(document[number]) for number in range(min(len(document), _MAX_PAGES))]
    except pypdfium2.PdfiumError:
        return None
    finally:
        document.close()


def similarities(before: list[Picture], after: list[Picture]) -> tuple[float, ...]:
    """The likeness of each pair of pages, 1 for the same; 0 for a page that has no partner."""
    return tuple(
        0.0 if one is None or other is None else similarity(one, other)
        for one, other in zip_longest(before, after)
    )


def similarity(one: Picture, other: Picture) -> float:
    """The mean structural similarity of two pictures; 0 when their sizes differ by more than what
    a page loses when its size is rounded to dots."""
    if np.abs(np.subtract(one.shape, other.shape)).max() > _ROUNDED:
        return 0.0
    high, wide = np.minimum(one.shape, other.shape)
    one, other = one[:high, :wide], other[:high, :wide]
    if min(one.shape) < _WINDOW or np.array_equal(one, other):
        return float(np.array_equal(one, other))
    mean1, mean2 = _means(one), _means(other)
    var1 = _means(one * one) - mean1 * mean1
    var2 = _means(other * other) - mean2 * mean2
    shared = _means(one * other) - mean1 * mean2
    upper = (2 * mean1 * mean2 + _C1) * (2 * shared + _C2)
    lower = (mean1 * mean1 + mean2 * mean2 + _C1) * (var1 + var2 + _C2)
    return float((upper / lower).mean())


def _drawn(page: Any) -> Picture:
    scale = min(_DOTS / 72, _MAX_PIXELS / max(*page.get_size(), 1))
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
    return np.asarray(bitmap.to_numpy(), dtype=np.float64).reshape(bitmap.height, bitmap.width)


def _means(picture: Picture) -> Picture:
    """The mean of every window, by sums of sums."""
    sums = np.pad(picture, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    w = _WINDOW
    total = sums[w:, w:] - sums[:-w, w:] - sums[w:, :-w] + sums[:-w, :-w]
    return np.asarray(total / (w * w))
