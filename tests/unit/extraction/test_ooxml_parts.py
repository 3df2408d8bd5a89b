"""Office packages: what goes, what stays, and that nothing is left pointing at what went."""

from __future__ import annotations

import re
import struct

import pytest
from lxml import etree

from gateway.extraction import ExtractStatus, ExtractSwitches, LinkPolicy, extract
from gateway.extraction.ooxml.binary_records import Record, records
from gateway.extraction.ooxml.extractor import analyse
from tests.unit.extraction import samples
from tests.unit.extraction.packages import (
    MICROSOFT,
    OLE,
    PNG,
    VML_NS,
    Relation,
    book,
    members_of,
    slide,
    word,
    zip_of,
)

MAIN = "word/document.xml"


def cleaned(
    data: bytes, type_name: str = "docx", **switches: bool | LinkPolicy
) -> dict[str, bytes]:
    """The members of `data` after extraction, which must have cleaned it."""
    made = extract(data, type_name, ExtractSwitches(**switches))  # type: ignore[arg-type]
    assert made.status is ExtractStatus.CLEANED, made.error
    assert made.content is not None
    return members_of(made.content)


def what_went(data: bytes, type_name: str = "docx") -> list[str]:
    """What extraction says it took out."""
    return [removal.what for removal in extract(data, type_name).removed]


def test_every_part_that_acts_is_gone_and_the_text_stays() -> None:
    members = cleaned(samples.acting_word())
    assert set(members) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "word/_rels/document.xml.rels",
        "word/_rels/settings.xml.rels",
        "word/document.xml",
        "word/media/image1.png",
        "word/settings.xml",
    }
    assert b"Dear reader" in members[MAIN]
    assert b"shown" in members[MAIN], "the last result of the DDE field"
    assert b"DD" not in members[MAIN]
    assert b"vbaProject" not in members["[Content_Types].xml"]


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (samples.acting_word, "docx"),
        (samples.acting_book, "xlsx"),
        (samples.acting_slide, "pptx"),
    ],
)
def test_no_id_leads_nowhere_and_no_relationship_to_a_missing_part(make, kind) -> None:  # type: ignore[no-untyped-def]
    content = extract(make(), kind).content or b""
    package = analyse(content, 0, lambda kind: False)
    for relationship in package.all_relationships():
        assert relationship.external or relationship.part in package.members
    for part in package.xml_parts():
        ids = {relationship.id for relationship in package.relationships.get(part, ())}
        used = set(re.findall(rb'r:(?:id|embed|link|href)="([^"]+)"', package.read(part)))
        assert {name.decode() for name in used} <= ids
        etree.fromstring(package.read(part))
    for override in package.types.iterfind("{*}Override"):
        assert override.get("PartName", "")[1:].lower() in package.members


def test_members_that_stay_keep_their_compressed_bytes_and_order() -> None:
    before = word(
        "<w:p/>",
        parts={"word/media/image1.png": PNG, "word/styles.xml": "<w:styles/>" * 50},
        relations=[Relation(MAIN, "rId1", "oleObject", "embeddings/o.bin")],
    )
    data = zip_of({**members_of(before.build()), "word/embeddings/o.bin": OLE, "last.xml": b"<a/>"})
    after = extract(data, "docx").content
    assert after is not None
    assert list(members_of(after)) == [
        name for name in members_of(data) if name != "word/embeddings/o.bin"
    ]
    start = data.index(b"word/media/image1.png") - 30
    stop = data.index(b"PK\x03\x04", start + 4)
    assert data[start:stop] in after


def test_an_object_in_word_becomes_its_picture() -> None:
    document = cleaned(samples.acting_word())[MAIN]
    assert b"OLEObject" not in document
    assert b"<w:pict>" in document
    assert b'v:imagedata r:id="rIdP"' in document


def test_an_object_on_a_slide_becomes_its_picture_under_its_own_id() -> None:
    shown = cleaned(samples.acting_slide(), "pptx")["ppt/slides/slide1.xml"]
    assert b"oleObj" not in shown
    assert b"graphicFrame" not in shown
    assert b'<p:cNvPr id="4" name="Object 3"/>' in shown
    assert b'r:embed="rIdP"' in shown
    assert b"ppaction" not in shown


