"""The extractor of PDF: triage, sweep over all objects, rewrite.

The rewrite writes only objects that the document still refers to: earlier revisions hidden under
incremental updates and everything detached are gone from the output.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

import pikepdf
from pikepdf import Dictionary, Object, Pdf, Stream

from gateway.extraction import links
from gateway.extraction.contract import (
    EncryptedError,
    ExtractError,
    Extraction,
    ExtractStatus,
    Survey,
)
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.pdf.names import ACTING, URI
from gateway.extraction.pdf.rules import Removes, Sweep
from gateway.extraction.pdf.triage import triage
from gateway.extraction.switches import ExtractSwitches

NAME = "pdf"
TYPES = frozenset({"pdf"})

MAX_OBJECTS = 300_000
"""Objects of one document; books of thousands of pages stay below."""
_SIGNATURE = b"/FT /Sig"


def preload() -> None:
    """Everything is imported with this module; one empty document loads what qpdf loads late."""
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)
    with Pdf.new() as document:
        document.save(io.BytesIO(), deterministic_id=True)


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the document in `data`."""
    first = triage(data)
    hosts = _hosts(first.texts)
    if not first.needs_parse:
        return Survey(hosts=tuple(sorted(hosts)))
    try:
        with _opened(data) as document:
            swept = sweep(document, lambda kind: kind is not Kind.PDF_URI)
    except EncryptedError:
        return Survey(hosts=tuple(sorted(hosts)), encrypted=True)
    return Survey(tuple(swept.hits), tuple(sorted(hosts | swept.hosts)))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The document without what `switches` name."""
    first = triage(data)
    links_stay = not switches.removes(Kind.PDF_URI)
    if not first.needs_parse and (links_stay or not any(b"/URI" in text for text in first.texts)):
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    with _opened(data) as document:
        swept = sweep(document, switches.removes)
        if not swept.hits:
            return Extraction(ExtractStatus.UNCHANGED, type_name)
        content = _written(document)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in swept.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, content, removed)


@dataclass(frozen=True, slots=True)
class _Suspect:
    """An object that may hold something to take out, and its words for a trace."""

    object: Object
    where: str


def sweep(document: Pdf, removes: Removes) -> Sweep:
    """Take everything out of `document` in memory that `removes` names."""
    swept = Sweep(removes)
    suspects: list[_Suspect] = []
    signed: list[Dictionary] = []
    with_links = removes(Kind.PDF_URI)
    count = 0
    for found in document.objects:
        count += 1
        if count > MAX_OBJECTS:
            raise ExtractError(f"the PDF has more than {MAX_OBJECTS} objects")
        dictionary = found.stream_dict if isinstance(found, Stream) else found
        if dictionary is None or not isinstance(dictionary, pikepdf.Object):
            continue
        written = dictionary.unparse(resolved=True)
        _note_links(swept, written)
        if _SIGNATURE in written and isinstance(dictionary, Dictionary):
            signed.append(dictionary)
        is_external = isinstance(found, Stream) and b"/F " in written
        if is_external or ACTING.search(written) or _leads_to_action(written, with_links):
            suspects.append(_Suspect(found, f"object {found.objgen[0]}"))
    _apply(swept, suspects, document)
    if swept.hits:
        _remove_signatures(swept, signed, document)
    return swept


def _leads_to_action(written: bytes, with_links: bool) -> bool:
    """True when the object may refer to an action kept in another object."""
    return (
        any(key in written for key in (b"/A ", b"/Next ", b"/PA "))
        or (with_links and b"/URI" in written)
        or b"(file:" in written
        or b"/URI" in written
    )


def _apply(swept: Sweep, suspects: list[_Suspect], document: Pdf) -> None:
    swept.hold(document.trailer, "trailer")
    for suspect in suspects:
        swept.hold(suspect.object, suspect.where)
    for suspect in suspects:
        swept.empty_leftovers(suspect.object, suspect.where)


def _note_links(swept: Sweep, written: bytes) -> None:
    if b"/URI" in written:
        for target in URI.findall(written):
            swept.note_host(target.decode("latin-1"))


def _hosts(texts: tuple[bytes, ...]) -> set[str]:
    found = (target for text in texts for target in URI.findall(text))
    named = (links.host(target.decode("latin-1")) for target in found)
    return {host for host in named if host}


def _remove_signatures(swept: Sweep, signed: list[Dictionary], document: Pdf) -> None:
    """Signatures cover bytes that are no more; usage rights would raise an alarm in Acrobat."""
    for signature in signed:
        if "/V" in signature:
            del signature["/V"]
            swept.hits.append(Hit(Kind.SIGNATURES, "digital signature", "form field", acts=False))
    if "/Perms" in document.Root:
        del document.Root["/Perms"]
    form = document.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/SigFlags" in form:
        del form["/SigFlags"]


def _opened(untrusted_data: bytes) -> Pdf:
    try:
        return pikepdf.open(
            io.BytesIO(untrusted_data), suppress_warnings=True, inherit_page_attributes=False
        )
    except pikepdf.PasswordError:
        raise EncryptedError("the document is protected by a password") from None
    except pikepdf.PdfError:
        raise ExtractError("the PDF is too damaged to be read") from None


def _written(document: Pdf) -> bytes:
    """The document as bytes: the same for the same input, except under a kept encryption.

    A document that opens without password but forbids things (owner password) keeps that; its
    keys are salted anew at every writing.
    """
    output = io.BytesIO()
    if document.is_encrypted:
        document.save(output, encryption=True, fix_metadata_version=False)
    else:
        document.save(
            output,
            deterministic_id=True,
            fix_metadata_version=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return output.getvalue()
