"""Excel's objects as macros find them: what a workbook's macros print."""

from __future__ import annotations

import pytest

from gateway.emulation.office import run
from gateway.emulation.office.content import Content, Macro, Sheet
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session


class _Nowhere:
    def write(self, data: bytes) -> int:
        return 0


def _content(*macros: Macro) -> Content:
    data = Sheet("Data", code_name="shtData")
    data.values = {(1, 1): "Name", (1, 2): "Price", (2, 1): "tea", (2, 2): 3, (3, 1): "Milk"}
    data.values[3, 2] = 2.5
    other = Sheet("Other", code_name="shtOther", values={(1, 1): "elsewhere"})
    content = Content("excel", sheets=[data, other], macros=list(macros))
    content.define("Prices", "Data!$B$2:$B$3")
    content.define("Here", "Other!$A$1", 1)
    return content


def _session() -> Session:
    return Session(wire.Request("s.xls", "ole-xls", 5.0), "EXCEL.EXE", _Nowhere())


def _printed(*macros: Macro) -> list[str]:
    session = _session()
    run._run_macros(session, _content(*macros), r"C:\s.xls")
    assert session.stopped is None, session.detail
    return session.world.output


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ('Sheets("Data").Range("A2").Worksheet.Name', "Data"),
        ('Sheets("Data").Range("A2").Parent.Parent.Name', "s.xls"),
        ('shtOther.Range("A1").Value', "elsewhere"),
        ('Sheets("Other").Names("Here").RefersToRange.Address', "$A$1"),
        ('Sheets("Other").Names("Prices").RefersToRange.Address', "$B$2:$B$3"),
        ('ThisWorkbook.Names("Prices").RefersToRange.Count', "2"),
        ('Sheets("Other").Range("Here").Value', "elsewhere"),
        ('Sheets("Data").Range("A:A").Find("milk").Row', "3"),
        ('Sheets("Data").Range("1:1").Find("tea") Is Nothing', "True"),
        ('WorksheetFunction.Match("MILK", Sheets("Data").Range("A1:A3"), 0)', "3"),
        ('WorksheetFunction.VLookup("tea", Sheets("Data").Range("A1:B3"), 2, False)', "3"),
        ('WorksheetFunction.Index(Sheets("Data").Range("B1:B3"), 3).Value', "2.5"),
        ('WorksheetFunction.CountIf(Sheets("Data").Range("B1:B3"), 3)', "1"),
    ],
)
def test_what_a_workbook_answers(expression: str, printed: str) -> None:
    source = f"Sub Auto_Open()\nDebug.Print {expression}\nEnd Sub\n"
    assert _printed(Macro("Module1", "standard", source)) == [printed]


def test_an_event_of_a_sheet_is_about_the_sheet() -> None:
    source = (
        "Private Sub Worksheet_Change(ByVal Target As Range)\n"
        'Debug.Print Target.Worksheet.Name & " " & Me.Name\nEnd Sub\n'
    )
    assert _printed(Macro("shtOther", "document", source)) == ["Other Other"]


def test_an_end_of_nothing_does_not_hide_a_module() -> None:
    source = 'End Sub\nSub Auto_Open()\nDebug.Print "ran"\nEnd Sub\n'
    assert _printed(Macro("Module1", "standard", source)) == ["ran"]


def test_every_sheet_may_have_a_macro_that_starts_by_itself() -> None:
    content = Content("excel")
    for number, words in enumerate(("one", "two")):
        formulas = {(1, 1): f'ALERT("{words}")', (2, 1): "HALT()"}
        content.sheets.append(Sheet(f"Macro{number}", "macro", formulas=formulas))
        content.define("Auto_Open", f"Macro{number}!$A$1", number)
    session = _session()
    run._run_macros(session, content, r"C:\s.xls")
    assert session.world.output == ["one", "two"]
