"""What guests of the drawing zygote can do: documents and pictures as flat PDFs, first pages.

pdfium and Pillow stand here alone, so that the guests that clean stay small. The guests are
confined as all others: no file, no network, no fonts but those a document brings along.
"""

from __future__ import annotations

import io
from typing import Final

from gateway.extraction.contract import EncryptedError, ExtractError, ExtractStatus
from gateway.extraction.flat import drawing, pictures
from gateway.extraction.flat.glyphless import Codes
from gateway.extraction.flat.writer import Page, Picture, Word, Writer
from gateway.model import Removal
from gateway.sandbox.guest import Operation, Sink, operation
from gateway.sandbox.messages import (
    DrawAnswer,
    ExtractAnswer,
    FirstPageRequest,
    FlattenRequest,
    Stored,
)

_WHAT: Final = "everything but pixels and text"
_WHY: Final = "a picture of a page cannot act"


def preload() -> None:
    """Draw a page of our own and write a picture in each format, so that nothing is done first in
    a guest: libraries load codecs late."""
    from PIL import Image

    Image.init()
    writer, codes = Writer(), Codes()
    word = Word((codes.code("w"),), (9.0, 0.0, 0.0, 9.0, 0.0, 0.0))
    writer.add(Page(9, 9, Picture(b"ff>", 1, 1, "/ASCIIHexDecode", "/DeviceGray"), (word,)))
    page = writer.written(codes)
    drawing.flatten(page)
    drawing.first_page(page)
    for type_name, name in pictures.FORMATS.items():
        memory = io.BytesIO()
        Image.linear_gradient("L").save(memory, name)
        pictures.flatten(memory.getvalue(), type_name)


def flatten(data: bytes, request: FlattenRequest, out: Sink) -> ExtractAnswer:
    """A PDF or a picture as a flat PDF."""
    try:
        if request.type_name in pictures.FORMATS:
            made = pictures.flatten(data, request.type_name)
        else:
            made = drawing.flatten(data)
    except EncryptedError as error:
        return _no_answer(ExtractStatus.ENCRYPTED, error)
    except ExtractError as error:
        return _no_answer(ExtractStatus.FAILED, error)
    stored = Stored(True, out.write(made.content), len(made.content))
    removal = Removal(_WHAT, "1 page" if made.pages == 1 else f"{made.pages} pages", _WHY)
    return ExtractAnswer(ExtractStatus.CLEANED, "pdf", stored, (removal,), "")


def first_page(data: bytes, request: FirstPageRequest, out: Sink) -> DrawAnswer:
    """The first page of a PDF as PNG."""
    try:
        picture = drawing.first_page(data)
    except ExtractError as error:
        return DrawAnswer(None, str(error))
    return DrawAnswer(Stored(True, out.write(picture), len(picture)), "")


def _no_answer(status: ExtractStatus, error: ExtractError) -> ExtractAnswer:
    return ExtractAnswer(status, "pdf", None, (), str(error))


OPERATIONS: Final[dict[str, Operation]] = {
    "flatten": operation(FlattenRequest, flatten),
    "first_page": operation(FirstPageRequest, first_page),
}
