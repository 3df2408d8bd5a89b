"""Static analysis of documents: what acts, how bad it is; macros as a decision table."""

from __future__ import annotations

import pytest

from gateway.engines import static
from gateway.engines.static.macros import judge_source, report_judgement
from gateway.engines.static.report import Sight, StaticReport
from gateway.model import Severity
from tests.unit.extraction import documents, samples
from tests.unit.extraction.packages import Relation, word
from tools.corpus import demo_files, ooxml
from tools.corpus.compound import compound_file
from tools.corpus.vba import Module, vba_project_tree


def examine(data: bytes, type_name: str, name: str = "file") -> StaticReport:
    return static.examine(data, type_name, name)


def worst(report: StaticReport) -> Severity | None:
    return max((found.severity for found in report.findings), key=lambda s: s.rank, default=None)


def codes(report: StaticReport) -> set[str]:
    return {found.code for found in report.findings}


@pytest.mark.parametrize(
    ("source", "code", "severity", "why"),
    [
        ("Sub A()\nEnd Sub", "static.macro", Severity.LOW, "nothing starts it, it does nothing"),
        (
            "Sub AutoOpen()\nMsgBox 1\nEnd Sub",
            "static.macro",
            Severity.LOW,
            "starts, but only greets",
        ),
        (
            'Sub AutoOpen()\nShell "x"\nEnd Sub',
            "static.macro_auto_executes",
            Severity.HIGH,
            "starts by itself and runs a program",
        ),
        (
            'Private Sub Document_Open()\nSet o = CreateObject("WScript.Shell")\nEnd Sub',
            "static.macro_auto_executes",
            Severity.HIGH,
            "a shell object",
        ),
        (
            "Sub Workbook_Open()\nKill p\nEnd Sub",
            "static.macro_auto_writes",
            Severity.MEDIUM,
            "starts by itself and deletes",
        ),
        (
            'Sub Tool()\nShell "x"\nEnd Sub',
            "static.macro_reaches_out",
            Severity.LOW,
            "a person has to start it",
        ),
        (
            "Sub A()\nx = " + " & ".join(["Chr(65)"] * 8) + " & y\nEnd Sub",
            "static.macro_obfuscated",
            Severity.MEDIUM,
            "text built from numbers",
        ),
        (
            'Sub _\n AutoOpen()\nDeclare Function f _\n Lib "kernel32" ()\nEnd Sub',
            "static.macro_auto_executes",
            Severity.HIGH,
            "continued lines are joined first",
        ),
    ],
)
def test_macros(source: str, code: str, severity: Severity, why: str) -> None:
    sight = Sight()
    report_judgement(sight, judge_source(source), "project")
    found = sight.report().findings[0]
    assert (found.code, found.severity) == (code, severity), why


def test_a_macro_document_acts_and_can_be_extracted() -> None:
    report = examine(demo_files.acting_docm(), "docm")
    assert report.active == ("VBA macro with AutoOpen",)
    assert "VBA macros" in report.extractable
    assert worst(report) is Severity.HIGH


def test_a_macro_that_nothing_starts_is_no_alarm() -> None:
    report = examine(demo_files.quiet_docm(), "docm")
    assert report.active == ()
    assert worst(report) is Severity.LOW


def test_a_legacy_document_with_macros_is_judged_by_the_same_words() -> None:
    modules = [Module("Module1", 'Sub AutoOpen()\nShell "x"\nEnd Sub')]
    report = examine(compound_file({"Macros": vba_project_tree(modules)}), "ole-doc")
    assert "static.macro_auto_executes" in codes(report)
    assert "VBA macros" in report.extractable


def test_quiet_documents_have_nothing() -> None:
    for data, kind in (
        (ooxml.word_document(("Hello",)), "docx"),
        (samples.document_of("xlsx").build(), "xlsx"),
        (samples.quiet_pdf(), "pdf"),
    ):
        report = examine(data, kind)
        assert report.active == ()
        assert report.extractable == ()
        assert report.findings == ()


def test_everything_that_acts_in_a_document_is_named() -> None:
    report = examine(samples.acting_word(), "docx")
    assert {"ActiveX control", "remote template", "DDE field that runs on opening"} <= set(
        report.active
    )
    assert {"track.example", "x.example"} <= set(report.hosts)


