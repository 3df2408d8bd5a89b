"""Mutators of what is attached: content is damaged after decoding and encoded again, so that
damaged archives and documents reach the parsers behind the MIME scanner."""

import base64
import re
from collections.abc import Sequence
from random import Random

from tools.mutate import bytewise

_BASE64 = re.compile(
    rb"(?i)(content-transfer-encoding:[ \t]*base64[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)"
    rb"([A-Za-z0-9+/=\r\n]{16,})"
)
_NAME = re.compile(rb'(?i)(name="?)([^"\r\n;]{1,100})')
_NAMES = (
    b"invoice.pdf.exe",
    b"a.docm",
    b"x.zip",
    b"=?utf-8?B?LmV4ZQ==?=",
    b"../../etc/passwd",
    b"con.pdf",
    b"a.exe ",
    b"\xe2\x80\xaegpj.exe",
    b"a" * 300 + b".js",
)
_BYTE_MUTATORS = (
    bytewise.flip_bits,
    bytewise.truncate,
    bytewise.delete_range,
    bytewise.duplicate_range,
    bytewise.insert_noise,
    bytewise.insert_nuls,
)


def _attachment(dice: Random, mail: bytes) -> re.Match[bytes] | None:
    """One base64 content of the mail."""
    found = list(_BASE64.finditer(mail))
    return dice.choice(found) if found else None


def _decoded(match: re.Match[bytes]) -> bytes:
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", match.group(2))
    return base64.b64decode(clean[: len(clean) // 4 * 4])


def _put(mail: bytes, match: re.Match[bytes], content: bytes) -> bytes:
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return mail[: match.start(2)] + body + mail[match.end(2) :]


def damage_content(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Damage the decoded bytes of an attachment; a mail without one gets its bits flipped."""
    match = _attachment(dice, mail)
    if match is None:
        return bytewise.flip_bits(dice, mail, sources)
    content = _decoded(match)
    for mutator in dice.choices(_BYTE_MUTATORS, k=dice.randint(1, 3)):
        content = mutator(dice, content, sources)
    return _put(mail, match, content)


def swap_content(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Give an attachment the content of another mail's, under its own name and type."""
    mine, other = _attachment(dice, mail), _attachment(dice, dice.choice(sources))
    if mine is None or other is None:
        return mail
    return _put(mail, mine, _decoded(other))


def rename(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Change one name parameter, so that names contradict each other, the type or good manners."""
    found = list(_NAME.finditer(mail))
    if not found:
        return mail
    match = dice.choice(found)
    return mail[: match.start(2)] + dice.choice(_NAMES) + mail[match.end(2) :]
