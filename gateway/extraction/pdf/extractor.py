"""The extractor of PDF: triage, sweep over all objects, rewrite.

The rewrite writes only objects that the document still refers to: earlier revisions hidden under
incremental updates and everything detached are gone from the output.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf, Stream

from gateway.extraction import foreign, links
from gateway.extraction.contract import (
    EncryptedError,
    ExtractError,
    Extraction,
    ExtractStatus,
    Payload,
    Survey,
)
from gateway.extraction.kinds import BY_POLICY_ONLY, Hit, Kind
from gateway.extraction.linkedit import Relink
from gateway.extraction.pdf import outside
from gateway.extraction.pdf.names import ACTING, URI
from gateway.extraction.pdf.rules import Removes, Sweep
from gateway.extraction.pdf.triage import triage
from gateway.extraction.switches import ExtractSwitches

NAME = "pdf"
TYPES = frozenset({"pdf"})

MAX_OBJECTS = 300_000
"""Objects of one document; books of thousands of pages stay below."""
_SIGNATURE = b"/FT /Sig"
_MAYBE_SIGNED = re.compile(rb"/Sig|/Perms|#")
"""What a PDF without signatures does not hold, except names written in an unusual way."""
_ENVELOPE = b"/EncryptedPayload"
"""Marks a PDF whose attachment is the real, rights-protected document (ISO 32000-2, 7.6.7)."""
_HOLDING = (b"/A ", b"/PA ", b"/Next ")
"""Keys whose value may be an action kept in another object."""


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
            swept = sweep(document, lambda kind: kind not in BY_POLICY_ONLY)
            _note_outside(swept, data)
    except EncryptedError:
        return Survey(hosts=tuple(sorted(hosts)), encrypted=True)
    scripts = tuple(Payload(Kind.PDF_JAVASCRIPT, "script", source) for source in swept.scripts)
    return Survey(tuple(swept.hits), tuple(sorted(hosts | swept.hosts)), scripts)


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The document without what `switches` name."""
    first = triage(data)
    if not first.needs_parse and not _wanted_anyway(first.texts, switches):
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    with _opened(data) as document:
        swept = sweep(document, switches.removes, switches.relinks(Kind.PDF_URI))
        _note_outside(swept, data)
        unsigned = switches.removes(Kind.SIGNATURES)
        if not unsigned and (not swept.hits or _leaves_signatures_alone(swept)):
            return Extraction(ExtractStatus.UNCHANGED, type_name)
        _remove_signatures(swept, document)
        if not swept.hits:
            return Extraction(ExtractStatus.UNCHANGED, type_name)
        content = _written(document)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in swept.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, content, removed)


def _wanted_anyway(texts: tuple[bytes, ...], switches: ExtractSwitches) -> bool:
    """Whether policy wants something taken out or changed that does not act."""
    if switches.removes(Kind.METADATA):
        return True
    if switches.removes(Kind.SIGNATURES) and any(map(_MAYBE_SIGNED.search, texts)):
        return True
    links_stay = not switches.removes(Kind.PDF_URI) and switches.relinks(Kind.PDF_URI) is None
    return not links_stay and any(b"/URI" in text for text in texts)


def _note_outside(swept: Sweep, data: bytes) -> None:
    swept.hits += [hit for hit in outside.hits(data) if swept.removes(hit.kind)]


def _leaves_signatures_alone(swept: Sweep) -> bool:
    """A signed document whose earlier revisions are all that could go: each signature after the
    first adds a revision, and whoever checks them needs them all."""
    signed = any("/V" in signature for signature in swept.signed)
    return signed and all(hit.kind is Kind.PDF_REVISIONS for hit in swept.hits)


