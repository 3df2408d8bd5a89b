"""Encoded scripts (`.jse`, `.vbe`): Microsoft's Script Encoder undone. Pure.

The scheme is a substitution with three alphabets that take turns by the character's position; it
protects nothing. The tables are the format's constants, as screnc.exe writes it.
"""

from __future__ import annotations

import re

_BLOCK = re.compile(r"#@~\^[A-Za-z0-9+/=]{6}==(.*?)[A-Za-z0-9+/=]{6}==\^#~@", re.DOTALL)

_TURNS = "0120121221210212021200122102122100212120200120210212001220012021"
"""Which alphabet decodes the character at a position modulo 64."""

_ALPHABETS = (
    bytes.fromhex(
        "2E477A56426A2F26494134325B7672433839704568714F09624423754A7E4A5E40774A615D224B6F"
        "4E3B4C50672A7D74542B2D2C306E6B66352521644D52633F7B7829287359337F6D55537C3A5F6546"
        "5831696C5A48275C3D24793760512036"
    ),
    bytes.fromhex(
        "2D755260715E495C627D2936207C7A7F6B63332B68516676316454434C3A4C7E4C452C2A74273744"
        "79592F6F26726A397B3F387767534734785D30235A5B6C485570692E4C21244E5009567335614B58"
        "3B57226D4D2528464A32413D5F4F4265"
    ),
    bytes.fromhex(
        "323021295B38333D583A3565395C5673664E456B6259785E7D4A6D71416041534042274872753137"
        "4D5222546A47642D207F2E4C5D7E6C6F797443267625242B28234134092A443F773B556961635067"
        "51494F46687C36706E7A2F5F4B5A2C57"
    ),
)
"""What the characters from 32 to 127 mean, in each alphabet."""

_TABS = b"\x57\x6e\x7b"
"""What a tab means, in each alphabet."""

_ESCAPES = {"&": "\n", "#": "\r", "*": ">", "!": "<", "$": "@"}
"""Characters that are written with `@` before them, because they end lines or tags."""

_AS_THEY_ARE = "<>@\r\n"


def is_encoded(source: str) -> bool:
    """Whether there is an encoded block."""
    return "#@~^" in source and _BLOCK.search(source) is not None


def decoded(source: str) -> str:
    """The source with every encoded block in clear."""
    return _BLOCK.sub(lambda found: _decoded_block(found[1]), source)


def _decoded_block(block: str) -> str:
    out: list[str] = []
    position = at = 0
    while at < len(block):
        char = block[at]
        at += 1
        if char == "@" and block[at : at + 1] in _ESCAPES:
            out.append(_ESCAPES[block[at]])
            at += 1
            position += 1
            continue
        turn = int(_TURNS[position % 64])
        code = ord(char)
        position += code < 128
        if char == "\t":
            out.append(chr(_TABS[turn]))
        elif 32 <= code < 128 and char not in _AS_THEY_ARE:
            out.append(chr(_ALPHABETS[turn][code - 32]))
        else:
            out.append(char)
    return "".join(out)


def encoded(text: str) -> str:
    """The opposite, for samples: checksums are not computed, nobody checks them."""
    escapes = {plain: mark for mark, plain in _ESCAPES.items()}
    out: list[str] = []
    for position, char in enumerate(text):
        turn = int(_TURNS[position % 64])
        alphabet = _ALPHABETS[turn]
        if char in escapes:
            out.append("@" + escapes[char])
        elif ord(char) < 128 and ord(char) in alphabet:
            choices = [32 + n for n, code in enumerate(alphabet) if code == ord(char)]
            out.append(chr(next(c for c in choices if chr(c) not in _AS_THEY_ARE)))
        elif ord(char) == _TABS[turn]:
            out.append("\t")
        else:
            out.append(char)
    return f"#@~^AAAAAA=={''.join(out)}AAAAAA==^#~@"
