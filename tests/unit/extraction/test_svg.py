"""Drawings: what acts is cut out, the rest keeps its bytes, and XML parsers find nothing left."""

# ruff: noqa: E501 - each sample stands on a line of its own
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.extraction import ExtractStatus, extract, survey

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
ACTIVE = {"script", "foreignObject", "iframe", "object", "embed", "handler", "listener", "form"}


def drawing(content: str, root: str = "") -> bytes:
    return f"<svg {NS}{root}>{content}</svg>".encode()


def clean(data: bytes) -> bytes:
    made = extract(data, "svg")
    assert made.status in (ExtractStatus.CLEANED, ExtractStatus.UNCHANGED), made.error
    return data if made.content is None else made.content


def words_of(data: bytes) -> str:
    return "".join(map(str, etree.fromstring(data).itertext()))


def acting(data: bytes) -> list[str]:
    """What acts by libxml2's tree, with the document type's entities and defaults applied."""
    parser = etree.XMLParser(resolve_entities=True, attribute_defaults=b"<!ATTLIST" in data)
    found = []
    for element in etree.fromstring(data, parser).iter():
        if not isinstance(element.tag, str):
            found += ["stylesheet"] if "xml-stylesheet" in str(element.tag) else []
            continue
        name = etree.QName(element).localname
        found += [name] if name in ACTIVE else []
        for key, value in element.attrib.items():
            local = etree.QName(key).localname.lower()
            if local.startswith("on") or "script:" in "".join(str(value).split()).lower():
                found.append(f"{local} of {name}")
    return found


ATTACKS = [
    drawing("<script>alert(1)</script><rect width='1'/>"),
    drawing("<script xlink:href='data:text/javascript,alert(1)'/>"),
    drawing("<s:script xmlns:s='http://www.w3.org/2000/svg'>alert(1)</s:script>"),
    drawing("<rect/>", " onload='alert(1)'"),
    drawing("<style>a{}<script>alert(1)</script></style>"),
    drawing("<style><g onclick='alert(1)'/></style>"),
    drawing("<a xlink:href='java&#10;script:alert(1)'><text>t</text></a>"),
    drawing("<a href='javascript:alert(1)'><text>t</text></a>"),
    drawing("<a id='x'><animate attributeName='href' to='javascript:alert(1)'/></a>"),
    drawing("<set attributeName='onmouseover' to='alert(1)'></set>"),
    drawing("<animate onbegin='alert(1)' attributeName='x' dur='1s'/>"),
    drawing("<use href='data:image/svg+xml,x#a'/><use xlink:href='https://x.example/a.svg#b'/>"),
    drawing("<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='x'/></foreignObject>"),
    drawing("<foreignObject><b:script xmlns:b='http://www.w3.org/1999/xhtml'>1</b:script>"
            "</foreignObject>"),
    drawing("<style>rect{behavior:url(x.htc)}</style><handler type='x'>alert(1)</handler>"),
    b"<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='#x'?>" + drawing("<rect/>"),
    b"<!DOCTYPE svg [<!ENTITY e '&#60;script>alert(1)&#60;/script>'>]>" + drawing("&e;<rect/>"),
    b"<!DOCTYPE svg [<!ENTITY e 'javascript:alert(1)'>]>" + drawing("<a href='&e;'><rect/></a>"),
    b"<!DOCTYPE svg [<!ATTLIST svg onload CDATA 'alert(1)'>]>" + drawing("<rect/>"),
    b"<!DOCTYPE svg [<!ENTITY % p SYSTEM 'http://x.example/'> %p;]>" + drawing("<rect/>"),
    drawing("<script>alert(1)</script>").decode().encode("utf-16"),
]  # fmt: skip


@pytest.mark.parametrize("data", ATTACKS)
def test_nothing_that_acts_is_left(data: bytes) -> None:
    made = extract(data, "svg")
    assert made.content is not None
    assert acting(made.content) == []
    assert extract(made.content, "svg").status is ExtractStatus.UNCHANGED
    assert survey(made.content, "svg").hits == ()
    assert survey(data, "svg").hits != ()


QUIET = [
    drawing("<rect width='1'/><!-- a <script> in a comment --><text>a &amp; b</text>"),
    drawing("<style><![CDATA[ rect > a { fill: url(#g) } ]]></style><use xlink:href='#a'/>"),
    drawing("<animate attributeName='x' to='5'/><image href='https://x.example/a.png'/>"),
    b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://x.dtd'>"
    + drawing("<a href='https://example.org/'><text>t</text></a>"),
    b"<!DOCTYPE svg [<!ENTITY ns 'http://ns.adobe.com/x'> <!-- it's plain -->]>"
    + drawing("<rect xmlns:i='&ns;' i:a='b'/>"),
]


@pytest.mark.parametrize("data", QUIET)
def test_a_quiet_drawing_stays_byte_for_byte(data: bytes) -> None:
    assert extract(data, "svg").status is ExtractStatus.UNCHANGED


def test_only_what_acts_is_cut_out() -> None:
    data = drawing("<g onclick='x()' fill='red'><script>1</script><text>Hello</text></g>")
    assert clean(data) == drawing("<g fill='red'><text>Hello</text></g>")


