"""Inputs of 5 MB made to be slow: a scan that is not linear would meet the suite's time limit."""

import pytest

from gateway.mime import addresses, decode_checked, read_tnef, scan, subject
from tests.unit.mime.mails import check_tree

SIZE = 5_000_000
HEAD = b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n'


def filled(unit: bytes, head: bytes = b"") -> bytes:
    return head + unit * (SIZE // len(unit))


def encoded(encoding: bytes) -> bytes:
    return b"Content-Transfer-Encoding: %b\r\n\r\n" % encoding


def nested(pattern: bytes) -> bytes:
    return b"".join(pattern.replace(b"#", b"%d" % level) for level in range(99))


DEEP = nested(b"Content-Type: multipart/mixed; boundary=n#\n\n--n#\n")
LOST = nested(b"Content-Type: multipart/mixed; boundary=n#\n\n--m#\n")

CASES: list[tuple[str, bytes, bytes]] = [
    ("a line without colon", b"a", b""),
    ("one field", b"x", b"A: "),
    ("spaces", b" ", b""),
    ("empty lines", b"\n", b""),
    ("CR only", b"\r", b""),
    ("dashes", b"\n--", HEAD),
    ("delimiters", b"\n--B", HEAD),
    ("near delimiters", b"\n--Bx", HEAD),
    ("closing delimiters", b"--B--\n", HEAD),
    ("a padded delimiter", b" ", HEAD + b"\n--B"),
    ("continuations", b" x\n", b"A:"),
    ("fields", b"A: b\n", b""),
    ("bad lines", b"abc\n A: b\n", b""),
    ("parameters", b"; a=b", b"Content-Type: a/b"),
    ("an open quote", b'\\"', b'Content-Type: a/b; x="'),
    ("open comments", b"(", b"Content-Type: a/b "),
    ("spaces in parameters", b" ", b"Content-Type: a/b;"),
    ("encoded words", b"=?utf-8?q?a?= ", b"Subject: "),
    ("open encoded words", b"=?a?q?", b"Subject: "),
    ("open angles", b"<", b"From: "),
    ("open address comments", b"(", b"From: "),
    ("many addresses", b"a@b,", b"From: "),
    ("uuencode begins", b"begin 644 a\n", b"\n\n"),
    ("uuencode blocks", b"begin 644 a\n#0V%T\n`\nend\n", b"\n\n"),
    ("yEnc begins", b"=ybegin line=1 size=1 name=a\n", b"\n\n"),
    ("nested mails", b"Content-Type: message/rfc822\n\n", b""),
    ("parts", b"--B\nContent-Type: text/plain\n\nx\n", HEAD),
    ("parts without blank line", b"--B\nabc\n", HEAD),
    ("multiparts without boundary", b"--B\nContent-Type: multipart/mixed\n\n", HEAD),
    ("dashes within deep nesting", b"\n--", DEEP),
    ("dashes after lost boundaries", b"\n--", LOST),
    ("base64 of padding", b"A=", encoded(b"base64")),
    ("= only", b"=", encoded(b"quoted-printable")),
    ("= and spaces", b" ", encoded(b"quoted-printable") + b"="),
    ("uuencode of nothing", b"\nx", encoded(b"x-uuencode")),
    ("yEnc escapes", b"=a", encoded(b"x-yencode")),
]
"""Name, unit that fills the mail, beginning."""


@pytest.mark.parametrize(("why", "unit", "head"), CASES, ids=[case[0] for case in CASES])
def test_a_mail_made_to_be_slow_is_read_all_the_same(why: str, unit: bytes, head: bytes) -> None:
    data = filled(unit, head)
    message = scan(data)
    check_tree(message, len(data))
    for number, part in enumerate(message.walk()):
        if number < 10:
            decode_checked(part, data)
    addresses(message.root, "from")
    subject(message.root)


@pytest.mark.parametrize(
    "unit", [b"\1\0\0\0\0\0\0\0\0\0\0", b"\2\x05\x90\0\0\4\0\0\0\xff\xff\xff\xff\0\0"]
)
def test_tnef_made_to_be_slow_is_read_all_the_same(unit: bytes) -> None:
    message = read_tnef(filled(unit, b"\x78\x9f\x3e\x22\0\0"))
    assert "limit_tnef" in [d.value for d in message.defects]
