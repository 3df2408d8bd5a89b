"""Command lines and replies out of octets: limits, line ends, splitting."""

from __future__ import annotations

import pytest

from gateway.smtp.limits import REPLY_LINE, REPLY_LINES
from gateway.smtp.lines import BadLine, BadReply, LineReader, Octets
from gateway.smtp.replies import Reply
from tests.unit.smtp.feeding import read_lines, read_replies

LIMIT = 20


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"NOOP", []),
        (b"NOOP\r", []),
        (b"NOOP\r\n", [b"NOOP"]),
        (b"\r\n", [b""]),
        (b"NOOP\r\nQUIT\r\nrest", [b"NOOP", b"QUIT"]),
        (b"NOOP\nQUIT\r\n", [BadLine.LINE_END, b"QUIT"]),
        (b"NO\rOP\r\nQUIT\r\n", [BadLine.LINE_END, b"QUIT"]),
        (b"NOOP\r\r\n", [BadLine.LINE_END]),
        (b"\n", [BadLine.LINE_END]),
        (b"x" * 18 + b"\r\n", [b"x" * 18]),
        (b"x" * 19 + b"\r\nQUIT\r\n", [BadLine.TOO_LONG, b"QUIT"]),
        (b"x" * 200 + b"\r\nQUIT\r\n", [BadLine.TOO_LONG, b"QUIT"]),
        (b"x" * 200 + b"\nQUIT\r\n", [BadLine.TOO_LONG, b"QUIT"]),
    ],
)
def test_lines(data: bytes, expected: list[object]) -> None:
    assert read_lines(data, LIMIT) == expected


def test_an_endless_line_is_not_kept() -> None:
    octets, reader = Octets(), LineReader()
    for _ in range(1000):
        octets.append(b"x" * 10)
        assert reader.next_line(octets, LIMIT) is None
        assert len(octets) < LIMIT


def test_octets_keep_their_order_over_takes_and_appends() -> None:
    octets = Octets()
    octets.append(b"one")
    assert octets.take(1) == b"o"
    octets.append(b"two\nrest")
    assert octets.take_line() == b"netwo\n"
    assert len(octets) == 4
    assert octets.take(99) == b"rest"
    assert octets.take_all() == b""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"250 Ok\r\n", [Reply(250, (b"Ok",))]),
        (b"250\r\n", [Reply(250, (b"",))]),
        (b"250 \r\n", [Reply(250, (b"",))]),
        (b"250-a\r\n250-b\r\n250 c\r\n", [Reply(250, (b"a", b"b", b"c"))]),
        (b"250-a\r\n250\r\n", [Reply(250, (b"a", b""))]),
        (b"250 a\r\n550 b\r\n", [Reply(250, (b"a",)), Reply(550, (b"b",))]),
        (b"250 a\r\n55", [Reply(250, (b"a",))]),
        ("550 Größe\r\n".encode(), [Reply(550, ("Größe".encode(),))]),
        (b"250 a\n", [BadReply("reply line does not end with CRLF alone")]),
        (b"250 a\rb\r\n", [BadReply("reply line does not end with CRLF alone")]),
        (b"\r250 a\r\n", [BadReply("reply line does not end with CRLF alone")]),
        (b"250-a\r\n251 b\r\n", [BadReply("reply code changes within a reply")]),
        (b"250_a\r\n", [BadReply("no separator after the reply code")]),
        (b"2500\r\n", [BadReply("no separator after the reply code")]),
        (b"150 a\r\n", [BadReply("no reply code")]),
        (b"650 a\r\n", [BadReply("no reply code")]),
        (b"25\r\n", [BadReply("no reply code")]),
        (b"\r\n", [BadReply("no reply code")]),
        (b"2x0 a\r\n", [BadReply("no reply code")]),
        (b"HTTP/1.1 400 Bad Request\r\n", [BadReply("no reply code")]),
    ],
)
def test_replies(data: bytes, expected: list[object]) -> None:
    assert read_replies(data) == expected


def test_reply_limits() -> None:
    longest = b"250 " + b"x" * (REPLY_LINE - 6) + b"\r\n"
    assert read_replies(longest) == [Reply(250, (longest[4:-2],))]
    assert read_replies(longest[:-2] + b"x\r\n") == [BadReply("reply line too long")]
    assert read_replies(b"x" * REPLY_LINE) == [BadReply("reply line too long")]
    most = b"250-x\r\n" * (REPLY_LINES - 1) + b"250 x\r\n"
    assert read_replies(most) == [Reply(250, (b"x",) * REPLY_LINES)]
    assert read_replies(b"250-x\r\n" + most) == [BadReply("too many reply lines")]
