"""Where a document lies in the guest, and the name it has there."""

from __future__ import annotations

import pytest

from gateway.emulation import Sample
from gateway.emulation.interpreters import Unsupported
from gateway.emulation.microvm import documents
from gateway.emulation.microvm.programs import Start
from gateway.model.filetype import BY_NAME


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("bill.docx", "docx", "bill.docx"),
        ("bill", "docx", "bill.docx"),
        ("bill.jpg", "ole-doc", "bill.jpg.doc"),
        ("TABLE.ODS", "odf", "TABLE.ODS"),
        ("../../etc/x.pdf", "pdf", "x.pdf"),
        ("", "rtf", "sample.rtf"),
    ],
)
def test_a_document_keeps_its_name_and_gets_its_ending(name: str, kind: str, expected: str) -> None:
    start = documents.start(Sample(name, kind, b""))
    assert start == Start(f"/home/user/Downloads/{expected}", expected, ())


def test_what_is_no_document_is_refused_by_type() -> None:
    refused = documents.start(Sample("a.png", "png", b""))
    assert isinstance(refused, Unsupported)
    assert "png" in refused.reason


def test_every_type_is_known() -> None:
    assert set(BY_NAME) >= documents.TYPES
