"""One quiet and one acting file per family: acting means, everything the family can carry."""

from __future__ import annotations

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from tests.unit.extraction import documents as pdfs
from tests.unit.extraction.packages import (
    MICROSOFT,
    OLE,
    PNG,
    Document,
    Relation,
    book,
    slide,
    word,
)

DDE_RUNS = (
    '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DD</w:instrText></w:r>'
    '<w:r><w:instrText>EAUTO c:\\\\cmd.exe "/k calc"</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>shown</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
)
"""A DDE field whose keyword is split over runs, as msodde's samples have it."""


def quiet_word() -> bytes:
    """A document with text, a page-number field and a web link."""
    body = (
        '<w:p><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        '<w:hyperlink r:id="rId9"><w:r><w:t>our page</w:t></w:r></w:hyperlink></w:p>'
    )
    link = Relation("word/document.xml", "rId9", "hyperlink", "https://example.org/", True)
    return word(body, relations=[link]).build()


def acting_word() -> bytes:
    """A document with macros, an object, a control, a remote template and picture, and DDE."""
    main = "word/document.xml"
    body = (
        "<w:p><w:r><w:t>Dear reader</w:t></w:r></w:p>" + DDE_RUNS + "<w:p><w:r><w:object>"
        '<v:shape><v:imagedata r:id="rIdP"/></v:shape>'
        '<o:OLEObject Type="Embed" ProgID="Package" r:id="rIdO"/></w:object></w:r></w:p>'
        '<w:p><w:r><w:object><w:control r:id="rIdC" w:name="Box"/></w:object></w:r></w:p>'
        '<w:p><w:r><a:blip r:link="rIdI"/></w:r></w:p>'
    )
    return word(
        body,
        parts={
            "word/vbaProject.bin": OLE,
            "word/vbaData.xml": "<wne:vbaSuppData xmlns:wne='urn:x'/>",
            "word/embeddings/oleObject1.bin": OLE,
            "word/media/image1.png": PNG,
            "word/activeX/activeX1.xml": "<ax:ocx xmlns:ax='urn:x'/>",
            "word/activeX/activeX1.bin": OLE,
            "word/settings.xml": settings(),
            "customUI/customUI.xml": "<customUI xmlns='urn:x' onLoad='Run'/>",
        },
        relations=[
            Relation(main, "rIdV", f"{MICROSOFT}/vbaProject", "vbaProject.bin"),
            Relation(main, "rIdO", "oleObject", "embeddings/oleObject1.bin"),
            Relation(main, "rIdP", "image", "media/image1.png"),
            Relation(main, "rIdC", "control", "activeX/activeX1.xml"),
            Relation(main, "rIdI", "image", "https://track.example/p.png", True),
            Relation(main, "rIdT", "settings", "settings.xml"),
            Relation("word/vbaProject.bin", "rId1", f"{MICROSOFT}/wordVbaData", "vbaData.xml"),
            Relation(
                "word/activeX/activeX1.xml",
                "rId1",
                f"{MICROSOFT}/activeXControlBinary",
                "activeX1.bin",
            ),
            Relation("word/settings.xml", "rId1", "attachedTemplate", "https://x.example/t", True),
            Relation("", "rIdU", f"{MICROSOFT}/ui/extensibility", "customUI/customUI.xml"),
        ],
        types={"word/vbaData.xml": "application/vnd.ms-word.vbaData+xml"},
    ).build()


