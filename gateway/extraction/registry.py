"""The extractors, in one explicit order, and the way in to them.

This is the border at which whatever a parser raises becomes an answer: `failed` with a sentence.
"""

from __future__ import annotations

from gateway.extraction import cards, tables
from gateway.extraction.contract import (
    EncryptedError,
    ExtractError,
    Extraction,
    Extractor,
    ExtractStatus,
    Survey,
)
from gateway.extraction.html import extractor as html
from gateway.extraction.images import extractor as images
from gateway.extraction.odf import extractor as odf
from gateway.extraction.ole import extractor as ole
from gateway.extraction.ooxml import extractor as ooxml
from gateway.extraction.pdf import extractor as pdf
from gateway.extraction.rtf import extractor as rtf
from gateway.extraction.svg import extractor as svg
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches

EXTRACTORS: tuple[Extractor, ...] = (ooxml, pdf, odf, rtf, ole, html, images, svg, cards, tables)
"""One module per family of formats; the first that knows a type has it."""


SURVEYED_WHOLLY: frozenset[str] = (
    ooxml.TYPES | pdf.TYPES | html.TYPES | images.TYPES | svg.TYPES | cards.TYPES | tables.TYPES
)
"""Types whose survey is the extraction itself with the default switches, on a copy: where it finds
nothing, there is nothing to take out (decision 061)."""


def extractor_for(type_name: str) -> Extractor | None:
    """The extractor of `type_name` (of gateway.model.FILE_TYPES); None when there is none."""
    return next((found for found in EXTRACTORS if type_name in found.TYPES), None)


def preload() -> None:
    """Import everything extraction needs; call it before the file system goes away."""
    for extractor in EXTRACTORS:
        extractor.preload()


def extract(
    data: bytes, type_name: str, switches: ExtractSwitches = DEFAULT_SWITCHES
) -> Extraction:
    """`data` without what `switches` name, or why there is no such thing. Never raises."""
    extractor = extractor_for(type_name)
    if extractor is None:
        return _failed(type_name, f"nothing here can clean files of type {type_name}")
    try:
        return extractor.extract(data, type_name, switches)
    except EncryptedError as error:
        return Extraction(ExtractStatus.ENCRYPTED, type_name, error=str(error))
    except ExtractError as error:
        return _failed(type_name, str(error))
    except Exception as error:  # noqa: BLE001 - the border: hostile bytes against foreign parsers
        return _failed(type_name, f"the {extractor.NAME} parser broke: {type(error).__name__}")


def survey(data: bytes, type_name: str) -> Survey:
    """What extraction could take out of `data`; an empty answer for types without extractor."""
    extractor = extractor_for(type_name)
    if extractor is None:
        return Survey()
    try:
        return extractor.survey(data, type_name)
    except ExtractError as error:
        return Survey(encrypted=isinstance(error, EncryptedError), error=str(error))
    except Exception as error:  # noqa: BLE001 - the border: hostile bytes against foreign parsers
        return Survey(error=f"the {extractor.NAME} parser broke: {type(error).__name__}")


def _failed(type_name: str, error: str) -> Extraction:
    return Extraction(ExtractStatus.FAILED, type_name, error=error)
