"""Mutators that know nothing of mail: bits, cuts, NULs, line ends."""

import re
from collections.abc import Sequence
from random import Random

_LINE_END = re.compile(rb"\r\n|\n|\r")


def _range(dice: Random, mail: bytes, most: int) -> tuple[int, int]:
    """A random range of at most `most` bytes."""
    start = dice.randrange(len(mail) + 1)
    return start, min(start + dice.randint(1, most), len(mail))


def flip_bits(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Flip 1 to 20 bits."""
    changed = bytearray(mail)
    for _ in range(dice.randint(1, 20)):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def truncate(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Cut the mail off anywhere."""
    return mail[: dice.randrange(len(mail) + 1)]


def insert_nuls(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Put runs of NULs into the mail."""
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(mail) + 1)
        mail = mail[:at] + b"\0" * dice.randint(1, 8) + mail[at:]
    return mail


def change_line_ends(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Change all line ends to one style, or each to a random one."""
    style = dice.choice((b"\r\n", b"\n", b"\r", b"\n\r", None))
    if style is not None:
        return _LINE_END.sub(lambda _: style, mail)
    return _LINE_END.sub(lambda _: dice.choice((b"\r\n", b"\r\n", b"\n", b"\r")), mail)


def duplicate_range(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Repeat a range where it stands or elsewhere."""
    start, end = _range(dice, mail, 2000)
    at = dice.choice((start, dice.randrange(len(mail) + 1)))
    return mail[:at] + mail[start:end] * dice.randint(1, 4) + mail[at:]


def delete_range(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Take a range out."""
    start, end = _range(dice, mail, 500)
    return mail[:start] + mail[end:]


def insert_noise(dice: Random, mail: bytes, sources: Sequence[bytes]) -> bytes:
    """Put random bytes, or characters that mean something in mail, anywhere."""
    alphabet = dice.choice((bytes(range(256)), b"=?\";:,<>()\\-\r\n \t%*'"))
    noise = bytes(dice.choices(alphabet, k=dice.randint(1, 60)))
    at = dice.randrange(len(mail) + 1)
    return mail[:at] + noise + mail[at:]