def test_an_object_without_picture_goes_whole() -> None:
    frame = (
        "<p:graphicFrame><a:graphic><a:graphicData><p:oleObj r:id='rIdO'/></a:graphicData>"
        "</a:graphic></p:graphicFrame>"
    )
    relation = Relation("ppt/slides/slide1.xml", "rIdO", "oleObject", "../embeddings/o.bin")
    data = slide(frame, parts={"ppt/embeddings/o.bin": OLE}, relations=[relation]).build()
    assert b"graphicFrame" not in cleaned(data, "pptx")["ppt/slides/slide1.xml"]


def test_alternatives_fall_back_to_what_does_not_act() -> None:
    sheet = (
        '<sheetData/><mc:AlternateContent><mc:Choice Requires="x14"><controls>'
        '<mc:AlternateContent><mc:Choice Requires="x14"><control r:id="rIdC"/></mc:Choice>'
        "</mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>"
    )
    relation = Relation("xl/worksheets/sheet1.xml", "rIdC", "control", "../activeX/activeX1.xml")
    data = book(sheet, parts={"xl/activeX/activeX1.xml": "<ocx/>"}, relations=[relation]).build()
    after = cleaned(data, "xlsx")["xl/worksheets/sheet1.xml"]
    assert b"control" not in after
    assert b"AlternateContent" not in after


def test_a_workbook_keeps_values_where_formulas_went() -> None:
    members = cleaned(samples.acting_book(), "xlsx")
    sheet = members["xl/worksheets/sheet1.xml"]
    assert b"[1]" not in sheet
    assert b"WEBSERVICE" not in sheet
    assert b"<v>7</v>" in sheet
    assert b"<v>8</v>" in sheet
    assert b"<f>SUM(1,2)</f>" in sheet
    assert "xl/calcChain.xml" not in members, "it would name cells without formula"
    assert b"externalReference" not in members["xl/workbook.xml"]
    assert b"Auto_Open" not in members["xl/workbook.xml"]
    assert b"x.example" not in members["xl/connections.xml"]


def test_a_macro_sheet_becomes_a_sheet_without_formulas_in_its_place() -> None:
    members = cleaned(samples.acting_book(), "xlsx")
    assert "xl/macrosheets/sheet1.xml" not in members
    assert b"macrosheet" not in members["[Content_Types].xml"].lower()
    assert b"<sheetData/>" in members["xl/worksheets/emptied1.xml"]
    assert b"relationships/worksheet" in members["xl/_rels/workbook.xml.rels"]


def test_a_link_to_a_workbook_takes_formulas_and_chart_series_along() -> None:
    main = "xl/workbook.xml"
    data = book(
        "<sheetData><row><c><f>[1]S!A1*2</f><v>4</v></c><c><f>&quot;[1]&quot;</f></c></row>"
        "</sheetData>",
        '<externalReferences><externalReference r:id="rIdE"/></externalReferences>',
        parts={
            "xl/externalLinks/externalLink1.xml": "<externalLink><externalBook/></externalLink>",
            "xl/charts/chart1.xml": "<c:chart xmlns:c='urn:c'><c:f>[1]S!$A$1</c:f></c:chart>",
        },
        relations=[
            Relation(main, "rIdE", "externalLink", "externalLinks/externalLink1.xml"),
            Relation("xl/externalLinks/externalLink1.xml", "rId1", "externalLinkPath", "b", True),
        ],
    ).build()
    members = cleaned(data, "xlsx")
    assert b"#REF!" in members["xl/charts/chart1.xml"]
    assert b"<v>4</v>" in members["xl/worksheets/sheet1.xml"]
    assert b'"[1]"' in members["xl/worksheets/sheet1.xml"], "a text, not a reference"


def test_macros_of_a_document_go_and_its_type_stays() -> None:
    made = extract(samples.acting_word(), "docm")
    assert made.type == "docm"


def test_a_relationship_type_in_disguise_is_known_by_content() -> None:
    relation = Relation(MAIN, "rIdX", "image", "media/picture.png")
    data = word("<w:p/>", parts={"word/media/picture.png": OLE}, relations=[relation]).build()
    assert what_went(data) == ["embedded OLE object"]
    assert "word/media/picture.png" not in cleaned(data)


def test_a_part_no_relationship_leads_to_goes_when_it_is_an_object_or_program() -> None:
    data = word("<w:p/>", parts={"a.dat": OLE, "b.dat": b"MZ" + bytes(60)}).build()
    assert what_went(data) == ["embedded OLE object", "embedded program"]


