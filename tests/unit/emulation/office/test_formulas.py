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
        ("=ROWS(B1:C5)", 5),
        ("=COLUMNS(B1:C5)", 2),
        ("=MATCH(7,B1:B3,0)", 3),
        ("=MATCH(6,B1:B3)", 2),
        ('=ISNA(MATCH("x",B1:B3,0))', True),
        ('=VLOOKUP("B",B1:C3,1,FALSE)', "b"),
        ("=HLOOKUP(5,B2:C3,2,FALSE)", 7),
        ("=LOOKUP(5,B2:B3)", 5),
        ('=COUNTIF(B1:B3,">4")', 2),
        ('=SUMIF(B1:B3,">4")', 12),
        ('=COUNTIF(B1:B3,"b")', 1),
        ("=REFTEXT(B3)", "R3C2"),
        ("=REFTEXT(B3,TRUE)", "$B$3"),
        ('=GET.NAME("five")', "=Macro1!$B$2"),
        ("=GET.FORMULA(B2)", 5),
        ("=YEAR(DATE(2026,11,24))*100+MONTH(DATE(2026,11,24))", 202611),
        ("=HOUR(TIME(13,30,0))", 13),
        ('=HEX2BIN("F")', "1111"),
        ('=BIN2DEC("1010")', 10),
        ("=LARGE(B2:B3,1)", 7),
        ("=QUOTIENT(7,2)", 3),
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


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (('FOR("i",1,3)', "ALERT(i)", "NEXT()", 'ALERT("end")'), ["1", "2", "3", "end"]),
        (('FOR("i",5,1,-2)', "ALERT(i)", "NEXT()"), ["5", "3", "1"]),
        (('FOR("i",3,1)', "ALERT(i)", "NEXT()", 'ALERT("end")'), ["end"]),
        (('FOR("i",1,9)', "IF(i>2,BREAK())", "ALERT(i)", "NEXT()"), ["1", "2"]),
        (('FOR("i",1,9)', "IF(i>2)", "BREAK()", "END.IF()", "ALERT(i)", "NEXT()"), ["1", "2"]),
        (('FOR.CELL("c",B2:B3)', "ALERT(c)", "NEXT()"), ["5", "7"]),
        (
            ('FOR("i",1,2)', 'FOR("j",1,2)', "ALERT(i&j)", "NEXT()", "NEXT()"),
            ["11", "12", "21", "22"],
        ),
        (("IF(1=1)", 'ALERT("a")', "ELSE()", 'ALERT("b")', "END.IF()", 'ALERT("c")'), ["a", "c"]),
        (("IF(1=2)", 'ALERT("a")', "ELSE()", 'ALERT("b")', "END.IF()", 'ALERT("c")'), ["b", "c"]),
        (
            ("IF(1=2)", "ALERT(1)", "ELSE.IF(2=2)", "ALERT(2)", "ELSE()", "ALERT(3)", "END.IF()"),
            ["2"],
        ),
        (("IF(1=2)", "IF(1=1)", 'ALERT("a")', "END.IF()", "END.IF()", 'ALERT("b")'), ["b"]),
        (('ON.WINDOW("","Macro1!C1")',), ["window"]),
    ],
)
def test_the_order_of_cells(cells: tuple[str, ...], said: list[str]) -> None:
    made = _macros({(row, 4): formula for row, formula in enumerate(cells, 1)})
    made._content.sheets[0].formulas[1, 3] = 'ALERT("window")'
    made._content.names["auto_open"] = "Macro1!D1"
    made.run()
    assert made._world.output == said


def test_what_is_lacking_is_told_and_commands_are_not() -> None:
    macros = _macros({(1, 4): "SKEW(B2:B3)", (2, 4): "PAGE.SETUP()"})
    macros._content.names["auto_open"] = "Macro1!D1"
    macros.run()
    assert macros.lacking == {"SKEW"}


def test_places_and_areas() -> None:
    assert cell_place("$B$3") == (3, 2)
    assert cell_place("R3C2") == (3, 2)
    assert cell_place("XFE1") is None
    assert area("B3:A1") == (1, 1, 3, 2)
    assert [column_letters(n) for n in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]
    assert all(column_number(column_letters(n)) == n for n in range(1, 2000))
