"""Rich texts and bare objects as people send them."""

from __future__ import annotations

from tools.corpus import ooxml
from tools.corpus.detections import office_files
from tools.corpus.detections import rtf_files as files
from tools.corpus.detections.case import Case
from tools.corpus.pdf import honest_pdf
from tools.corpus.pictures import png

_LINES = ("Minutes of the meeting", "All were there.")
_RECORDS = files.fraction


def _case(name: str, body: str) -> Case:
    return Case(f"{name}.rtf", "rtf", lambda: files.text(body))


def _object(name: str, class_name: str, native: bytes, words: str = r"\objemb") -> Case:
    return _case(name, files.embedded(class_name, native, words=words))


_TABLE = "".join(
    rf"\trowd\cellx3000\cellx6000\intbl {month}\cell {number * 1200}\cell\row" + "\n"
    for number, month in enumerate(("January", "February", "March"), 1)
)
_ENCAPSULATED = (
    r"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Dear Anna, {\*\htmltag84 <b>}\htmlrtf {\b "
    r"\htmlrtf0 tomorrow at ten{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 .}"
)

RTF_HONEST = (
    _case("letter", r"Dear reader,\par {\b Invoice 2026-117} is attached.\par Yours"),
    _case("table", _TABLE),
    _case("picture", rf"{{\pict\pngblip\picw48\pich32 {files.lines(png())}}}"),
    _case("link", files.field(r'HYPERLINK "https://www.example.org/terms"', "our terms")),
    _case("pages", "Page " + files.field("PAGE") + " of " + files.field("NUMPAGES", "3")),
    _case("contents", files.field(r'TOC \\o "1-3" \\h \\z \\u', r"Chapter 1\tab 3")),
    _case("merge", "Dear " + files.field("MERGEFIELD Name", "Ms Miller")),
    _case("date", files.field(r'DATE \\@ "d MMMM yyyy"', "3 May 2026")),
    _case("sum", files.field(r"=SUM(ABOVE) \\# 0.00", "7200.00")),
    _case("symbol", files.field(r'SYMBOL 174 \\f "Symbol" \\s 11', "")),
    _case("logo", files.field(r'INCLUDEPICTURE "https://www.example.org/logo.png" \\d', "logo")),
    _case("drawn", files.field(r'INCLUDEPICTURE "C:\\\\pictures\\\\map.png" \\d', "map")),
    _case("template", r"{\*\template C:\\Users\\anna\\Templates\\Letter.dotx}Dear reader"),
    _case("lists", r"{\*\listoverridetable{\listoverride\listid7\listoverridecount0\ls1}}\ls1 One"),
    _case(
        "shape",
        r"{\shp{\*\shpinst\shpleft0{\sp{\sn shapeType}{\sv 202}}{\sp{\sn pVerticies}{\sv 8;4;(0,0)}}"
        r"{\shptxt note}}}",
    ),
    _case("footnote", r"Text{\super\chftn{\footnote\pard\chftn See page 3}}"),
    _case("remark", r"Text{\*\atnid AB}{\*\atnauthor Anna}\chatn{\*\annotation\pard Why?}"),
    _case(
        "unicode", r"\u1055?\u1088?\u1080?\u1074?\u1077?\u1090? {\uc2\u8364\'80\'80} \'e4\'f6\'fc"
    ),
    _case("mail", r"\fromhtml1 " + _ENCAPSULATED),
    _case("revised", r"{\*\revtbl{Unknown;}{Anna;}}Text {\revised\revauth1 added}"),
    _object("equation", "Equation.3", files.equation(_RECORDS())),
    _object("notes", "Package", files.package("notes.txt", b"Remember the milk.\r\n")),
    _object("report", "Package", files.package("report.pdf", honest_pdf(_LINES))),
    _object("paint", "PBrush", b"BM" + bytes(300)),
    _object("scan", "Paint.Picture", files.whole_file("CONTENTS", b"BM" + bytes(300), files.PAINT)),
    _object("book", "Excel.Sheet.8", office_files.xls("Sub Total()\nx = 1\nEnd Sub\n")),
    _object(
        "words",
        "Word.Document.12",
        files.whole_file("Package", ooxml.word_document(_LINES), bytes(16)),
    ),
    Case("formula.bin", "ole", lambda: files.equation(_RECORDS())),
    Case(
        "document.bin",
        "ole",
        lambda: files.whole_file("CONTENTS", honest_pdf(_LINES), files.ACROBAT),
    ),
    Case(
        "picture.bin", "ole", lambda: files.whole_file("CONTENTS", b"BM" + bytes(90), files.PAINT)
    ),
    Case(
        "equation.docx",
        "docx",
        lambda: ooxml.word_document(
            _LINES, extra={"word/embeddings/oleObject1.bin": files.equation(_RECORDS())}
        ),
    ),
)
