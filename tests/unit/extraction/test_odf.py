"""OpenDocument: each thing that acts goes, what it showed stays, the package stays whole."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from gateway.engines.identify import identify
from gateway.extraction import ExtractStatus, ExtractSwitches, LinkPolicy, extract, survey
from tests.unit.extraction import opendocuments as odf
from tests.unit.extraction.packages import members_of
from tests.unit.extraction.test_contract import ExtractorContract


class TestOpenDocument(ExtractorContract):
    __test__ = True
    TYPE = "odf"

    def quiet(self) -> bytes:
        return odf.quiet()

    def acting(self) -> bytes:
        return odf.acting()


@pytest.mark.parametrize(
    ("inside", "gone", "left"),
    [
        ("<text:p>x</text:p>" + odf.BODY, b"WEBSERVICE", b"result one"),
        (odf.BODY, b"DDE(", b"result two"),
        (odf.BODY, b"cmd", b"shown"),
        (odf.BODY, b"t.odt", b"kept section"),
        (odf.BODY, b"calc.exe", b"click"),
        (odf.BODY, b"track.example", b"Dear reader"),
        (odf.BODY, b"post", b"of:=SUM([.A1:.A2])"),
        (odf.BODY, b"execute-macro", b"a macro field"),
        (odf.BODY, b"floating-frame", b"https://example.org/"),
    ],
)
def test_what_acts_goes_and_what_it_showed_stays(inside: str, gone: bytes, left: bytes) -> None:
    for data in (odf.package({"content.xml": odf.content(inside)}), odf.flat(inside)):
        made = extract(data, "odf").content
        assert made is not None
        text = members_of(made)["content.xml"] if made[:2] == b"PK" else made
        assert gone not in text
        assert left in text


def test_members_that_act_leave_the_package_and_its_manifest() -> None:
    made = extract(odf.acting(), "odf").content
    assert made is not None
    members = members_of(made)
    assert set(members) == {
        *("mimetype", "content.xml", "meta.xml", "ObjectReplacements/Object 1"),
        "META-INF/manifest.xml",
    }
    manifest = members["META-INF/manifest.xml"]
    assert b"Basic/" not in manifest
    assert b"signatures" not in manifest
    with zipfile.ZipFile(BytesIO(made)) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_a_flat_file_is_known_and_cleaned() -> None:
    acting = odf.flat(odf.BODY, odf.SCRIPTS)
    assert identify(acting, "letter.fodt").guess.type == "odf"
    made = extract(acting, "odf")
    assert made.content is not None
    assert b"vnd.sun.star.script" not in made.content
    assert extract(made.content, "odf").status is ExtractStatus.UNCHANGED
    assert extract(odf.flat(odf.QUIET_BODY), "odf").status is ExtractStatus.UNCHANGED


def test_links_go_when_policy_says_so_and_their_text_stays() -> None:
    made = extract(odf.quiet(), "odf", ExtractSwitches(hyperlinks=LinkPolicy.REMOVE)).content
    assert made is not None
    content = members_of(made)["content.xml"]
    assert b"Dear reader, page" in content
    assert survey(odf.quiet(), "odf").hosts == ("example.org",)


def test_an_empty_macro_library_is_no_macro() -> None:
    scripts = (
        '<office:scripts><office:script script:language="ooo:Basic"><ooo:libraries '
        'xmlns:ooo="http://openoffice.org/2004/office"/></office:script></office:scripts>'
    )
    assert extract(odf.flat(odf.QUIET_BODY, scripts), "odf").status is ExtractStatus.UNCHANGED


def test_charts_stay_and_are_cleaned_within() -> None:
    body = '<text:p><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    members = {"content.xml": odf.content(body), "Object 1/content.xml": odf.content(odf.BODY)}
    made = extract(odf.package(members), "odf").content
    assert made is not None
    assert b"./Object 1" in members_of(made)["content.xml"]
    assert b"WEBSERVICE" not in members_of(made)["Object 1/content.xml"]
    alone = extract(odf.package({"content.xml": odf.content(body)}), "odf")
    assert [removal.what for removal in alone.removed] == ["linked object"]


def test_an_encrypted_document_is_named_so() -> None:
    data = odf.package({"content.xml": odf.content("")})
    locked = data.replace(b"manifest:media-type", b"manifest:media-type")
    assert extract(locked, "odf").status is ExtractStatus.UNCHANGED
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry '
        'm:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>'
    )
    memory = BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", b"\x00\x01")
        archive.writestr("META-INF/manifest.xml", manifest)
    assert extract(memory.getvalue(), "odf").status is ExtractStatus.ENCRYPTED


def test_entities_are_refused_and_an_old_doctype_is_not() -> None:
    old = '<!DOCTYPE office:document-content PUBLIC "a" "office.dtd">' + odf.content(odf.QUIET_BODY)
    assert extract(odf.package({"content.xml": old}), "odf").status is ExtractStatus.UNCHANGED
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]>' + odf.content("&b;")
    assert extract(odf.package({"content.xml": bomb}), "odf").status is ExtractStatus.FAILED


def test_handlers_of_openoffice_1_are_handlers() -> None:
    handler = (
        '<office:events><script:event script:language="StarBasic" script:event-name="on-load" '
        'script:macro-name="Standard.Module1.Main" script:location="document"/></office:events>'
    )
    found = survey(odf.flat(f"{handler}<text:p>Dear reader</text:p>"), "odf")
    assert [(hit.what, hit.acts) for hit in found.hits] == [
        ("handler that runs a macro on opening", True)
    ]