def settings(inner: str = "") -> str:
    """Word settings with an attached template and `inner`."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'<w:settings xmlns:w="{namespace}" xmlns:r="{office}">'
        f'<w:attachedTemplate r:id="rId1"/>{inner}</w:settings>'
    )


def acting_book() -> bytes:
    """A workbook with a DDE link, a macro sheet, a query and a formula that fetches."""
    main = "xl/workbook.xml"
    sheet_ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return book(
        '<sheetData><row r="1"><c r="A1"><f>[1]!A0</f><v>7</v></c>'
        '<c r="B1"><f>WEBSERVICE("https://x.example/")</f><v>8</v></c>'
        '<c r="C1"><f>SUM(1,2)</f><v>3</v></c></row></sheetData>',
        '<externalReferences><externalReference r:id="rIdE"/></externalReferences><definedNames>'
        '<definedName name="_xlnm.Auto_Open">Macro1!$A$1</definedName></definedNames>',
        parts={
            "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{sheet_ns}">'
            '<ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>',
            "xl/macrosheets/sheet1.xml": f'<macrosheet xmlns="{sheet_ns}"/>',
            "xl/connections.xml": f'<connections xmlns="{sheet_ns}"><connection id="1" name="q" '
            'refreshOnLoad="1"><webPr url="https://x.example/q"/></connection></connections>',
            "xl/calcChain.xml": f'<calcChain xmlns="{sheet_ns}"><c r="A1" i="1"/></calcChain>',
        },
        relations=[
            Relation(main, "rIdE", "externalLink", "externalLinks/externalLink1.xml"),
            Relation(main, "rIdM", f"{MICROSOFT}/xlMacrosheet", "macrosheets/sheet1.xml"),
            Relation(main, "rIdQ", "connections", "connections.xml"),
            Relation(main, "rIdK", "calcChain", "calcChain.xml"),
        ],
        types={"xl/macrosheets/sheet1.xml": "application/vnd.ms-excel.macrosheet+xml"},
    ).build()


def acting_slide() -> bytes:
    """A presentation with an object and an action that starts a program on hovering."""
    main = "ppt/slides/slide1.xml"
    shapes = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="Object 3"/>'
        "</p:nvGraphicFramePr><a:graphic><a:graphicData><p:oleObj r:id='rIdO' progId='Package'>"
        '<p:embed/><p:pic><p:nvPicPr><p:cNvPr id="0" name=""/></p:nvPicPr><p:blipFill>'
        '<a:blip r:embed="rIdP"/></p:blipFill></p:pic></p:oleObj></a:graphicData></a:graphic>'
        '</p:graphicFrame><p:sp><p:nvSpPr><p:cNvPr id="5" name="Button">'
        '<a:hlinkMouseOver r:id="rIdH" action="ppaction://program"/></p:cNvPr></p:nvSpPr></p:sp>'
    )
    return slide(
        shapes,
        parts={"ppt/embeddings/oleObject1.bin": OLE, "ppt/media/image1.png": PNG},
        relations=[
            Relation(main, "rIdO", "oleObject", "../embeddings/oleObject1.bin"),
            Relation(main, "rIdP", "image", "../media/image1.png"),
            Relation(main, "rIdH", "hyperlink", "file:///c:/x.exe", True),
        ],
    ).build()


def quiet_pdf() -> bytes:
    """A page that opens at its own destination, with a web link."""
    link = Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org/"))
    return pdfs.pdf(pdfs.annotation(Subtype=Name.Link, A=link), _opens_at_page)


def acting_pdf() -> bytes:
    """A page with everything a PDF can carry."""
    return pdfs.pdf(
        pdfs.open_action(pdfs.script()),
        pdfs.annotation(Subtype=Name.Link, A=pdfs.launch(), AA=Dictionary(E=pdfs.script("x()"))),
        pdfs.root("AA", Dictionary(WC=pdfs.script("bye()"))),
        pdfs.root("AcroForm", Dictionary(Fields=Array([]), XFA=pikepdf.String("<xfa/>"))),
        pdfs.attached,
        _named_script,
    )


def _opens_at_page(document: Pdf) -> None:
    document.Root.OpenAction = Array([document.pages[0].obj, Name.Fit])


def _named_script(document: Pdf) -> None:
    entry = document.make_indirect(pdfs.script("named()"))
    document.Root.Names.JavaScript = Dictionary(Names=Array([pikepdf.String("run"), entry]))


def document_of(kind: str) -> Document:
    """A minimal document of `kind`, for tests that need only a valid package."""
    return {"docx": word("<w:p/>"), "xlsx": book("<sheetData/>"), "pptx": slide("")}[kind]
