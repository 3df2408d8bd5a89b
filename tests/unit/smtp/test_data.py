"""Dot-stuffing and the end of a mail; the smuggling matrix."""

from __future__ import annotations

import itertools

import pytest

from gateway.smtp.data import DotDecoder, DotEncoder, has_bare_line_end
from gateway.smtp.errors import LocalProtocolError
from tests.unit.smtp.feeding import FEEDINGS

TRAILING = b"NOOP\r\n"


def decode(data: bytes) -> tuple[bytes, bytes | None]:
    """Body and what follows it (None: no end seen), whatever the splitting."""
    results = []
    for feeding in FEEDINGS:
        decoder, body, rest = DotDecoder(), b"", None
        for piece in feeding(data):
            if rest is not None:
                rest += piece
                continue
            octets, rest = decoder.feed(piece)
            body += octets
        results.append((body, rest))
    assert results[0] == results[1] == results[2]
    return results[0]


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..a\r\n...\r\n.\r\n", b".a\r\n..\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"a.\r\n.\r\n", b"a.\r\n"),
        (b"a\r\n..\r\n.\r\n", b"a\r\n.\r\n"),
        (b"a\r\r\n.\r\n", b"a\r\r\n"),
        (b"a\r\n\r\n\r\n.\r\n", b"a\r\n\r\n\r\n"),
        (b"a\r\n.\r.\r\n.\r\n", b"a\r\n\r.\r\n"),
    ],
)
@pytest.mark.parametrize("trailing", [b"", TRAILING, b".\r\n", b"\r\n.\r\n"])
def test_decode(wire: bytes, body: bytes, trailing: bytes) -> None:
    assert decode(wire + trailing) == (body, trailing)


LINE_ENDS = (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\n", b"\0\n", b"")
MATRIX = [
    before + b"." + after for before, after in itertools.product(LINE_ENDS, LINE_ENDS) if before
]


@pytest.mark.parametrize("end", MATRIX)
def test_only_crlf_dot_crlf_ends_a_mail(end: bytes) -> None:
    """All spellings of "line end, dot, line end": a mail ends where CRLF.CRLF is."""
    wire = b"text" + end + b"smuggled: MAIL FROM:<x@y>\r\n"
    _, rest = decode(wire)
    genuine = wire.find(b"\r\n.\r\n")
    if genuine < 0:
        assert rest is None
    else:
        assert rest == wire[genuine + 5 :]
    assert decode(wire + b"\r\n.\r\n")[1] is not None


def test_the_matrix_holds_the_known_attacks() -> None:
    """LF.LF, LF.CRLF (CVE-2023-51764), CR.CR, CRLF.LF, CRLF.CR (CVE-2023-51765, -51766)."""
    assert {b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r"} <= set(MATRIX)
    ending = [end for end in MATRIX if decode(b"text" + end + b"x\r\n")[1] is not None]
    assert set(ending) == {
        b"\r\n.\r\n",
        b"\r\r\n.\r\n",
        b"\r\n.\r\n\n",
        b"\r\r\n.\r\n\n",
    }


@pytest.mark.parametrize(
    ("body", "wire"),
    [
        (b"", b".\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"..\r\n", b"...\r\n.\r\n"),
        (b"a.b\r\n", b"a.b\r\n.\r\n"),
    ],
)
def test_encode(body: bytes, wire: bytes) -> None:
    for feeding in FEEDINGS:
        encoder = DotEncoder()
        assert b"".join(map(encoder.feed, feeding(body))) + encoder.end() == wire


@pytest.mark.parametrize("body", [b"a\nb", b"a\rb", b"\n", b"a\r\r\n", b"a\r\n\n", b"a\r"])
def test_a_bare_line_end_never_leaves(body: bytes) -> None:
    for feeding in FEEDINGS:
        encoder = DotEncoder()
        with pytest.raises(LocalProtocolError):
            sent = b"".join(map(encoder.feed, feeding(body))) + encoder.end()
            pytest.fail(f"{sent!r} was sent")


@pytest.mark.parametrize(
    ("data", "bare"),
    [
        (b"", False),
        (b"\r\n\r\n", False),
        (b"\n", True),
        (b"\r", True),
        (b"\r\r\n", True),
        (b"\r\n\n", True),
        (b"\n\r", True),
    ],
)
def test_has_bare_line_end(data: bytes, bare: bool) -> None:
    assert has_bare_line_end(data) is bare
