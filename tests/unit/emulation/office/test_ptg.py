"""Binary formulas as text. Rows: tokens, text, what they are."""

from __future__ import annotations

import struct

import pytest

from gateway.emulation.office.ptg import Book, Names, Rule, formula_text
from gateway.extraction.ole.tokens import Dialect
from tools.corpus.biff import Compiler
from tools.corpus.detections.office_files import function_token, string_token

_OTHER = Book(title="other.xls", names=["Rate"])
NAMES = Names(
    ["first", "second"], ["Sheet1", "Macro1"], [Book(own=True), _OTHER], [(0, 1), (0, 0), (1, 0)]
)
_ONE, _TWO = b"\x1e\x01\x00", b"\x1e\x02\x00"


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (_ONE + _TWO + b"\x03", "(1+2)"),
        (_ONE + b"\x13", "(-1)"),
        (_ONE + b"\x14", "(1%)"),
        (string_token('a"b') + _ONE + b"\x08", '("a""b"&1)'),
        (b"\x1d\x01", "TRUE"),
        (b"\x1f" + struct.pack("<d", 2.5), "2.5"),
        (b"\x24" + struct.pack("<HH", 4, 0xC001), "B5"),
        (b"\x45" + struct.pack("<HHHH", 0, 2, 0, 1), "A1:B3"),
        (b"\x3a" + struct.pack("<HHH", 0, 0, 2), "'Macro1'!C1"),
        (b"\x23" + struct.pack("<I", 2), "second"),
        (string_token("x") + function_token(0x6E, 1), 'EXEC("x")'),
        (_ONE + b"\x41\x6f\x00", "CHAR(1)"),
        (_ONE + b"\x19\x10\x00\x00", "SUM(1)"),
        (b"\x23" + struct.pack("<I", 1) + _ONE + function_token(0xFF, 2), "first(1)"),
        (b"\x16" + _ONE + function_token(0x8060, 2), "FORMULA(,1)"),
        (b"\x39" + struct.pack("<HI", 2, 1), "Rate"),
        (b"\x3a" + struct.pack("<HHH", 2, 0, 0), "'[other.xls]'!A1"),
        (b"\x2a" + bytes(4), "#REF!"),
        (b"\x1c\x07", "#DIV/0!"),
    ],
)
def test_tokens(tokens: bytes, text: str) -> None:
    assert formula_text(Rule(tokens), NAMES) == text


@pytest.mark.parametrize("tokens", [b"", b"\x03", b"\x1e\x01", b"\x17", b"\x7f", b"\x21\xff\x0f"])
def test_what_is_no_formula_is_an_error(tokens: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        formula_text(Rule(tokens), NAMES)


@pytest.mark.parametrize(
    "dialect", [Dialect.BIFF4, Dialect.BIFF5, Dialect.BIFF8, Dialect.BIFF12], ids=lambda d: d.name
)
@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ('=MID("abc",2,A1)&TRUE', '(MID("abc",2,A1)&TRUE)'),
        ("=SUM(A1:C9)/-2.5", "(SUM(A1:C9)/(-2.5))"),
        ("=IF(second>70000,,1%)", "IF((second>70000),,(1/100))"),
        ("=later(1)", "later(1)"),
        ("=Macro1!B3", "'Macro1'!B3"),
        ("=Macro1!B3:C4", "'Macro1'!B3:C4"),
        ("=A5()", "A5()"),
        ("=FORMULA(1,B2)", "FORMULA(1,B2)"),
    ],
)
def test_every_dialect_says_the_same(dialect: Dialect, formula: str, text: str) -> None:
    names = Names(["first", "later", "second"], ["Sheet1", "Macro1"], [Book(own=True)])
    names.references = [(0, 0), (0, 1)]
    if dialect is Dialect.BIFF4 and "!" in formula:
        pytest.skip("Excel 4 has no references to other sheets of a workbook")
    tokens = Compiler(dialect, names.sheets, names.defined).tokens(formula)
    assert formula_text(Rule(tokens, b"", dialect), names) == text


@pytest.mark.parametrize(
    ("dialect", "extra"),
    [
        (Dialect.BIFF5, b"\x02\x01\x00\x01" + struct.pack("<d", 7.0) + b"\x02\x01x"),
        (Dialect.BIFF8, b"\x01\x00\x00\x01" + struct.pack("<d", 7.0) + b"\x02\x01\x00\x00x"),
        (
            Dialect.BIFF12,
            struct.pack("<II", 2, 1) + b"\0" + struct.pack("<d", 7.0) + b"\x01\x01\x00x\0",
        ),
    ],
)
def test_array_constants_stand_behind_the_tokens(dialect: Dialect, extra: bytes) -> None:
    tokens = b"\x60".ljust(15 if dialect is Dialect.BIFF12 else 8, b"\0")
    assert formula_text(Rule(tokens, extra, dialect), NAMES) == '{7,"x"}'
    with pytest.raises((ValueError, struct.error)):
        formula_text(Rule(tokens, extra[:6], dialect), NAMES)


@pytest.mark.parametrize(
    ("dialect", "tokens"),
    [
        (Dialect.BIFF5, b"\x4c" + struct.pack("<HB", 0xFFFF, 1)),
        (Dialect.BIFF8, b"\x4c" + struct.pack("<HH", 0xFFFF, 0xC001)),
        (Dialect.BIFF12, b"\x4c" + struct.pack("<IH", 0xFFFFF, 0xC001)),
    ],
)
def test_shared_formulas_count_from_their_cell(dialect: Dialect, tokens: bytes) -> None:
    assert formula_text(Rule(tokens, b"", dialect, (4, 2)), NAMES) == "D4"