def test_text_in_foreign_objects_stays_readable() -> None:
    page = (
        "<foreignObject x='3' y='4'><div xmlns='http://www.w3.org/1999/xhtml'>Hello <b>you</b><br/>"
        "two &amp; three<script>1</script></div></foreignObject>"
    )
    made = clean(drawing(page))
    assert made == drawing(
        '<text x="3" y="20">Hello you</text><text x="3" y="36">two &amp; three</text>'
    )
    switch = "<switch><foreignObject><p>a</p></foreignObject><text>a</text></switch>"
    assert clean(drawing(switch)) == drawing("<switch><text>a</text></switch>")


@pytest.mark.parametrize(
    "data",
    [
        b"not even <well-formed",
        b"<!DOCTYPE svg [<!ENTITY a ']>" + drawing("<script>1</script>"),
        b"<!DOCTYPE svg ["
        + b"".join(b"<!ENTITY e%d '%s'>" % (n, b"x" * 10_000) for n in range(9))
        + b"]>"
        + drawing("&e0;" * 9_000),
    ],
    ids=["no drawing", "unreadable type", "growing"],
)
def test_what_nobody_can_make_a_drawing_of_has_no_answer(data: bytes) -> None:
    assert extract(data, "svg").status is ExtractStatus.FAILED


@pytest.mark.parametrize(
    "data",
    [
        b"<r><h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script></r>",
        b"<r><h:p xmlns:h='http://www.w3.org/1999/&#120;html' onclick='x()'/></r>",
        b"<?xml-stylesheet href='data:text/xsl,x' type='text/xsl'?><r/>",
        "<r><s:svg xmlns:s='http://www.w3.org/2000/svg' onload='x()'/></r>".encode("utf-16"),
    ],
)
def test_xml_that_browsers_run_is_a_page(data: bytes) -> None:
    made = extract(data, "xml").content
    assert made is not None
    assert acting(made) == []
    assert extract(made, "xml").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    "data",
    [
        b"<config><object onload='x'/><script>1</script><param name='a'/></config>",
        b"<feed><div xmlns='http://www.w3.org/1999/xhtml'>a <b>b</b></div></feed>",
        b"<?xml-stylesheet type='text/xsl' href='CDA.xsl'?><ClinicalDocument/>",
        b"not even <well-formed",
    ],
)
def test_other_xml_is_data(data: bytes) -> None:
    assert extract(data, "xml").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<text>Hello &nbsp; R&D</text><script>x()</script><rect width=5/>", "Hello \xa0 R&D"),
        ("<text onclick='x()'>open<g>two<", "opentwo"),
        ("<q:script>x()</q:script><text>a</text><image zlink:href='javascript:x()'/><b", "a"),
        ("<text>1</text></g></svg><text>2</text><script>x()</script", "1"),
        ("<text a='1' a='2' b='<script>'>3</text><style><![CDATA[a & b > c{}]]></style>", "3"),
    ],
)
def test_what_is_no_well_formed_xml_is_written_anew(content: str, words: str) -> None:
    data = drawing(content)
    made = clean(data)
    assert "markup that viewers read differently" in {
        removal.what for removal in extract(data, "svg").removed
    }
    assert acting(made) == []
    assert words in words_of(made)
    assert clean(made) == made


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-8"])
def test_mending_keeps_the_letters_of_every_character_set(charset: str) -> None:
    text = f'<?xml version="1.0" encoding="{charset}"?>' + drawing("<text>café <b</text>").decode()
    assert "café" in words_of(clean(text.encode(charset)))


PIECES = st.sampled_from(
    [
        *(
            "<script>",
            "</script>",
            "<g>",
            "</g>",
            "<rect/>",
            "<a href='javascript:x'>",
            "</a>",
            "x",
        ),
        *("<foreignObject>", "</foreignObject>", "<style>", "</style>", "<![CDATA[", "]]>", "<!--"),
        *("-->", "<?", "?>", "&lt;", "<set attributeName='href'/>", "<use href='//x'/>", "<form>"),
        *("</form>", "<p onclick='x'>", "</p>", "<switch>", "</switch>", "<iframe/>", "\n"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=16).map("".join))
def test_any_drawing_comes_out_inert_or_not_at_all(content: str) -> None:
    data = drawing(content)
    made = extract(data, "svg")
    if made.status is ExtractStatus.FAILED:
        assert "broke" not in made.error
        return
    result = data if made.content is None else made.content
    assert extract(result, "svg").status is ExtractStatus.UNCHANGED
    mended = any("differently" in removal.what for removal in made.removed)
    try:
        etree.fromstring(data)
    except etree.XMLSyntaxError:
        if not mended:  # tags that do not match: viewers stop there, and nothing acts before
            return
    assert acting(result) == []


@pytest.mark.parametrize(
    "path", sorted(CORPUS.rglob("*.svg")) if CORPUS.is_dir() else [], ids=lambda path: path.name
)
def test_real_drawings_are_inert(path: Path) -> None:
    assert acting(clean(path.read_bytes())) == []
