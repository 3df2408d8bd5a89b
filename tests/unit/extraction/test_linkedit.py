"""Links kept, defanged, led through the house's page or removed: in strings, PDF and Office."""

from __future__ import annotations

import re

import pytest
from pikepdf import Dictionary, Name, String

from gateway.extraction import ExtractStatus, ExtractSwitches, LinkPolicy, extract
from gateway.extraction.linkedit import defanged, relinker, rewritten
from tests.unit.extraction.documents import annotation, pdf
from tests.unit.extraction.packages import Relation, book, members_of, word
from tools.corpus.ooxml import word_document

PAGE = "https://links.example.net/?to={url}"
TARGET = "https://example.org/a.b?c=d&e"
LED = "https://links.example.net/?to=https%3A%2F%2Fexample.org%2Fa.b%3Fc%3Dd%26e"
DEFANGED = "hxxps://example[.]org/a.b?c=d&e"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (TARGET, DEFANGED),
        ("HTTP://a.example:80", "hxxp://a[.]example:80"),
        ("ftp://files.example/x.zip", "fxp://files[.]example/x.zip"),
        ("https:\\\\example.org/x", "hxxps://example[.]org/x"),
        ("https:example.org", "hxxps:example.org"),
        ("skype://a.b", "defanged-skype://a[.]b"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("#chapter", "#chapter"),
        ("other.html", "other.html"),
    ],
)
def test_defanged(target: str, expected: str) -> None:
    assert defanged(target) == expected
    assert defanged(expected) == expected


def test_rewritten_leads_to_the_page_once() -> None:
    assert rewritten(TARGET, PAGE) == LED
    assert rewritten(LED, PAGE) == LED
    assert rewritten("mailto:a@example.org", PAGE) == "mailto:a@example.org"


def test_rewriting_without_a_page_does_not_let_links_lead_on() -> None:
    relink = relinker(LinkPolicy.REWRITE, "")
    assert relink is not None
    assert relink(TARGET) == DEFANGED
    assert relinker(LinkPolicy.KEEP, PAGE) is None


def switches(policy: LinkPolicy) -> ExtractSwitches:
    return ExtractSwitches(pdf_uri=policy, hyperlinks=policy, click_page=PAGE)


POLICIES = [(LinkPolicy.DEFANG, DEFANGED), (LinkPolicy.REWRITE, LED), (LinkPolicy.REMOVE, "")]


@pytest.mark.parametrize(("policy", "expected"), POLICIES)
def test_links_of_a_pdf(policy: LinkPolicy, expected: str) -> None:
    link = Dictionary(S=Name.URI, URI=String(TARGET))
    made = extract(pdf(annotation(Subtype=Name.Link, A=link)), "pdf", switches(policy))
    assert made.content is not None
    assert TARGET.encode() not in made.content
    assert expected.encode() in made.content
    assert extract(made.content, "pdf", switches(policy)).status is ExtractStatus.UNCHANGED


FIELD = (
    '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText> HYPERLINK "https://exam</w:instrText></w:r>'
    '<w:r><w:instrText>ple.org/a.b?c=d&amp;e" \\o "tip"</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>shown</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    '<w:p><w:fldSimple w:instr="HYPERLINK &quot;https://example.org/a.b?c=d&amp;e&quot;">'
    "<w:r><w:t>also shown</w:t></w:r></w:fldSimple></w:p>"
    '<w:p><w:hyperlink r:id="rId9"><w:r><w:t>third</w:t></w:r></w:hyperlink></w:p>'
)


@pytest.mark.parametrize(("policy", "expected"), POLICIES)
def test_links_of_a_word_document(policy: LinkPolicy, expected: str) -> None:
    target = TARGET.replace("&", "&amp;")
    link = Relation("word/document.xml", "rId9", "hyperlink", target, external=True)
    made = extract(word(FIELD, relations=[link]).build(), "docx", switches(policy))
    assert made.content is not None
    members = members_of(made.content)
    text = members["word/document.xml"].decode().replace("&amp;", "&")
    relations = members["word/_rels/document.xml.rels"].decode().replace("&amp;", "&")
    assert "example.org/a.b?" not in text + relations
    assert re.findall(">(shown|also shown|third)<", text) == ["shown", "also shown", "third"]
    if expected:
        assert text.count(expected) == 2
        assert f'Target="{expected}"' in relations
        assert '\\o "tip"' in text
    assert extract(made.content, "docx", switches(policy)).status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(("policy", "expected"), POLICIES)
def test_formulas_that_make_links(policy: LinkPolicy, expected: str) -> None:
    cell = (
        f'<row r="1"><c r="A1"><f>HYPERLINK("{TARGET.replace("&", "&amp;")}","here")</f>'
        '<v>5</v></c><c r="B1"><f>1+1</f><v>2</v></c></row>'
    )
    made = extract(book(f"<sheetData>{cell}</sheetData>").build(), "xlsx", switches(policy))
    assert made.content is not None
    sheet = members_of(made.content)["xl/worksheets/sheet1.xml"].decode().replace("&amp;", "&")
    assert TARGET not in sheet
    assert expected in sheet
    assert ("HYPERLINK" in sheet) == bool(expected)
    assert "<v>5</v>" in sheet
    assert "<f>1+1</f>" in sheet


def test_properties_go_when_policy_says_so() -> None:
    data = word_document(["Dear reader"])
    assert extract(data, "docx").status is ExtractStatus.UNCHANGED
    made = extract(data, "docx", ExtractSwitches(metadata=True))
    assert [removal.what for removal in made.removed] == ["author, title and times"]
    assert made.content is not None
    assert "docProps/core.xml" not in members_of(made.content)