@pytest.mark.parametrize(
    ("target", "severity"),
    [("https://x.example/t.dotm", Severity.MEDIUM), ("file:///c:/Normal.dotm", Severity.LOW)],
)
def test_a_template_weighs_by_where_it_comes_from(target: str, severity: Severity) -> None:
    relations = [
        Relation("word/document.xml", "rIdT", "settings", "settings.xml"),
        Relation("word/settings.xml", "rId1", "attachedTemplate", target, True),
    ]
    data = word("<w:p/>", parts={"word/settings.xml": samples.settings()}, relations=relations)
    assert worst(examine(data.build(), "docx")) is severity


def test_dde_weighs_by_what_it_starts() -> None:
    assert worst(examine(samples.acting_book(), "xlsx")) is Severity.HIGH


def test_pdf_actions_are_named_and_weighed() -> None:
    report = examine(samples.acting_pdf(), "pdf")
    assert "JavaScript on opening" in report.active
    assert "action that starts a program on a click" in report.active
    assert worst(report) is Severity.HIGH, "a launch action"
    spray = documents.pdf(documents.open_action(documents.script('x="' + "%u9090" * 20 + '"')))
    assert "static.pdf_script_shellcode" in codes(examine(spray, "pdf"))
    form = documents.pdf(documents.open_action(documents.script("this.print()")))
    assert worst(examine(form, "pdf")) is Severity.LOW


def test_encrypted_documents_are_said_to_be() -> None:
    assert examine(documents.pdf(password="secret"), "pdf").encrypted
    locked = compound_file({"EncryptedPackage": b"x", "EncryptionInfo": b"y"})
    assert examine(locked, "office-encrypted").encrypted
    assert examine(locked, "ole").encrypted
    workbook = b"\x09\x08\x02\x00\x00\x06\x2f\x00\x02\x00\x00\x00"
    assert examine(compound_file({"Workbook": workbook}), "ole-xls").encrypted


def bound_sheet(kind: int, hidden: int) -> bytes:
    body = bytes(4) + bytes((hidden, kind)) + b"\x06\x00Macro1"
    return b"\x85\x00" + len(body).to_bytes(2, "little") + body


@pytest.mark.parametrize(
    ("kind", "hidden", "severity"),
    [(0, 0, None), (1, 0, Severity.MEDIUM), (1, 2, Severity.HIGH)],
)
def test_macro_sheets_of_old_workbooks(kind: int, hidden: int, severity: Severity | None) -> None:
    stream = b"\x09\x08\x02\x00\x00\x06" + bound_sheet(kind, hidden)
    assert worst(examine(compound_file({"Workbook": stream}), "ole-xls")) is severity


def native(label: str, content: bytes) -> bytes:
    """An Ole10Native stream."""
    path = b"c:\\" + label.encode() + b"\0"
    body = b"\x02\0" + label.encode() + b"\0" + path + b"\0\0\x03\0"
    body += len(path).to_bytes(4, "little") + path + len(content).to_bytes(4, "little") + content
    return len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize(
    ("label", "content", "severity"),
    [
        ("note.txt", b"only text", None),
        ("invoice.pdf.exe", b"x", Severity.HIGH),
        ("picture.png", b"MZ\x90", Severity.HIGH),
        ("run.vbs", b"x", Severity.HIGH),
    ],
)
def test_packages_weigh_by_what_they_hold(
    label: str, content: bytes, severity: Severity | None
) -> None:
    stored = compound_file({"ObjectPool": {"_1": {"\x01Ole10Native": native(label, content)}}})
    assert worst(examine(stored, "ole-doc")) is severity


def test_dde_in_a_legacy_document_is_found_in_both_text_forms() -> None:
    text = '\x13 DDEAUTO c:\\\\cmd.exe "/k" \x14shown\x15'
    for stream in (text.encode("latin-1"), text.encode("utf-16-le")):
        stored = compound_file({"WordDocument": bytes(512) + stream})
        assert "static.dde" in codes(examine(stored, "ole-doc"))


def test_damaged_files_are_noted_not_raised() -> None:
    assert examine(b"junk", "ole-doc").notes
    assert examine(b"junk", "docx").notes
    assert examine(b"", "pdf").notes == ()


def test_dde_in_a_workbook_that_is_one_xml_file_is_seen() -> None:
    book = (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
        b"<SupBook><Path>cmd|/c calc.exe</Path></SupBook></Workbook>"
    )
    report = examine(book, "ole-xls")
    assert "static.dde" in codes(report)
    assert report.extractable == ("DDE link",)
