"""Invariants, for any body and any splitting of it:
- what is stuffed and unstuffed again is the same, and ends exactly where it ended;
- what leaves the encoder holds CRLF.CRLF exactly once, at its end;
- the body filter gives the same octets, facts and refusal however its input is split;
- re-encoded octets hold no bare CR or LF, no line over the limit, and are a fixed point.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.body import (
    BodyFilter,
    BodyPolicy,
    OnBareLineEnd,
    OnEightBitHeader,
    OnLongLine,
)
from gateway.smtp.data import DotDecoder, DotEncoder, has_bare_line_end
from gateway.smtp.limits import TEXT_LINE

PIECES = st.sampled_from(
    [b"\r", b"\n", b"\r\n", b".", b"..", b"x", b" ", b"\0", b"\xc3\xa9", b"\xff", b"y" * 990]
)
ANY = st.lists(PIECES, max_size=40).map(b"".join)
CLEAN = st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x", b"x.", b"\xff"]), max_size=20).map(
    b"\r\n".join
)
CUTS = st.lists(st.integers(0, 60), max_size=10)

REENCODE = BodyPolicy(
    bare_line_end=OnBareLineEnd.REENCODE,
    long_line=OnLongLine.REENCODE,
    eight_bit_header=OnEightBitHeader.REENCODE,
)
POLICIES = st.sampled_from([BodyPolicy(), REENCODE, BodyPolicy(long_line=OnLongLine.PASS)])


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` in pieces of the sizes in `cuts`, and the rest."""
    pieces = []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]
    return [*pieces, data]


def encode(body: bytes, cuts: list[int]) -> bytes:
    encoder = DotEncoder()
    return b"".join(map(encoder.feed, split(body, cuts))) + encoder.end()


@given(CLEAN, ANY, CUTS, CUTS)
def test_stuffing_comes_back(body: bytes, trailing: bytes, out: list[int], back: list[int]) -> None:
    wire = encode(body, out)
    whole = body if not body or body.endswith(b"\r\n") else body + b"\r\n"
    decoder, decoded, rest = DotDecoder(), b"", None
    for piece in split(wire + trailing, back):
        if rest is None:
            octets, rest = decoder.feed(piece)
            decoded += octets
        else:
            rest += piece
    assert (decoded, rest) == (whole, trailing)


@given(CLEAN, CUTS)
def test_the_wire_ends_once(body: bytes, cuts: list[int]) -> None:
    wire = b"\r\n" + encode(body, cuts)
    assert wire.find(b"\r\n.\r\n") == len(wire) - 5


@given(ANY, CUTS)
def test_only_crlf_dot_crlf_ends(wire: bytes, cuts: list[int]) -> None:
    genuine = (b"\r\n" + wire).find(b"\r\n.\r\n")
    decoder = DotDecoder()
    ends = [rest for piece in split(wire, cuts) if (rest := decoder.feed(piece)[1]) is not None]
    assert bool(ends) is (genuine >= 0)


def run(body: bytes, cuts: list[int], policy: BodyPolicy, smtputf8: bool) -> tuple[object, ...]:
    body_filter = BodyFilter(policy, smtputf8)
    out = b"".join(map(body_filter.feed, split(body, cuts))) + body_filter.end()
    return out, body_filter.facts, body_filter.refusal


@given(ANY, CUTS, POLICIES, st.booleans())
def test_splitting_does_not_matter(
    body: bytes, cuts: list[int], policy: BodyPolicy, smtputf8: bool
) -> None:
    assert run(body, cuts, policy, smtputf8) == run(body, [], policy, smtputf8)


@given(ANY, CUTS)
def test_reencoded_octets_are_clean_and_stay_as_they_are(body: bytes, cuts: list[int]) -> None:
    out, _, refusal = run(body, cuts, REENCODE, False)
    assert isinstance(out, bytes)
    assert refusal is None
    assert not has_bare_line_end(out)
    assert all(len(line) <= TEXT_LINE - 2 for line in out.split(b"\r\n"))
    assert run(out, [], REENCODE, False)[0] == out


@given(CLEAN)
def test_what_keeps_the_rules_passes_untouched(body: bytes) -> None:
    assert run(b"\r\n" + body, [], BodyPolicy(), False)[0] == b"\r\n" + body
    assert run(b"\r\n" + body, [], REENCODE, False)[0] == b"\r\n" + body