def test_an_embedded_workbook_is_cleaned_in_place() -> None:
    relation = Relation(MAIN, "rIdW", "package", "embeddings/book.xlsx")
    inner = samples.acting_book()
    data = word("<w:p/>", parts={"word/embeddings/book.xlsx": inner}, relations=[relation]).build()
    after = cleaned(data)["word/embeddings/book.xlsx"]
    assert after == extract(inner, "xlsx").content
    assert all(removal.where.startswith("word/embeddings/book.xlsx!")
               for removal in extract(data, "docx").removed)  # fmt: skip


def test_a_quiet_embedded_workbook_changes_nothing() -> None:
    relation = Relation(MAIN, "rIdW", "package", "embeddings/book.xlsx")
    inner = samples.document_of("xlsx").build()
    data = word("<w:p/>", parts={"word/embeddings/book.xlsx": inner}, relations=[relation]).build()
    assert extract(data, "docx").status is ExtractStatus.UNCHANGED


def test_documents_nested_too_deep_are_removed_unseen() -> None:
    data = samples.document_of("docx").build()
    for _ in range(5):
        relation = Relation(MAIN, "rIdW", "package", "embeddings/d.docx")
        data = word("<w:p/>", parts={"word/embeddings/d.docx": data}, relations=[relation]).build()
    assert what_went(data) == ["embedded archive"]


def test_an_archive_in_a_document_is_no_document() -> None:
    relation = Relation(MAIN, "rIdW", "package", "embeddings/files.zip")
    inner = zip_of({"run.exe": b"MZ"})
    data = word("<w:p/>", parts={"word/embeddings/files.zip": inner}, relations=[relation]).build()
    assert what_went(data) == ["embedded archive"]


@pytest.mark.parametrize(
    ("target", "why_removed"),
    [
        ("https://example.org/", ""),
        ("mailto:someone@example.org", ""),
        ("file:///c:/reports/a.docx", ""),
        ("ms-msdt:/id PCWDiagnostic", "link that starts a program"),
        ("search-ms:query=x&amp;crumb=location:\\\\h", "link that starts a program"),
        ("javascript:alert(1)", "link that starts a program"),
        ("\\\\host\\share\\run.exe", "link that starts a program"),
        ("https://example.org/setup.exe", ""),
    ],
)
def test_links_stay_unless_they_start_programs(target: str, why_removed: str) -> None:
    body = '<w:p><w:hyperlink r:id="rIdH"><w:r><w:t>text</w:t></w:r></w:hyperlink></w:p>'
    data = word(body, relations=[Relation(MAIN, "rIdH", "hyperlink", target, True)]).build()
    assert what_went(data) == ([why_removed] if why_removed else [])
    if why_removed:
        assert b"text" in cleaned(data)[MAIN]


def test_policy_can_remove_every_link_and_keep_its_text() -> None:
    members = cleaned(samples.quiet_word(), hyperlinks=LinkPolicy.REMOVE)
    assert b"our page" in members[MAIN]
    assert b"example.org" not in members["word/_rels/document.xml.rels"]


def test_custom_xml_goes_only_when_policy_says_so() -> None:
    relation = Relation(MAIN, "rIdX", "customXml", "../customXml/item1.xml")
    data = word("<w:p/>", parts={"customXml/item1.xml": "<a/>"}, relations=[relation]).build()
    assert extract(data, "docx").status is ExtractStatus.UNCHANGED
    assert "customXml/item1.xml" not in cleaned(data, custom_xml=True)


@pytest.mark.parametrize(
    ("content_type", "chunk", "stays"),
    [
        ("text/html", "<html><p>Only text</p></html>", True),
        ("text/html", "<html><script>x()</script></html>", False),
        ("text/html", "<html><img src='http://t.example/'></html>", False),
        ("application/rtf", "{\\rtf1 text}", False),
        ("message/rfc822", "MIME-Version: 1.0", False),
    ],
)
def test_imported_chunks_stay_only_when_inert(content_type: str, chunk: str, stays: bool) -> None:
    data = word(
        '<w:altChunk r:id="rIdA"/>',
        parts={"word/chunk.html": chunk},
        relations=[Relation(MAIN, "rIdA", "aFChunk", "chunk.html")],
        types={"word/chunk.html": content_type},
    ).build()
    made = extract(data, "docx")
    assert (made.status is ExtractStatus.UNCHANGED) == stays
    if made.content is not None:
        assert b"altChunk" not in members_of(made.content)[MAIN]


def test_pictures_that_vml_names_by_address_are_unlinked() -> None:
    body = '<w:p><w:r><w:pict><v:imagedata src="https://t.example/p.png"/></w:pict></w:r></w:p>'
    assert b"t.example" not in cleaned(word(body).build())[MAIN]


