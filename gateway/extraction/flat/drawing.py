"""A PDF as pixels and unseen text: opened by pdfium, drawn page by page, written anew.

Nothing of the original but pixels, characters and their places reaches the output.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pypdfium2
import pypdfium2.raw as pdfium

from gateway.extraction.contract import EncryptedError, ExtractError
from gateway.extraction.flat import textlayer
from gateway.extraction.flat.glyphless import Codes
from gateway.extraction.flat.pixels import picture_of, png_of
from gateway.extraction.flat.writer import Page, Writer

if TYPE_CHECKING:
    from PIL import Image

DOTS_PER_INCH = 150
"""Sharp on a screen and readable on paper; 300 would take four times the bytes and the time."""
DOTS_OF_LONG = 100
"""For documents of more than LONG pages: still readable, in half the time."""
LONG = 40
MAX_PAGES = 300
"""Pages of one document: at 0.1 s each they take half a minute."""
MAX_PAGE_PIXELS = 12_000_000
"""Pixels of one page; a larger one is drawn coarser. An A3 page has 4.4 million."""
MAX_POINTS = 14_400
"""Length of a page's side in points: 200 inches, the format's own limit (ISO 32000-1, annex C)."""
DOTS_OF_FIRST = 110
MAX_FIRST_PIXELS = 1_250_000
"""Of the first page as a picture by itself: an A4 page that text of nine points is readable on, and
little more than a megabyte where it is a photograph."""
_WHITE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Flat:
    """The new document and how many pages it has."""

    content: bytes
    pages: int


def flatten(untrusted_pdf: bytes) -> Flat:
    """`untrusted_pdf` drawn. Raises EncryptedError, and ExtractError beyond limits or for junk."""
    document = _opened(untrusted_pdf)
    try:
        count = len(document)
        if not 0 < count <= MAX_PAGES:
            raise ExtractError(f"the document has {count} pages; up to {MAX_PAGES} are drawn")
        writer, codes = Writer(), Codes()
        dots = DOTS_PER_INCH if count <= LONG else DOTS_OF_LONG
        for number in range(count):
            writer.add(_page(document, number, dots, codes))
        return Flat(writer.written(codes), count)
    finally:
        document.close()


def first_page(untrusted_pdf: bytes) -> bytes:
    """The first page of `untrusted_pdf` as PNG. Raises as `flatten` does."""
    document = _opened(untrusted_pdf)
    try:
        if not len(document):
            raise ExtractError("the document has no page")
        page = _with_annotations(document, 0)
        try:
            size = _size(page, 0)
            return png_of(_drawn(page.raw, *size, DOTS_OF_FIRST, MAX_FIRST_PIXELS))
        finally:
            page.close()
    finally:
        document.close()


def _opened(untrusted_pdf: bytes) -> Any:
    """The document; pypdfium2 has no types."""
    try:
        return pypdfium2.PdfDocument(untrusted_pdf)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise EncryptedError("the document is protected by a password") from None
        raise ExtractError("pdfium cannot open the document") from None


def _load(document: Any, number: int) -> Any:
    try:
        return document[number]
    except pypdfium2.PdfiumError:
        raise ExtractError(f"page {number + 1} cannot be opened") from None


def _with_annotations(document: Any, number: int) -> Any:
    """The page, with what its annotations and form fields show made part of it, so that the text in
    them is text of the page."""
    page = _load(document, number)
    if pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
        return page
    page.close()
    return _load(document, number)


def _page(document: Any, number: int, dots: int, codes: Codes) -> Page:
    page = _with_annotations(document, number)
    try:
        width, height = _size(page, number)
        view = _view(page.raw, width, height)
        image = _drawn(page.raw, width, height, dots, MAX_PAGE_PIXELS)
        return Page(width, height, picture_of(image), textlayer.words(page.raw, view, codes))
    finally:
        page.close()


def _size(page: Any, number: int) -> tuple[float, float]:
    """Width and height in points."""
    width, height = page.get_size()
    if not (0 < width <= MAX_POINTS and 0 < height <= MAX_POINTS):
        raise ExtractError(f"page {number + 1} is {width:.0f} by {height:.0f} points large")
    return width, height


def _view(page: Any, width: float, height: float) -> textlayer.View:
    box = pdfium.FS_RECTF()
    turns = max(0, pdfium.FPDFPage_GetRotation(page))
    if not pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(box)):
        if turns % 2:
            width, height = height, width
        return textlayer.View(0.0, 0.0, width, height, turns)
    return textlayer.View(box.left, box.bottom, box.right, box.top, turns)


def _drawn(page: Any, width: float, height: float, dots: int, pixels: int) -> Image.Image:
    """The page over white, annotations and form fields as they show, of at most `pixels`."""
    from PIL import Image

    scale = dots / 72
    scale = min(scale, math.sqrt(pixels / (width * height)))
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(across, down, pdfium.FPDFBitmap_BGRx, None, 0)
    if not bitmap:
        raise ExtractError("a page is too large to be drawn")
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, across, down, _WHITE)
        flags = pdfium.FPDF_ANNOT
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, across, down, 0, flags)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        raw = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * down)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return Image.frombuffer("RGB", (across, down), raw, "raw", "BGRX", stride, 1)
