"""The body filter: what is found, what is refused, what is re-encoded."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header

import pytest

from gateway.smtp import replies
from gateway.smtp.body import (
    BodyFacts,
    BodyFilter,
    BodyPolicy,
    OnBareLineEnd,
    OnEightBitHeader,
    OnLongLine,
    OnNul,
)
from gateway.smtp.limits import HEADER_SECTION, TEXT_LINE
from gateway.smtp.replies import Reply
from tests.unit.smtp.feeding import FEEDINGS

STRICT = BodyPolicy(nul=OnNul.REFUSE)
REENCODE = BodyPolicy(
    bare_line_end=OnBareLineEnd.REENCODE,
    long_line=OnLongLine.REENCODE,
    eight_bit_header=OnEightBitHeader.REENCODE,
)
LENIENT = BodyPolicy(long_line=OnLongLine.PASS)

HEADER = b"Subject: x\r\n\r\n"


def run(
    body: bytes, policy: BodyPolicy, *, smtputf8: bool = False
) -> tuple[bytes, BodyFacts, Reply | None]:
    """Octets given out, facts and refusal, whatever the splitting."""
    results = []
    for feeding in FEEDINGS:
        body_filter = BodyFilter(policy, smtputf8)
        out = b"".join(map(body_filter.feed, feeding(body))) + body_filter.end()
        results.append((out, body_filter.facts, body_filter.refusal))
    assert results[0] == results[1] == results[2]
    return results[0]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", None),
        (HEADER, None),
        (HEADER + b"text\r\n", None),
        (HEADER + b"text without line end", None),
        (HEADER + b"bare\nLF\r\n", replies.BARE_LINE_END),
        (HEADER + b"bare\rCR\r\n", replies.BARE_LINE_END),
        (HEADER + b"both\n\r\n", replies.BARE_LINE_END),
        (HEADER + b"at the end\r", replies.BARE_LINE_END),
        (b"\n", replies.BARE_LINE_END),
        (HEADER + b"x" * 998 + b"\r\n", None),
        (HEADER + b"x" * 999 + b"\r\n", replies.TEXT_LINE_TOO_LONG),
        (HEADER + b"x" * 998, None),
        (HEADER + b"x" * 999, replies.TEXT_LINE_TOO_LONG),
        (b"x" * 5000 + b"\r\n" + HEADER, replies.TEXT_LINE_TOO_LONG),
        ((b"x" * 998 + b"\r\n") * 20, None),
        ((b"x" * 998 + b"\r\n") * 20 + b"x" * 999 + b"\r\n", replies.TEXT_LINE_TOO_LONG),
        (HEADER + b"nul\0\r\n", replies.NUL_IN_MAIL),
        (HEADER + b"caf\xc3\xa9\r\n", None),
        (b"Subject: caf\xc3\xa9\r\n\r\nx\r\n", replies.EIGHT_BIT_HEADER),
        (b"Subject: caf\xe9", replies.EIGHT_BIT_HEADER),
        (b"\r\ncaf\xc3\xa9\r\n", None),
        (b"A: 1\r\nB: \xff\r\n", replies.EIGHT_BIT_HEADER),
    ],
)
def test_strict(body: bytes, refusal: Reply | None) -> None:
    out, facts, found = run(body, STRICT)
    assert found == refusal
    assert facts.size == len(body)
    assert out == body


def test_facts_name_all_that_was_seen() -> None:
    body = b"S: \xe9\n\r\n\r\n\0" + b"x" * 1500 + b"\r\n"
    assert run(body, STRICT)[1] == BodyFacts(
        size=len(body),
        bare_line_end=True,
        long_line=True,
        eight_bit_header=True,
        eight_bit=True,
        nul=True,
    )


def test_smtputf8_allows_eight_bit_headers() -> None:
    out, facts, refusal = run("Subject: é\r\n\r\n".encode(), REENCODE, smtputf8=True)
    assert (out, refusal) == ("Subject: é\r\n\r\n".encode(), None)
    assert not facts.eight_bit_header


def test_nul_passes_unless_policy_says_otherwise() -> None:
    assert run(HEADER + b"\0\r\n", BodyPolicy())[2] is None


def test_long_lines_may_pass_as_they_are() -> None:
    body = HEADER + b"x" * 3000 + b"\r\n"
    assert run(body, LENIENT)[0] == body
    assert run(body, LENIENT)[2] is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a\nb\r\n", b"a\r\nb\r\n"),
        (b"a\rb\r\n", b"a\r\nb\r\n"),
        (b"a\n\nb", b"a\r\n\r\nb"),
        (b"a\r\r\nb", b"a\r\n\r\nb"),
        (b"a\n\rb", b"a\r\n\r\nb"),
        (b"a\r", b"a\r\n"),
        (b"\n.\n", b"\r\n.\r\n"),
    ],
)
def test_bare_line_ends_become_crlf(body: bytes, expected: bytes) -> None:
    out, facts, refusal = run(body, REENCODE)
    assert (out, refusal) == (expected, None)
    assert facts.bare_line_end


@pytest.mark.parametrize("length", [998, 999, 1000, 1995, 1996, 1997, 5000])
def test_long_lines_are_broken_within_the_limit(length: int) -> None:
    out, facts, refusal = run(HEADER + b"x" * length + b"\r\nnext\r\n", REENCODE)
    assert refusal is None
    assert facts.long_line is (length > 998)
    lines = out.split(b"\r\n")
    assert max(map(len, lines)) <= TEXT_LINE - 2
    assert out.replace(b"\r\n ", b"") == HEADER + b"x" * length + b"\r\nnext\r\n"


def test_breaking_a_line_does_not_cut_a_character() -> None:
    text = "x" + "é" * 2000
    out, _, _ = run(HEADER + text.encode() + b"\r\n", REENCODE)
    for line in out.split(b"\r\n"):
        line.decode("utf-8")


@pytest.mark.parametrize(
    ("subject", "charset"),
    [
        ("Grüße aus Österreich", "utf-8"),
        ("Привет, как дела? " * 20, "utf-8"),
        ("ascii é ascii", "utf-8"),
    ],
)
def test_eight_bit_headers_become_encoded_words(subject: str, charset: str) -> None:
    body = f"From: a@b\r\nSubject: {subject}\r\n\r\né\r\n".encode(charset)
    out, facts, refusal = run(body, REENCODE)
    assert refusal is None
    assert facts.eight_bit_header
    header, _, rest = out.partition(b"\r\n\r\n")
    assert header.isascii()
    assert rest == "é\r\n".encode()
    assert max(map(len, header.split(b"\r\n"))) <= TEXT_LINE - 2
    decoded = str(make_header(decode_header(message_from_bytes(out)["Subject"])))
    assert " ".join(decoded.split()) == " ".join(subject.split())


def test_octets_of_an_unknown_charset_are_named_so() -> None:
    out, _, _ = run(b"Subject: caf\xe9\r\n\r\n", REENCODE)
    assert out == b"Subject: =?unknown-8bit?B?Y2Fm6Q==?=\r\n\r\n"


def test_a_header_without_end_is_encoded_too() -> None:
    assert run("Subject: é".encode(), REENCODE)[0] == b"Subject: =?utf-8?B?w6k=?="


def test_an_ascii_header_is_left_alone_by_reencoding() -> None:
    body = HEADER + "é\r\n".encode()
    assert run(body, REENCODE)[0] == body


def test_a_header_section_that_is_never_over_is_refused() -> None:
    body_filter = BodyFilter(REENCODE)
    line = b"X: " + b"y" * 900 + b"\r\n"
    for _ in range(HEADER_SECTION // len(line) + 2):
        assert body_filter.feed(line) == b""
    assert body_filter.refusal == replies.HEADER_TOO_LARGE
