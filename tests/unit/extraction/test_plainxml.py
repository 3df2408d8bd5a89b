"""Flat XML in Python alone: it reads what lxml reads, or says that it does not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extraction import foreign, plainxml, xmlsafe
from gateway.extraction.contract import ExtractError

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _by_lxml(xml: bytes) -> tuple[str, list[tuple[str, dict[str, str]]]]:
    root = xmlsafe.parse(xml, "test")
    children = [(xmlsafe.local(one), dict(xmlsafe.attributes(one))) for one in root]
    return xmlsafe.local(root), children


def _agrees(xml: bytes) -> bool:
    """True when it was read, and as lxml reads it."""
    flat = plainxml.read(xml)
    if flat is None:
        return False
    root, children = _by_lxml(xml)
    assert (flat.root, [(name, dict(found)) for name, found in flat.children]) == (root, children)
    return True


def test_what_office_writes_is_read() -> None:
    assert _agrees(
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
        b"<Relationships xmlns='" + SPACE.encode() + b"'>\n"
        b'  <Relationship Id="r1" Type="t" Target="a&amp;b&lt;&quot;"/>'
        b'<Relationship Id="r2" Type="t" Target="http://x/?a=1&amp;b=2" TargetMode="External">'
        b"</Relationship>\n</Relationships>\n"
    )
    assert _agrees(f'<Relationships xmlns="{SPACE}"/>'.encode())


@pytest.mark.parametrize(
    "child",
    [
        b"<!-- -->",
        b"<![CDATA[x]]>",
        b"<?x y?>",
        b'<p:Relationship xmlns:p="urn:x" Id="r"/>',
        b'<Relationship xmlns="urn:other" Id="r"/>',
        b'<Relationship Id="&#114;"/>',
        b'<Relationship Id="&own;"/>',
        b'<Relationship Id="a\tb"/>',
        b'<Relationship Id="a\nb"/>',
        b'<Relationship Id="r" Id="s"/>',
        b'<Relationship><Inner Id="r"/></Relationship>',
        b'text<Relationship Id="r"/>',
        b'<Relationship Id="\xff"/>',
        '<Relationship\xa0Id="r"/>'.encode(),
        '\u2028<Relationship Id="r"/>'.encode(),
    ],
)
def test_whatever_is_unusual_is_left_to_lxml(child: bytes) -> None:
    assert plainxml.read(b'<R xmlns="urn:r">' + child + b"</R>") is None


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE R [<!ENTITY own "x">]><R xmlns="urn:r"></R>',
        '<?xml version="1.0" encoding="utf-16"?><R xmlns="urn:r"/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?><R xmlns="urn:r"/>',
        b'<R xmlns="urn:r"/><R xmlns="urn:r"/>',
        b'<R xmlns="urn:r"></R>more',
        b'<R xmlns="urn:r">',
        b"<R/>",
        b"",
    ],
)
def test_documents_that_are_not_plain(xml: bytes) -> None:
    assert plainxml.read(xml) is None


_VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='<"'))


# What is read at all is what lxml reads.
@given(
    st.lists(st.dictionaries(st.sampled_from(["Id", "Type", "Target"]), _VALUES), max_size=3),
    st.sampled_from(["", " ", "\n", "\x00", "\xa0", "<!--x-->"]),
)
def test_no_document_is_read_differently(rows: list[dict[str, str]], between: str) -> None:
    written = between.join(
        "<Row" + "".join(f' {name}="{value}"' for name, value in row.items()) + "/>" for row in rows
    )
    xml = f'<R xmlns="urn:r">{written}{between}</R>'.encode()
    try:
        _by_lxml(xml)
    except ExtractError:
        assert plainxml.read(xml) is None
    else:
        _agrees(xml)


def test_documents_of_the_corpus_are_read_alike() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    read = seen = 0
    for path in sorted(CORPUS.glob("*/*.[dpx][olp][ctds][xm]")):
        try:
            with zipfile.ZipFile(path) as archive:
                parts = [
                    archive.read(name)
                    for name in archive.namelist()
                    if name.endswith(".rels") or name == "[Content_Types].xml"
                ]
        except (zipfile.BadZipFile, OSError):
            continue
        for part in parts:
            seen += 1
            read += _agrees(part)
    assert seen and read > seen * 0.9


def test_within_plainly_a_foreign_parser_is_not_called() -> None:
    with foreign.plainly(), pytest.raises(foreign.ForeignParserNeeded):
        xmlsafe.parse(b"<a/>", "test")
    assert xmlsafe.parse(b"<a/>", "test").tag == "a"
