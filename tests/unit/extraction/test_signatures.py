"""Signatures of documents: they go with the first change, stay without, and go when policy says."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest
from pikepdf import Dictionary, Name, Pdf

from gateway.extraction import ExtractStatus, ExtractSwitches, Kind, extract, survey
from tests.unit.extraction import legacy
from tests.unit.extraction import opendocuments as odf
from tests.unit.extraction.documents import attached, pdf
from tests.unit.extraction.packages import Relation, word
from tests.unit.extraction.test_ooxml_parts import MAIN
from tests.unit.extraction.test_pdf_outside import signed, updated
from tools.corpus.compound import Tree

ORIGIN = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
REMOTE = Relation(MAIN, "rIdI", "image", "https://x.example/p.png", True)
NO_SIGNATURES = ExtractSwitches(signatures=True)


def package(*more: Relation) -> bytes:
    """A signed Word document."""
    links = [
        Relation("", "rIdG", ORIGIN, "_xmlsignatures/origin.sigs"),
        Relation("_xmlsignatures/origin.sigs", "rId1", "signature", "sig1.xml"),
    ]
    parts = {"_xmlsignatures/origin.sigs": b"", "_xmlsignatures/sig1.xml": "<Signature/>"}
    return word("<w:p/>", parts=parts, relations=[*links, *more]).build()


def opened(inside: str) -> bytes:
    """A signed OpenDocument text."""
    members = {"content.xml": odf.content(inside)}
    return odf.package({**members, "META-INF/documentsignatures.xml": "<signatures/>"})


def old(template: str = "") -> bytes:
    """A signed Word 97 document."""
    extra: Tree = {"_xmlsignatures": {"1": b"<Signature/>"}, "_signatures": b"old"}
    return legacy.word(("Dear reader",), extra, template)


QUIET = [
    ("docx", package()),
    ("odf", opened(odf.QUIET_BODY)),
    ("ole-doc", old()),
    ("pdf", pdf(signed)),
    ("pdf", updated(pdf(signed))),
]
ACTING = [
    ("docx", package(REMOTE)),
    ("odf", opened(odf.BODY)),
    ("ole-doc", old("http://evil.example/t.dot")),
    ("pdf", pdf(signed, attached)),
]


@pytest.mark.parametrize(("kind", "data"), QUIET)
def test_a_signed_document_with_nothing_else_stays_as_it_is(kind: str, data: bytes) -> None:
    assert extract(data, kind).status is ExtractStatus.UNCHANGED
    assert Kind.SIGNATURES not in {hit.kind for hit in survey(data, kind).hits}


@pytest.mark.parametrize(("kind", "data"), QUIET)
def test_policy_can_take_signatures_out_alone(kind: str, data: bytes) -> None:
    made = extract(data, kind, NO_SIGNATURES)
    assert made.status is ExtractStatus.CLEANED
    assert "digital signature" in {removal.what for removal in made.removed}
    assert made.content is not None
    assert b"ignatures/" not in made.content
    assert b"documentsignatures" not in made.content
    assert "signatures".encode("utf-16-le") not in made.content
    assert extract(made.content, kind, NO_SIGNATURES).status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(("kind", "data"), ACTING)
@pytest.mark.parametrize("switches", [ExtractSwitches(), NO_SIGNATURES])
def test_a_change_ends_them_in_any_case(kind: str, data: bytes, switches: ExtractSwitches) -> None:
    made = extract(data, kind, switches)
    whats = {removal.what for removal in made.removed}
    assert "digital signature" in whats
    assert len(whats) > 1


def test_a_document_without_signatures_stays_byte_for_byte() -> None:
    for kind, data in (("docx", word("<w:p/>").build()), ("odf", odf.quiet()), ("pdf", pdf())):
        assert extract(data, kind, NO_SIGNATURES).status is ExtractStatus.UNCHANGED


def test_rights_given_by_a_signature_go_with_the_others() -> None:
    def rights(document: Pdf) -> None:
        document.Root.Perms = Dictionary(UR3=Dictionary(Type=Name.Sig))

    made = extract(pdf(rights), "pdf", NO_SIGNATURES)
    assert [removal.what for removal in made.removed] == ["signature that gives rights"]
    assert made.content is not None
    with pikepdf.open(BytesIO(made.content)) as document:
        assert "/Perms" not in document.Root
