"""What a PDF file holds around the document it shows: earlier revisions, bytes before and after."""

from __future__ import annotations

import re
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from gateway.extraction import DEFAULT_SWITCHES, ExtractStatus, ExtractSwitches, extract
from gateway.extraction.pdf import outside
from tests.unit.extraction.documents import attached, pdf


def unpacked(data: bytes, *, linearize: bool = False) -> bytes:
    """`data` with its streams as they are."""
    with pikepdf.open(BytesIO(data)) as document:
        output = BytesIO()
        document.save(
            output,
            linearize=linearize,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
        )
    return output.getvalue()


PLAIN = unpacked(pdf())
LINEARIZED = unpacked(pdf(), linearize=True)


def updated(first: bytes, objects: bytes = b"9 0 obj\n<</Note (new)>>\nendobj\n") -> bytes:
    """`first` with an incremental update (ISO 32000-1, 7.5.6) that adds `objects`."""
    at = len(first)
    previous = first.rindex(b"startxref") + len(b"startxref")
    start = int(first[previous:].split()[0])
    number = int(objects.split()[0])
    root = first.rindex(b"/Root")
    begin, end = first.rindex(b"<<", 0, root) + 2, first.index(b">>", root)
    entries = re.sub(rb"/Prev \d+", b"", first[begin:end])
    table = at + len(objects)
    return b"".join(
        (
            first,
            objects,
            b"xref\n%d 1\n%010d 00000 n \n" % (number, at),
            b"trailer\n<<%s/Prev %d>>\n" % (entries, start),
            b"startxref\n%d\n%%%%EOF\n" % table,
        )
    )


def signed(document: Pdf) -> None:
    """A signature field with a signature in it."""
    signature = Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=String("x"))
    field = document.make_indirect(
        Dictionary(FT=Name.Sig, T=String("s"), V=document.make_indirect(signature))
    )
    document.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (PLAIN, []),
        (LINEARIZED, []),
        (b"\r\n" + PLAIN + b"\r\n\0\0", []),
        (b"GIF89a;" + PLAIN, ["7 bytes before the document"]),
        (PLAIN + b"PK\x03\x04 and more", ["13 bytes after the document"]),
        (PLAIN + b"<script>1</script>%%EOF\n", ["23 bytes after the document"]),
        (updated(PLAIN), ["an earlier revision"]),
        (updated(updated(PLAIN)), ["2 earlier revisions"]),
        (updated(LINEARIZED), ["an earlier revision"]),
    ],
)
def test_what_is_found_goes_and_is_not_found_again(data: bytes, what: list[str]) -> None:
    assert [hit.what for hit in outside.hits(data)] == what
    made = extract(data, "pdf")
    assert [removal.what for removal in made.removed] == what
    if not what:
        assert made.status is ExtractStatus.UNCHANGED
        return
    assert made.content is not None
    assert made.content.startswith(b"%PDF-")
    assert outside.hits(made.content) == []
    assert extract(made.content, "pdf").status is ExtractStatus.UNCHANGED
    with pikepdf.open(BytesIO(made.content)) as document:
        assert b"Hello reader" in document.pages[0].Contents.read_bytes()


def test_an_earlier_page_cannot_be_shown_again() -> None:
    with pikepdf.open(BytesIO(PLAIN)) as document:
        number = document.pages[0].Contents.objgen[0]
    content = b"BT /F1 12 Tf 20 100 Td (Signed offer) Tj ET"
    stream = b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n"
    data = updated(PLAIN, stream % (number, len(content), content))
    assert b"Hello reader" in data
    made = extract(data, "pdf")
    assert made.content is not None
    assert b"Hello reader" not in unpacked(made.content)
    assert b"Signed offer" in unpacked(made.content)


def test_a_signed_document_keeps_its_revisions_unless_something_acts() -> None:
    data = updated(pdf(signed))
    assert extract(data, "pdf").status is ExtractStatus.UNCHANGED
    acting = updated(pdf(signed, attached))
    made = extract(acting, "pdf")
    whats = [removal.what for removal in made.removed]
    assert {"an earlier revision", "digital signature"} <= set(whats)
    assert made.content is not None
    with pikepdf.open(BytesIO(made.content)) as document:
        assert "/V" not in document.Root.AcroForm.Fields[0]
        assert "/SigFlags" not in document.Root.AcroForm


def test_policy_can_keep_what_lies_outside() -> None:
    kept = ExtractSwitches(hidden_data=False, pdf_revisions=False)
    for data in (b"GIF89a;" + PLAIN, PLAIN + b"more", updated(PLAIN)):
        assert extract(data, "pdf", kept).status is ExtractStatus.UNCHANGED


def test_metadata_stays_unless_policy_takes_it_out() -> None:
    def described(document: Pdf) -> None:
        document.docinfo["/Author"] = "Alice Example"
        xmp = document.make_stream(b"<x:xmpmeta>Alice Example</x:xmpmeta>")
        xmp["/Type"], xmp["/Subtype"] = Name.Metadata, Name.XML
        document.Root.Metadata = xmp

    data = pdf(described)
    assert extract(data, "pdf", DEFAULT_SWITCHES).status is ExtractStatus.UNCHANGED
    made = extract(data, "pdf", ExtractSwitches(metadata=True))
    assert made.content is not None
    assert b"Alice Example" not in made.content
    again = extract(made.content, "pdf", ExtractSwitches(metadata=True))
    assert again.status is ExtractStatus.UNCHANGED
