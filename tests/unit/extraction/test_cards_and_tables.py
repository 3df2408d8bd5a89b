"""Calendar entries, address cards and tables: what acts goes, every other line keeps its bytes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extraction import ExtractStatus, ExtractSwitches, extract, survey
from gateway.extraction.lines import content_lines, escaped, folded, unescaped
from gateway.model.linkpolicy import LinkPolicy

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
PROGRAM = base64.b64encode(b"MZ" + bytes(90)).decode()
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()


def event(*lines: str, end: str = "\r\n") -> bytes:
    """A calendar with one event of these lines."""
    around = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1"]
    return (end.join([*around, *lines, "END:VEVENT", "END:VCALENDAR"]) + end).encode()


def clean(data: bytes, kind: str = "ics", switches: ExtractSwitches | None = None) -> bytes:
    made = extract(data, kind, switches or ExtractSwitches())
    assert made.status in (ExtractStatus.CLEANED, ExtractStatus.UNCHANGED), made.error
    return data if made.content is None else made.content


KEPT = (
    "SUMMARY:Meeting\\, at noon",
    "DESCRIPTION:A long description that is folded somewhere in the middle of a wo\r\n rd",
    "URL:https://meet.example.org/a?b=c",
    "ATTACH;FMTTYPE=application/pdf:https://example.org/a.pdf",
    "X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Hello\\, <b>you</b></p></body></html>",
    "ORGANIZER;CN=\"A: B; C\":mailto:a@example.org",
    "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:x", "END:VALARM",
)  # fmt: skip


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_ordinary_entry_stays_byte_for_byte(end: str) -> None:
    data = event(*KEPT, end=end)
    assert extract(data, "ics").status is ExtractStatus.UNCHANGED
    assert survey(data, "ics").hits == ()


@pytest.mark.parametrize(
    "lines",
    [
        ("BEGIN:VALARM", "ACTION:PROCEDURE", "ATTACH:file:///c:/x.exe", "END:VALARM"),
        ("BEGIN:VALARM", "action;X=Y:Email", "ATTENDEE:mailto:x@example.org", "END:VALARM"),
        ("BEGIN:VALARM", "ACTION:PROC\r\n EDURE", "END:VALARM"),
        (f"ATTACH;ENCODING=BASE64;VALUE=BINARY:{PROGRAM}",),
        ("ATTACH:file://host/share/x.exe",),
        ("URL:java\r\n script:alert(1)",),
        ("ATTACH:data:application/x-msdownload;base64,TVqQ",),
        ("CONFERENCE;VALUE=URI:ms-msdt:/id",),
        ('DESCRIPTION;ALTREP="file://host/x":y',),
    ],
)
def test_what_acts_goes_and_all_else_keeps_its_bytes(lines: tuple[str, ...]) -> None:
    data = event(*KEPT, *lines)
    assert clean(data) == event(*KEPT)
    assert survey(data, "ics").hits != ()


def test_html_in_a_line_is_cleaned_and_folded_again() -> None:
    page = '<body onload=\\"x()\\"><p>A\\, b\\; c\\nnext' + " word" * 40 + "</p><script>1</script>"
    data = event(*KEPT, f"X-ALT-DESC;FMTTYPE=text/html:{page}", "LOCATION:Room")
    made = clean(data)
    assert clean(made) == made
    lines = {line.name: line for line in content_lines(made)}
    text = [line.value for line in content_lines(made) if line.name == "X-ALT-DESC"][-1]
    assert unescaped(text) == b"<body><p>A, b; c\nnext" + b" word" * 40 + b"</p>"
    assert max(map(len, made.split(b"\r\n"))) <= 85
    assert lines["LOCATION"].value == b"Room"


def test_cards_keep_pictures_and_lose_programs() -> None:
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nPHOTO;ENCODING=b;TYPE=PNG:{}\r\nEND:VCARD\r\n"
    quiet = card.format(PICTURE).encode()
    assert extract(quiet, "vcard").status is ExtractStatus.UNCHANGED
    assert clean(card.format(PROGRAM).encode(), "vcard") == (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n"
    )
    acting = quiet.replace(b"FN:A", b"FN:A\r\nitem1.URL:javascript:x")
    assert clean(acting, "vcard") == quiet


def test_links_of_entries_follow_the_policy_of_pages() -> None:
    data = event("URL:https://a.example/x", "SUMMARY:s")
    assert clean(data, switches=ExtractSwitches(html_links=LinkPolicy.REMOVE)) == event("SUMMARY:s")
    rewrite = ExtractSwitches(
        html_links=LinkPolicy.REWRITE, click_page="https://c.example/?u={url}"
    )
    made = clean(data, switches=rewrite)
    assert b"URL:https://c.example/?u=https%3A%2F%2Fa.example%2Fx\r\n" in made
    assert clean(made, switches=rewrite) == made


@settings(deadline=None)
@given(st.text(st.sampled_from("abcdé\\;, \nß"), max_size=300))
def test_a_value_comes_back_from_escaping_and_folding(text: str) -> None:
    line = folded(b"X-A:" + escaped(text.encode()), b"\r\n") + b"\r\n"
    assert all(len(piece) <= 75 for piece in line.split(b"\r\n"))
    (read,) = content_lines(line)
    assert unescaped(read.value) == text.encode()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_lines(data: bytes) -> None:
    lines = list(content_lines(data))
    assert b"".join(data[line.start : line.end] for line in lines) == data
    for kind in ("ics", "vcard", "csv"):
        made = extract(data, kind)
        assert "broke" not in made.error
        if made.content is not None:
            assert extract(made.content, kind).status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    ("cell", "made"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+A1", "'+A1"),
        ("-A1*2", "'-A1*2"),
        ("\t=1", "\t'=1"),
        ("＝1", "'＝1"),
        ('"=HYPERLINK(""http://x"")"', '"\'=HYPERLINK(""http://x"")"'),
        ("-3.5", "-3.5"),
        ("+49 (0)30 1234-56", "+49 (0)30 1234-56"),
        ("-1.234 EUR", "-1.234 EUR"),
        ("-12 %", "-12 %"),
        ("-1e-5", "-1e-5"),
        ("-", "-"),
        ("-----", "-----"),
        ("a=b", "a=b"),
        ("user@example.org", "user@example.org"),
        ("", ""),
    ],
)
def test_formulas_become_text_and_numbers_stay(cell: str, made: str) -> None:
    for before, after in (("", ",x\r\n"), ("a;", ";b\n"), ("1\t", "\t2\n"), ("a,b\r\n", "\r\n")):
        if "\t" in (before + cell) and cell.startswith("\t"):
            continue
        data = f"{before}{cell}{after}".encode()
        assert clean(data, "csv") == f"{before}{made}{after}".encode()


def test_tables_in_utf_16_and_with_many_formulas() -> None:
    table = "a\t=1\r\nüber\t-2\r\n".encode("utf-16")
    assert clean(table, "csv").decode("utf-16") == "a\t'=1\r\nüber\t-2\r\n"
    made = extract(b"=1\n" * 500, "csv")
    assert made.content == b"'=1\n" * 500
    assert made.removed[-1].what == "400 more formulas"


SYLK = (
    b"ID;PWXL;N;E\r\nP;PGeneral\r\nO;L;E\r\nNN;NAuto_open;ER101C1\r\nB;Y102;X1\r\nF;P0;C1\r\n"
    b'C;Y1;X1;K"Out;;Flank"\r\nC;Y101;K0;EEXEC("CALC.EXE")\r\nC;X2;K-2.5E3;SR1C1\r\n'
    b"NE;Eevil.xls;SSheet1!R1\r\nC;Y102;K#NAME?;EHALT()\r\nE\r\n"
)


def test_sylk_in_a_tables_name_keeps_values_and_looks() -> None:
    assert clean(SYLK, "csv") == (
        b"ID;PWXL;N;E\r\nP;PGeneral\r\nB;Y102;X1\r\nF;P0;C1\r\n"
        b'C;Y1;X1;K"Out;;Flank"\r\nC;Y101;K0\r\nC;X2;K-2.5E3\r\nC;Y102;K#NAME?\r\nE\r\n'
    )


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b'C;X1;K"a;EEXEC(1)"', b"C;X1"),
        (b"C;X1;;EEXEC(1);K1", b"C;K1"),
        (b"C;X1EEXEC(1);K1", b"C;K1"),
        (b"C;X1;K=1+1", b"C;X1"),
        (b"C;X1;K1\nO;E", b"C;X1;K1\n"),
        (b"=cmd|'/C calc'!A0\nC;X1;K1", b"'=cmd|'/C calc'!A0\nC;X1;K1"),
    ],
)
def test_no_spelling_of_sylk_keeps_a_formula(line: bytes, left: bytes) -> None:
    assert clean(b"ID;P\n" + line, "csv") == b"ID;P\n" + left


@pytest.mark.parametrize("table", [b"ID;Produkt;Preis\n1;C;2\n", b"ID;P\nc;x\n", b"ID;Pos\nC;1\n"])
def test_a_table_that_only_begins_like_sylk_is_a_table(table: bytes) -> None:
    assert extract(table, "csv").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize("suffix", ["csv", "tsv", "ics"])
def test_real_files_stay_as_they_are(suffix: str) -> None:
    found = sorted(CORPUS.rglob(f"*.{suffix}"))
    if not found:
        pytest.skip("../shared/corpus is not here")
    for path in found:
        made = extract(path.read_bytes(), "ics" if suffix == "ics" else "csv")
        assert made.status is ExtractStatus.UNCHANGED, (path, made.removed)