def test_a_toolbar_and_an_add_in_go() -> None:
    data = word(
        "<w:p/>",
        parts={"word/attachedToolbars.bin": b"toolbar", "word/we/panes.xml": "<a/>"},
        relations=[
            Relation(MAIN, "rIdT", f"{MICROSOFT}/attachedToolbars", "attachedToolbars.bin"),
            Relation("", "rIdW", f"{MICROSOFT}/webextensiontaskpanes", "word/we/panes.xml"),
        ],
    ).build()
    assert sorted(what_went(data)) == ["custom toolbar", "task pane add-in"]
    assert set(cleaned(data)) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "word/_rels/document.xml.rels",
        MAIN,
    }


@pytest.mark.parametrize(
    "formula",
    ['<f\t>WEBSERVICE("x")</f>', '<f\n t="shared" >webservice ("x")</f>', "<f>cmd|'/c x'!A0</f>"],
)
def test_formulas_are_found_however_they_are_spelled(formula: str) -> None:
    data = book(f"<sheetData><row><c>{formula}<v>1</v></c></row></sheetData>").build()
    assert b"<c><v>1</v></c>" in cleaned(data, "xlsx")["xl/worksheets/sheet1.xml"]


def test_a_button_loses_its_macro() -> None:
    drawing = "<xdr:sp xmlns:xdr='urn:x' macro = '[0]!Run'/>"
    data = book("<sheetData/>", parts={"xl/drawings/drawing1.xml": drawing}).build()
    assert b'macro=""' in cleaned(data, "xlsx")["xl/drawings/drawing1.xml"]


def test_a_template_disguised_as_a_link_is_still_a_template() -> None:
    relations = [
        Relation(MAIN, "rIdT", "settings", "settings.xml"),
        Relation("word/settings.xml", "rId1", "hyperlink", "https://x.example/t.dotm", True),
    ]
    data = word("<w:p/>", parts={"word/settings.xml": samples.settings()}, relations=relations)
    assert what_went(data.build()) == ["attachedTemplate disguised as a link"]
    assert b"attachedTemplate" not in cleaned(data.build())["word/settings.xml"]


def test_mail_merge_goes_with_its_query() -> None:
    query = '<w:mailMerge><w:query w:val="SELECT 1"/></w:mailMerge>'
    inner = samples.settings(query).replace('<w:attachedTemplate r:id="rId1"/>', "")
    relation = Relation(MAIN, "rIdT", "settings", "settings.xml")
    data = word("<w:p/>", parts={"word/settings.xml": inner}, relations=[relation]).build()
    assert b"mailMerge" not in cleaned(data)["word/settings.xml"]


def test_xml_in_another_encoding_hides_nothing() -> None:
    plain = members_of(word(samples.DDE_RUNS).build())
    text = plain[MAIN].decode().replace("DD", "&#68;D")
    hidden = f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")
    data = zip_of({**plain, MAIN: hidden})
    assert what_went(data) == ["DDE field that runs on opening"]


def test_a_document_type_declaration_is_refused() -> None:
    plain = members_of(word("<w:p/>").build())
    bomb = b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    made = extract(zip_of({**plain, MAIN: bomb}), "docx")
    assert made.status is ExtractStatus.FAILED
    assert "document type" in made.error


def test_a_binary_workbook_gives_up_what_hangs_on_relationships() -> None:
    macro = Relation("xl/workbook.xml", "rIdV", f"{MICROSOFT}/vbaProject", "vbaProject.bin")
    with_macro = book("", parts={"xl/vbaProject.bin": OLE}, relations=[macro]).build()
    assert extract(with_macro, "xlsb").status is ExtractStatus.CLEANED


def test_a_macro_sheet_of_a_binary_workbook_that_is_damaged_becomes_an_empty_sheet() -> None:
    sheet, index = "xl/macrosheets/sheet1.bin", "xl/macrosheets/binaryIndex1.bin"
    relations = [
        Relation("xl/workbook.xml", "rIdM", f"{MICROSOFT}/xlMacrosheet", "macrosheets/sheet1.bin"),
        Relation(sheet, "rId1", f"{MICROSOFT}/xlBinaryIndex", "binaryIndex1.bin"),
    ]
    parts = {sheet: b"=EXEC(calc)", index: b"rows"}
    types = dict.fromkeys(parts, "application/vnd.ms-excel.macrosheet")
    data = book("", parts=parts, relations=relations, types=types).build()
    made = extract(data, "xlsb")
    assert [removal.what for removal in made.removed] == ["Excel 4 macro sheet"]
    assert made.content is not None
    members = members_of(made.content)
    assert not any(name.startswith("xl/macrosheets/") for name in members)
    assert members["xl/worksheets/emptied1.bin"].startswith(b"\x81\x01\x00")
    assert b"worksheets/emptied1.bin" in members["xl/_rels/workbook.xml.rels"]
    assert extract(made.content, "xlsb").status is ExtractStatus.UNCHANGED


