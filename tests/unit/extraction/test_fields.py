"""Word fields as a decision table: instruction, expected answer, why."""

from __future__ import annotations

import pytest
from lxml import etree

from gateway.extraction.ooxml import fields
from tests.unit.extraction.packages import WORD_NS

NS = f'xmlns:w="{WORD_NS}"'
BEGIN = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
SEPARATE = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def text(words: str) -> str:
    return f"<w:r><w:instrText>{words}</w:instrText></w:r>"


def result(words: str) -> str:
    return f"<w:r><w:t>{words}</w:t></w:r>"


@pytest.mark.parametrize(
    ("instruction", "what", "why"),
    [
        (" PAGE ", "", "shows the page number"),
        ("", "", "an empty field does nothing"),
        ('HYPERLINK "https://example.org"', "link", "kept unless policy removes links"),
        ('HYPERLINK \\l "chapter"', "", "leads to a place in the same document"),
        ('HYPERLINK "ms-msdt:/id x"', "link that starts a program", "Follina by a field"),
        ("DDE excel a b", "DDE field", "starts Excel and talks to it"),
        ("ddeauto c:\\\\cmd", "DDE field that runs on opening", "keywords ignore case"),
        ('"DDEAUTO" cmd', "DDE field that runs on opening", "keywords may be quoted"),
        ("“DDE” cmd", "DDE field", "Word takes typographic quotes as well"),
        ("INCLUDEPICTURE cid:1@x", "", "a picture of the mail the text came from"),
        ("INCLUDEPICTURE picture.png", "", "a file beside the document"),
        ('INCLUDEPICTURE "http://t.example/p"', "remote picture field", "tells the sender"),
        ("INCLUDETEXT \\\\\\\\host\\\\share\\\\a.doc", "remote text field", "leaks credentials"),
        ("LINK Excel.Sheet c:\\\\a.xls", "link to an OLE object", "opens the object"),
        ("DATABASE \\d x", "database query field", "runs a query"),
        ("EMBED Excel.Sheet", "", "inert once its object is gone"),
        ("MERGEFIELD Name", "", "shows a placeholder"),
        ("MACROBUTTON NoMacro [text]", "", "a template's placeholder; macros are gone"),
    ],
)
def test_instructions(instruction: str, what: str, why: str) -> None:
    hit = fields.judge_instruction(instruction)
    assert (hit.what if hit else "") == what, why


@pytest.mark.parametrize(
    ("inner", "acts", "why"),
    [
        (BEGIN + text("DD") + text("E cmd") + SEPARATE + result("r") + END, True, "split"),
        (BEGIN + text("D") + BEGIN + text("QUOTE 68") + END + text("E x") + END, True, "computed"),
        (BEGIN + BEGIN + text("QUOTE 68 68 69") + END + text(" x") + END, True, "computed whole"),
        (BEGIN + text("IF ") + BEGIN + text("PAGE") + END + text("= 1") + END, False, "argument"),
        (BEGIN + text("=") + BEGIN + text("PAGE") + END + text("+1") + END, False, "formula"),
        (BEGIN + text("DDE cmd"), True, "never closed"),
        (END + SEPARATE + text("DDE cmd"), False, "never opened: Word shows nothing"),
        (BEGIN + text("PAGE") + SEPARATE + text("DDE") + END, False, "in the result"),
        (
            BEGIN + text("PAGE") + SEPARATE + BEGIN + text("DDE x") + END + END,
            True,
            "nested result",
        ),
    ],
)
def test_fields_over_runs(inner: str, acts: bool, why: str) -> None:
    root = etree.fromstring(f"<w:p {NS}>{inner}</w:p>")
    assert bool(fields.walk(root).hits) == acts, why


def test_unlinking_keeps_the_result_and_nothing_of_the_instruction() -> None:
    inner = BEGIN + text("DDE x") + result("hidden") + SEPARATE + result("shown") + END
    root = etree.fromstring(f"<w:p {NS}>{inner}<w:r><w:t>after</w:t></w:r></w:p>")
    ((_, found),) = fields.walk(root).hits
    fields.unlink_complex(found)
    assert "".join(map(str, root.itertext())) == "shownafter"
    assert fields.walk(root).hits == []


def test_a_field_within_one_run_is_unlinked_as_well() -> None:
    run = (
        '<w:r><w:rPr/><w:fldChar w:fldCharType="begin"/><w:instrText>DDE x</w:instrText>'
        '<w:fldChar w:fldCharType="separate"/><w:t>shown</w:t>'
        '<w:fldChar w:fldCharType="end"/></w:r>'
    )
    root = etree.fromstring(f"<w:p {NS}>{run}</w:p>")
    ((_, found),) = fields.walk(root).hits
    fields.unlink_complex(found)
    assert [etree.QName(child).localname for child in root[0]] == ["rPr", "t"]


def test_a_simple_field_is_replaced_by_its_result() -> None:
    inner = f'<w:fldSimple w:instr="DDE x">{result("shown")}</w:fldSimple>'
    root = etree.fromstring(f"<w:p {NS}>{inner}</w:p>")
    ((_, found),) = fields.walk(root).simple
    fields.unlink_simple(found)
    assert "".join(map(str, root.itertext())) == "shown"
    assert fields.walk(root).simple == []


def test_hosts_of_fields_are_reported() -> None:
    root = etree.fromstring(
        f"<w:p {NS}><w:fldSimple w:instr='HYPERLINK \"https://Example.org:8080/x\"'/></w:p>"
    )
    assert fields.walk(root).hosts == {"example.org"}
