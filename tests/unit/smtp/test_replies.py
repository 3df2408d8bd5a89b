"""Replies, their constants, and peers' text made printable."""

from __future__ import annotations

import pytest

from gateway.smtp import replies
from gateway.smtp.replies import Reply
from gateway.smtp.states import Kind
from gateway.smtp.text import printable, without_controls

CONSTANTS = {name: each for name, each in vars(replies).items() if isinstance(each, Reply)}


@pytest.mark.parametrize(
    ("code", "lines"),
    [(199, (b"x",)), (600, (b"x",)), (250, ()), (250, (b"a\r\nb",)), (250, (b"a\nb",))],
)
def test_an_invalid_reply_cannot_exist(code: int, lines: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match=r"reply"):
        Reply(code, lines)


def test_written_as_rfc_5321_says() -> None:
    assert Reply(250, (b"Ok",)).to_bytes() == b"250 Ok\r\n"
    assert Reply(250, (b"a", b"b", b"c")).to_bytes() == b"250-a\r\n250-b\r\n250 c\r\n"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(220, Kind.OK), (354, Kind.MORE), (450, Kind.NO), (550, Kind.NO), (421, Kind.BYE)],
)
def test_kinds(code: int, kind: Kind) -> None:
    assert Reply(code, (b"",)).kind is kind


@pytest.mark.parametrize("name", CONSTANTS)
def test_the_enhanced_code_of_a_constant_fits_its_code(name: str) -> None:
    reply = CONSTANTS[name]
    if reply.code == 354:
        assert reply.enhanced is None  # RFC 2034 section 4: none with 3xx
    else:
        assert reply.enhanced is not None
        assert reply.enhanced[0] == str(reply.code)[0]
    assert len(reply.to_bytes()) <= 512


def test_saying_keeps_the_codes_and_defuses_the_text() -> None:
    reply = replies.REFUSED_CONTENT.saying("macro in a.docm\r\n250 Ok")
    assert reply.code == 550
    assert reply.enhanced == "5.7.1"
    assert reply.to_bytes() == b"550 5.7.1 macro in a.docm\\r\\n250 Ok\r\n"


def test_cleaned_takes_controls_out() -> None:
    assert Reply(250, (b"a\x1b[2Jb\tc\0",)).cleaned() == Reply(250, (b"a?[2Jb\tc?",))


@pytest.mark.parametrize(
    ("untrusted", "expected"),
    [
        (b"plain", "plain"),
        ("Größe".encode(), "Größe"),
        (b"a\r\nb", "a\\r\\nb"),
        (b"\x1b[31m", "\\x1b[31m"),
        (b"\xff", "\\xff"),
        ("a\u202eb", "a\\u202eb"),
        ("\ud800", "\\ud800"),
        (b"x" * 300, "x" * 200 + "…"),
    ],
)
def test_printable(untrusted: bytes | str, expected: str) -> None:
    assert printable(untrusted) == expected


def test_every_octet_becomes_printable() -> None:
    assert printable(bytes(range(256)), limit=2000).isprintable()
    assert b"\n" not in without_controls(bytes(range(256)))
