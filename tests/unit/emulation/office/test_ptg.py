"""Binary formulas as text. Rows: tokens, text, what they are."""

from __future__ import annotations

import struct

import pytest

from gateway.emulation.office.ptg import Names, formula_text
from tools.corpus.detections.office_files import function_token, string_token

NAMES = Names(["first", "second"], ["Sheet1", "Macro1"], [1])
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
    ],
)
def test_tokens(tokens: bytes, text: str) -> None:
    assert formula_text(tokens, NAMES) == text


@pytest.mark.parametrize("tokens", [b"", b"\x03", b"\x1e\x01", b"\x17", b"\x7f", b"\x21\xff\x0f"])
def test_what_is_no_formula_is_an_error(tokens: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        formula_text(tokens, NAMES)
