"""Mutators of a mail's structure: boundaries, header fields, encodings, nesting.

They work on bytes with simple patterns, not on the scanner's tree, so that the scanner is not
tested with its own understanding.
"""

import base64
import re
from collections.abc import Sequence
from random import Random

_BOUNDARY = re.compile(rb'boundary="?([^"\r\n;]{1,200})"?', re.IGNORECASE)
_FIELD = re.compile(rb"(?m)^[A-Za-z-]{2,40}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*")
_ENCODING = re.compile(rb"(?im)^(Content-Transfer-Encoding:[ \t]*)([^\r\n]*)")
_CONTENT_FIELD = re.compile(rb"(?im)^Content-(?:Type|Disposition):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_BLANK = re.compile(rb"\r?\n\r?\n")

ENCODINGS = (
    b"7bit",
    b"8bit",
    b"binary",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"x-yencode",
    b"BASE64 (x)",
    b"base64;",
    b"unknown",
    b"",
)
_TAILS = (b"--", b"-", b" ", b"\t", b"x", b" x", b"\0", b"----")
_MAX_NESTED_BYTES = 200_000


def _pick(
    dice: Random, pattern: re.Pattern[bytes], mail: bytes, most: int = 300
) -> re.Match[bytes] | None:
    """One of the first `most` matches, or None."""
    found: list[re.Match[bytes]] = []
    for match in pattern.finditer(mail):
        found.append(match)
        if len(found) >= most:
            break
    return dice.choice(found) if found else None


def damage_boundary(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Change one delimiter line: gone, doubled, longer, shorter, indented, closing, not closing."""
    boundary = _pick(dice, _BOUNDARY, mail)
    if boundary is None:
        return mail
    line = _pick(dice, re.compile(b"--" + re.escape(boundary.group(1)) + rb"(?:--)?"), mail)
    if line is None:
        return mail
    old = line.group()
    new = dice.choice(
        (
            b"",
            old + b"\r\n" + old,
            old + dice.choice(_TAILS),
            old[:-1],
            b" " + old,
            old.removesuffix(b"--"),
            old + b"--",
            old.swapcase(),
        )
    )
    return mail[: line.start()] + new + mail[line.end() :]


def reuse_boundary(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Give two multiparts the same boundary, or one that is the beginning of the other."""
    first, second = _pick(dice, _BOUNDARY, mail), _pick(dice, _BOUNDARY, mail)
    if first is None or second is None:
        return mail
    new = first.group(1) + dice.choice((b"", b"", b"x", b"--"))
    return mail.replace(second.group(1), new)


def duplicate_field(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Repeat a field, sometimes one from another mail."""
    field = _pick(dice, _FIELD, mail)
    if field is None:
        return mail
    other = _pick(dice, _FIELD, dice.choice(sources)) if dice.random() < 0.5 else None
    return mail[: field.start()] + (other or field).group() + mail[field.start() :]


def remove_field(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Take a field out."""
    field = _pick(dice, _FIELD, mail)
    return mail if field is None else mail[: field.start()] + mail[field.end() :]


def swap_encoding(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Claim another transfer encoding, in place of the old one or besides it."""
    field = _pick(dice, _ENCODING, mail)
    if field is None:
        return mail
    new = field.group(1) + dice.choice(ENCODINGS)
    kept = field.group() + b"\r\n" if dice.random() < 0.3 else b""
    return mail[: field.start()] + kept + new + mail[field.end() :]


def damage_parameter(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Damage one character of a Content-Type or Content-Disposition that has a meaning."""
    field = _pick(dice, _CONTENT_FIELD, mail)
    if field is None:
        return mail
    marks = [i for i in range(field.start(), field.end()) if mail[i : i + 1] in b'";=/ \r\n:']
    at = dice.choice(marks or [field.start()])
    new = dice.choice((b"", b'"', b";", b"=", b"*0*=", b"\r\n ", b"(", b"\0", b"''", b"=?utf-8?B?"))
    return mail[:at] + new + mail[at + 1 :]


def huge_header(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Put one very long field, or very many, before the mail."""
    size = dice.choice((2_000, 120_000, 1_200_000))
    kind = dice.randrange(4)
    if kind == 0:
        head = b"X-Long: " + b"a" * size + b"\r\n"
    elif kind == 1:
        head = b"X-Folded:" + b" x\r\n" * (size // 4) + b" end\r\n"
    elif kind == 2:
        head = b"X-Many: 1\r\n" * (size // 11)
    else:
        head = b"Content-Type: text/plain" + b"; a=b" * (size // 5) + b"\r\n"
    return head + mail


def splice_two(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """The beginning of one mail and the end of another, or one within the other."""
    other = dice.choice(sources)
    if dice.random() < 0.5:
        return mail[: dice.randrange(len(mail) + 1)] + other[dice.randrange(len(other) + 1) :]
    at = dice.randrange(len(mail) + 1)
    return mail[:at] + other + mail[at:]


def nest(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Nest the mail up to 120 levels deep, in multiparts or in mails."""
    depth = dice.choice((2, 10, 50, 100, 120))
    heads: list[bytes] = []
    tails: list[bytes] = []
    for level in range(depth):
        if dice.random() < 0.5:
            heads.append(b"Content-Type: message/rfc822\r\n\r\n")
        else:
            name = dice.choice((b"n%d" % level, b"n", b"n" * (level + 1)))
            heads.append(
                b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n' % (name, name)
            )
            tails.append(b"\r\n--%b--\r\n" % name)
    return b"".join(heads) + mail + b"".join(reversed(tails))


def nest_encoded(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Put the mail as base64 into a mail, up to three times."""
    for _ in range(dice.randint(1, 3)):
        inner = base64.encodebytes(mail[:_MAX_NESTED_BYTES]).replace(b"\n", b"\r\n")
        mail = (
            b"Subject: nested\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + inner
        )
    return mail


def drop_blank_line(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Make a blank line vanish, or one of white space."""
    blank = _pick(dice, _BLANK, mail)
    if blank is None:
        return mail
    new = dice.choice((b"\r\n", b"\r\n \r\n", b"\r\n\t\r\n", b"\r\nno field here\r\n", b""))
    return mail[: blank.start()] + new + mail[blank.end() :]