def sweep(document: Pdf, removes: Removes, relink: Relink | None = None) -> Sweep:
    """Take everything out of `document` in memory that `removes` names; give links the targets
    that `relink` says."""
    swept = Sweep(removes, relink=relink)
    objects = _Objects(with_links=removes(Kind.PDF_URI))
    for count, found in enumerate(document.objects):
        if count > MAX_OBJECTS:
            raise ExtractError(f"the PDF has more than {MAX_OBJECTS} objects")
        written = objects.sort_in(found)
        _note_links(swept, written)
    if objects.acting or ACTING.search(document.trailer.unparse(resolved=True)):
        suspects = objects.acting + objects.holders
        swept.hold(document.trailer, "trailer")
        for suspect in suspects:
            swept.hold(suspect, f"object {suspect.objgen[0]}")
        for suspect in suspects:
            swept.empty_leftovers(suspect, f"object {suspect.objgen[0]}")
    for linked in objects.linked if relink is not None else ():
        swept.relink_in(linked, f"object {linked.objgen[0]}")
    if removes(Kind.METADATA):
        _remove_metadata(swept, objects.described, document)
    swept.signed = objects.signed
    return swept


def _remove_metadata(swept: Sweep, described: list[Object], document: Pdf) -> None:
    for found in described:
        swept.remove_metadata(found, f"object {found.objgen[0]}")
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
        what = "author, title, program and times"
        swept.hits.append(Hit(Kind.METADATA, what, "document information", acts=False))


@dataclass(slots=True)
class _Objects:
    """A document's objects sorted by their written form, which is cheaper than visiting each.

    `acting` name something that acts; `holders` may refer to one of those; `signed` are
    signature fields; `linked` hold links, `described` metadata.
    """

    with_links: bool
    acting: list[Object] = field(default_factory=list)
    holders: list[Object] = field(default_factory=list)
    signed: list[Dictionary] = field(default_factory=list)
    linked: list[Object] = field(default_factory=list)
    described: list[Object] = field(default_factory=list)

    def sort_in(self, found: Object) -> bytes:
        """Put `found` where it belongs; gives its written form, without stream data."""
        dictionary = found.stream_dict if isinstance(found, Stream) else found
        if not isinstance(dictionary, Dictionary | Array):
            return b""
        written = dictionary.unparse(resolved=True)
        if _SIGNATURE in written and isinstance(dictionary, Dictionary):
            self.signed.append(dictionary)
        if _ENVELOPE in written:
            raise EncryptedError("the document is an envelope around an encrypted one")
        if b"/URI" in written:
            self.linked.append(found)
        if b"/Metadata" in written or b"/PieceInfo" in written:
            self.described.append(found)
        if self._acts(found, written):
            self.acting.append(found)
        elif any(key in written for key in _HOLDING):
            self.holders.append(found)
        return written

    def _acts(self, found: Object, written: bytes) -> bool:
        if ACTING.search(written) or (isinstance(found, Stream) and b"/F " in written):
            return True
        if b"/URI" not in written:
            return False
        targets = (target.decode("latin-1") for target in URI.findall(written))
        return self.with_links or b"/URI <" in written or any(map(links.starts_program, targets))


def _note_links(swept: Sweep, written: bytes) -> None:
    if b"/URI" in written:
        for target in URI.findall(written):
            swept.note_host(target.decode("latin-1"))


def _hosts(texts: tuple[bytes, ...]) -> set[str]:
    found = (target for text in texts for target in URI.findall(text))
    named = (links.host(target.decode("latin-1")) for target in found)
    return {host for host in named if host}


def _remove_signatures(swept: Sweep, document: Pdf) -> None:
    """Signatures cover bytes that are no more; usage rights would raise an alarm in Acrobat."""
    for signature in swept.signed:
        if "/V" in signature:
            del signature["/V"]
            swept.hits.append(Hit(Kind.SIGNATURES, "digital signature", "form field", acts=False))
    if "/Perms" in document.Root:
        del document.Root["/Perms"]
        what = "signature that gives rights"
        swept.hits.append(Hit(Kind.SIGNATURES, what, "document catalog", acts=False))
    form = document.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/SigFlags" in form:
        del form["/SigFlags"]


def _opened(untrusted_data: bytes) -> Pdf:
    foreign.needed()
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
    with warnings.catch_warnings():
        # Fields that no form lists are none of our business.
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
        _save(document, output)
    return output.getvalue()


def _save(document: Pdf, output: io.BytesIO) -> None:
    if document.is_encrypted:
        document.save(output, encryption=True, fix_metadata_version=False)
    else:
        document.save(
            output,
            deterministic_id=True,
            fix_metadata_version=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
