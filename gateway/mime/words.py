"""RFC 2047 encoded words and character sets: bytes from a header become text, never an exception.

Tolerant as mail readers are: words that are too long, not separated by white space or split within
a character are decoded too.
"""

import binascii
import codecs
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.mime.limits import MAX_ENCODED_WORD

_WORD: Final = re.compile(
    rf"=\?([^?\s]{{1,64}})\?([bBqQ])\?([^?\r\n]{{0,{MAX_ENCODED_WORD}}})\?=([ \t\r\n]*+(?==\?))?"
)
"""charset, encoding, text, and the white space that vanishes between two words."""

_NOT_TEXT: Final = frozenset(
    {
        "base64",
        "bz2",
        "hex",
        "idna",
        "mbcs",
        "oem",
        "palmos",
        "punycode",
        "quopri",
        "raw_unicode_escape",
        "rot13",
        "undefined",
        "unicode_escape",
        "uu",
        "zlib",
    }
)
"""Python codecs that are no character set of mail; some of them expand, some run slowly."""

_ALIASES: Final = {
    "cp-850": "cp850",
    "unicode-1-1-utf-7": "utf-7",
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
}


def decode_charset(raw: bytes, charset: str | None) -> str:
    """Decode bytes with an untrusted charset name; unknown ones are read as UTF-8, then Latin-1."""
    name = _usable_charset(charset)
    if name is not None:
        return raw.decode(name, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _usable_charset(charset: str | None) -> str | None:
    """Python's name of a text charset, or None."""
    if not charset:
        return None
    name = charset.split("*", 1)[0].strip().lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if found.replace("-", "_") in _NOT_TEXT else found


def decode_words(text: str) -> str:
    """Decode every RFC 2047 word in unfolded header text; the rest stays as it is."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    run: list[bytes] = []  # adjacent words of one charset: a character may be split between them
    run_charset = ""
    position = 0
    for match in _WORD.finditer(text):
        charset, encoding, body, glue = match.groups()
        if run and (match.start() != position or charset.lower() != run_charset):
            pieces.append(decode_charset(b"".join(run), run_charset))
            run = []
        pieces.append(text[position : match.start()])
        run.append(_decode_word(encoding, body))
        run_charset = charset.lower()
        position = match.end()
        if glue is None:
            pieces.append(decode_charset(b"".join(run), run_charset))
            run = []
    if run:
        pieces.append(decode_charset(b"".join(run), run_charset))
    pieces.append(text[position:])
    return "".join(pieces)


def _decode_word(encoding: str, body: str) -> bytes:
    """The bytes of one word's text."""
    raw = body.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    return decode_base64_text(raw)


def decode_base64_text(raw: bytes) -> bytes:
    """Decode short base64 text that may lack padding or contain garbage."""
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def decode_percent(value: str, charset: str | None) -> str:
    """Decode the %XX form of RFC 2231."""
    return decode_charset(unquote_to_bytes(value), charset)


def encode_word(text: str) -> str:
    """Text as header-safe ASCII: itself when printable ASCII, else UTF-8 base64 words of at most 75
    characters."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text
    words: list[str] = []
    chunk = b""
    for character in text:
        raw = character.encode("utf-8", "replace")
        if len(chunk) + len(raw) > 45:  # 45 bytes are 60 characters of base64, 72 with the frame
            words.append(_frame(chunk))
            chunk = b""
        chunk += raw
    words.append(_frame(chunk))
    return " ".join(words)


def _frame(chunk: bytes) -> str:
    return f"=?utf-8?B?{binascii.b2a_base64(chunk, newline=False).decode('ascii')}?="
