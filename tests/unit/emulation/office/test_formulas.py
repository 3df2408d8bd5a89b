"""Formulas of macro sheets: the parser, and functions of texts. Rows: formula, value."""

from __future__ import annotations

import pytest

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.office.cells import area, cell_place, column_letters, column_number
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.formulas import parse_formula
from gateway.emulation.office.xlm import Macros
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session


class _Nowhere:
    def write(self, data: bytes) -> int:
        return 0


def _macros(cells: dict[tuple[int, int], str] | None = None) -> Macros:
    sheet = Sheet("Macro1", "macro", values={(1, 2): "b", (2, 2): 5, (3, 2): 7})
    sheet.formulas |= cells or {}
    content = Content("excel", sheets=[sheet], names={"five": "Macro1!$B$2"})
    session = Session(wire.Request("s.xlsm", "xlsm", 5.0), "EXCEL.EXE", _Nowhere())
    made = Macros(session, content)
    made.stand(sheet, 1, 1)
    return made


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1+2*3^2", 19.0),
        ("=-2+3", 1),
        ('="a"&"b"&1', "ab1"),
        ('="say ""hi"""', 'say "hi"'),
        ("=CHAR(65)&CHAR(66)", "AB"),
        ("=B2+B3", 12),
        ("=SUM(B2:B3)", 12),
        ("='Macro1'!B2*2", 10),
        ("=five", 5),
        ('=IF(B2>4,"big","small")', "big"),
        ('=MID("abcdef",2,3)', "bcd"),
        ('=SUBSTITUTE("a-b-c","-","")', "abc"),
        ("=INDEX(B1:B3,2)", 5),
        ("=OFFSET(B1,2,0)", 7),
        ('=INDIRECT("B"&3)', 7),
        ("=50%", 0.5),
        ("=TRUE", True),
        ("=1=2", False),
        ('=IFERROR(FIND("x","abc"),"none")', "none"),
        ("=BITXOR(5,3)", 6),
    ],
)
def test_formula(formula: str, value: object) -> None:
    assert _macros().evaluate(formula) == value


@pytest.mark.parametrize("formula", ["=", "=1+", "=(1", '="a', "=f(1", "=" + "(" * 99 + "1"])
def test_what_is_no_formula_is_an_error(formula: str) -> None:
    with pytest.raises(ScriptError):
        parse_formula(formula)


def test_cells_that_need_each_other_end() -> None:
    macros = _macros({(5, 1): "A6", (6, 1): "A5"})
    assert macros.evaluate("=A5") is None


def test_places_and_areas() -> None:
    assert cell_place("$B$3") == (3, 2)
    assert cell_place("R3C2") == (3, 2)
    assert cell_place("XFE1") is None
    assert area("B3:A1") == (1, 1, 3, 2)
    assert [column_letters(n) for n in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]
    assert all(column_number(column_letters(n)) == n for n in range(1, 2000))
