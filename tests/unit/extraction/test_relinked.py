"""Links that policy defangs or rewrites, in rich text, OpenDocument and legacy Office."""

from __future__ import annotations

import struct

import pytest

from gateway.extraction import ExtractStatus, ExtractSwitches, LinkPolicy, extract
from tests.unit.extraction import legacy, opendocuments, richtexts
from tests.unit.extraction.packages import members_of

DEFANG = ExtractSwitches(hyperlinks=LinkPolicy.DEFANG)
REWRITE = ExtractSwitches(
    hyperlinks=LinkPolicy.REWRITE, click_page="https://links.example.net/?to={url}"
)
LED = b"https://links.example.net/?to=https%3A%2F%2Fexample.org%2F"


def relinked(data: bytes, kind: str, switches: ExtractSwitches) -> bytes:
    """What came out; a second time nothing comes off it."""
    made = extract(data, kind, switches)
    assert made.status is ExtractStatus.CLEANED, made
    assert made.content is not None
    assert {removal.what for removal in made.removed} == {"link's target"}
    assert extract(made.content, kind, switches).status is ExtractStatus.UNCHANGED
    return made.content


@pytest.mark.parametrize(
    ("switches", "target"), [(DEFANG, b"hxxps://example[.]org/"), (REWRITE, LED)]
)
def test_rich_text_keeps_the_field_and_what_it_shows(
    switches: ExtractSwitches, target: bytes
) -> None:
    field = (
        rb'{\field{\*\fldinst{\rtlch HYPERLINK "https://example.org/" \\\\o "a b" }'
        rb"{{\*\datafield 00}}}{\fldrslt{shown {\b text}}}}"
    )
    for instruction in (field, richtexts.field(rb'HYPERLINK "https://example.org/"')):
        made = relinked(richtexts.document(instruction), "rtf", switches)
        assert rb"{\*\fldinst{" in made and b'HYPERLINK "' + target + b'"' in made
        assert b"https://example.org/" not in made
        assert b"datafield" not in made
    assert richtexts.document(b"")[:-1] in made


def test_rich_text_keeps_mail_links_and_signs_beyond_ascii() -> None:
    quiet = richtexts.document(richtexts.field(rb'HYPERLINK "mailto:a@example.org"'))
    assert extract(quiet, "rtf", DEFANG).status is ExtractStatus.UNCHANGED
    made = relinked(
        richtexts.document(richtexts.field(rb'HYPERLINK "https://example.org/\u252?{\\{"')),
        "rtf",
        DEFANG,
    )
    assert rb'"hxxps://example[.]org/\u252?' in made


@pytest.mark.parametrize(
    ("switches", "target"), [(DEFANG, b"hxxps://example[.]org/"), (REWRITE, LED)]
)
def test_opendocument_keeps_the_link(switches: ExtractSwitches, target: bytes) -> None:
    made = relinked(opendocuments.quiet(), "odf", switches)
    content = members_of(made)["content.xml"]
    assert b'xlink:href="' + target + b'">page</text:a>' in content
    flat = relinked(opendocuments.flat(opendocuments.QUIET_BODY), "odf", switches)
    assert b'xlink:href="' + target + b'"' in flat


def presentation(target: str) -> bytes:
    return legacy.presentation(legacy.part(0x03E8, legacy.link(target), 0, True))


def workbook(target: str, width: str) -> bytes:
    """A workbook with a link of a cell: a moniker with the address in one or two bytes a sign."""
    link = bytes(32) + struct.pack("<L", len(target)) + target.encode(width) + b"\0\0"
    return legacy.excel(legacy.book(sheets={"One": (0, legacy.record(0x1B8, link))}))


@pytest.mark.parametrize("scheme", ["http", "https", "HTTPS"])
def test_legacy_links_are_defanged_at_the_same_length(scheme: str) -> None:
    address = f"{scheme}://example.org/"
    safe = address.replace(scheme[:4], "hxxp")
    made = relinked(presentation(address), "ole-ppt", DEFANG)
    assert safe.encode("utf-16-le") in made
    assert address.encode("utf-16-le") not in made
    for width in ("latin-1", "utf-16-le"):
        made = relinked(workbook(address, width), "ole-xls", DEFANG)
        assert safe.encode(width) in made
        assert address.encode(width) not in made


@pytest.mark.parametrize(
    ("data", "kind", "switches"),
    [
        (presentation("https://example.org/"), "ole-ppt", REWRITE),
        (presentation("ftp://example.org/"), "ole-ppt", DEFANG),
        (workbook("https://example.org/", "latin-1"), "ole-xls", REWRITE),
    ],
)
def test_what_has_no_room_is_removed(data: bytes, kind: str, switches: ExtractSwitches) -> None:
    made = extract(data, kind, switches)
    assert [removal.what for removal in made.removed] == ["link"]
    assert made.content is not None and b"example.org" not in made.content
    assert "example.org".encode("utf-16-le") not in made.content
    assert extract(made.content, kind, switches).status is ExtractStatus.UNCHANGED