def test_a_locked_document_is_said_to_be_encrypted() -> None:
    locked = OLE + "EncryptedPackage".encode("utf-16-le")
    assert extract(locked, "office-encrypted").status is ExtractStatus.ENCRYPTED
    assert extract(OLE, "docx").status is ExtractStatus.FAILED


def test_a_drawing_with_line_breaks_as_in_html_is_read() -> None:
    drawing = (
        f"<xml xmlns:v='{VML_NS}' xmlns:x='urn:schemas-microsoft-com:office:excel'><v:shape>"
        "<v:textbox><div>Two<br>\n lines</div></v:textbox>"
        "<x:ClientData><x:FmlaMacro>[0]!Run</x:FmlaMacro></x:ClientData></v:shape></xml>"
    )
    data = book("<sheetData/>", parts={"xl/drawings/vmlDrawing1.vml": drawing}).build()
    made = cleaned(data, "xlsx")["xl/drawings/vmlDrawing1.vml"]
    assert b"FmlaMacro" not in made
    assert b"Two<br/>" in made


def _macro_book(sheet: bytes, binary: bool) -> bytes:
    suffix = "bin" if binary else "xml"
    part = f"xl/macrosheets/sheet1.{suffix}"
    kind = f"macrosheets/sheet1.{suffix}"
    relation = Relation("xl/workbook.xml", "rIdM", f"{MICROSOFT}/xlMacrosheet", kind)
    types = {part: "application/vnd.ms-excel.macrosheet" + ("" if binary else "+xml")}
    return book("", parts={part: sheet}, relations=[relation], types=types).build()


def test_a_macro_sheet_leaves_the_values_that_its_cells_show() -> None:
    sheet = (
        b'<xm:macrosheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        b'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" xmlns:x="urn:x">'
        b'<cols><col min="1" max="1" width="17"/></cols><sheetData><row r="1" x:y="1">'
        b'<c r="A1" t="str"><f>EXEC("calc")</f><v>shown</v></c><c r="B1" t="inlineStr"><is><r>'
        b'<rPr/><t>two</t></r></is></c><c r="C1"><v>3</v><x:ext/></c></row></sheetData>'
        b'<legacyDrawing r:id="rId1" xmlns:r="urn:r"/></xm:macrosheet>'
    )
    made = extract(_macro_book(sheet, binary=False), "xlsm")
    assert [removal.what for removal in made.removed] == ["Excel 4 macro sheet"]
    assert made.content is not None
    left = members_of(made.content)["xl/worksheets/emptied1.xml"]
    assert left.endswith(
        b'<cols><col min="1" max="1" width="17"/></cols><sheetData><row r="1"><c r="A1" t="str">'
        b'<v>shown</v></c><c r="B1" t="inlineStr"><is><r><t>two</t></r></is></c><c r="C1"><v>3</v>'
        b"</c></row></sheetData></worksheet>"
    )
    assert extract(made.content, "xlsm").status is ExtractStatus.UNCHANGED


def test_a_binary_macro_sheet_leaves_the_values_that_its_cells_show() -> None:
    shown = struct.pack("<L", 5) + "shown".encode("utf-16-le")
    formula = bytes(8) + shown + bytes(2) + struct.pack("<L", 2) + b"\x1e\x00" + bytes(4)
    sheet = [Record(129, b""), Record(147, b"looks"), Record(148, bytes(16)), Record(145, b""),
             Record(0, bytes(25)), Record(8, formula), Record(2, bytes(12)), Record(146, b""),
             Record(550, b"drawing"), Record(130, b"")]  # fmt: skip
    data = _macro_book(b"".join(record.packed() for record in sheet), binary=True)
    made = extract(data, "xlsb")
    assert made.content is not None
    left = list(records(members_of(made.content)["xl/worksheets/emptied1.bin"], "sheet"))
    assert [record.type for record in left] == [129, 148, 145, 0, 6, 2, 146, 130]
    assert left[4].data == bytes(8) + shown
    assert extract(made.content, "xlsb").status is ExtractStatus.UNCHANGED
