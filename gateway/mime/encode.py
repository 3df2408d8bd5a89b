"""Writing content in a transfer encoding and writing header fields: the reverse of decode.

Everything written is ASCII unless the content is 8bit text; lines are at most 78 characters where
the caller gives no other length.
"""

import binascii
from typing import Final

from gateway.mime.words import encode_word

BASE64_LINE: Final = 76
"""Characters of a base64 line (RFC 2045 section 6.8)."""

MAX_TEXT_LINE: Final = 998
"""Bytes of a line of text that goes unencoded (RFC 5322 section 2.1.1)."""

_FOLD_AT: Final = 78
_QP_LINE: Final = 76
_TOKEN: Final = frozenset(
    "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"
)
_QUOTED: Final = frozenset({"name", "filename"})
_ATTRIBUTE: Final = _TOKEN - frozenset("*'%")


def base64_lines(content: bytes, line_end: bytes, line_length: int = BASE64_LINE) -> bytes:
    """Base64 in lines of `line_length` characters (rounded down to four), no line end after the
    last."""
    step = max(line_length // 4 * 4, 4)
    encoded = binascii.b2a_base64(content, newline=False)
    if len(encoded) <= step:
        return encoded
    return line_end.join([encoded[i : i + step] for i in range(0, len(encoded), step)])


def quoted_printable(text: bytes, line_end: bytes) -> bytes:
    """Quoted-printable of text with LF line ends.

    No line of it begins with two hyphens: decoded text may hold a line that reads like the mail's
    own delimiter, and written plainly it would become one, with a part behind it that nobody
    inspected.
    """
    encoded = binascii.b2a_qp(text, quotetabs=False, istext=True)
    if encoded.startswith(b"--") or b"\n--" in encoded:
        encoded = b"\n".join(map(_no_delimiter, encoded.split(b"\n")))
    return encoded if line_end == b"\n" else encoded.replace(b"\n", line_end)


def _no_delimiter(line: bytes) -> bytes:
    """A line of quoted-printable whose first hyphen of two is encoded; broken where that makes it
    too long (RFC 2045 section 6.7, rule 5)."""
    if not line.startswith(b"--"):
        return line
    line = b"=2D" + line[1:]
    if len(line) <= _QP_LINE:
        return line
    at = _QP_LINE - 1
    while b"=" in line[at - 2 : at]:  # not within an encoded byte
        at -= 1
    return line[:at] + b"=\n" + _no_delimiter(line[at:])


def with_lf(text: bytes) -> bytes:
    """Text with every line end as LF."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def is_plain_text(text: bytes, *, eight_bit: bool) -> bool:
    """Whether text with LF line ends may stand in a mail unencoded (7bit, or 8bit when allowed)
    without being taken for a delimiter or changed on its way."""
    if b"\0" in text or b"\n--" in text or text.startswith(b"--"):
        return False
    if not eight_bit and not text.isascii():
        return False
    if len(text) <= MAX_TEXT_LINE:
        return True
    return max(map(len, text.split(b"\n"))) <= MAX_TEXT_LINE


def parameter(name: str, value: str) -> str:
    """One parameter: a token, a quoted string (names always, as mail programs write them), or
    RFC 2231 when it is not printable ASCII."""
    if value and name not in _QUOTED and _TOKEN.issuperset(value):
        return f"{name}={value}"
    if value.isascii() and (value.isprintable() or not value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    encoded = "".join(
        chr(c) if chr(c) in _ATTRIBUTE else f"%{c:02X}" for c in value.encode("utf-8", "replace")
    )
    return f"{name}*=utf-8''{encoded}"


def field(name: str, value: str, parameters: list[tuple[str, str]], line_end: bytes) -> bytes:
    """A header field with parameters, folded so that each line that can be stays below 78
    characters."""
    lines = [f"{name}: {value}"]
    for key, text in parameters:
        written = parameter(key, text)
        lines[-1] += ";"
        if len(lines[-1]) + len(written) + 2 <= _FOLD_AT:
            lines[-1] += " " + written
        else:
            lines.append("\t" + written)
    return b"".join(line.encode("ascii", "replace") + line_end for line in lines)


def text_field(name: str, value: str, line_end: bytes) -> bytes:
    """A header field with free text, RFC 2047 encoded where it must be, folded at spaces. Raises
    ValueError on a name or value that would break out of the field."""
    if not name or not all("!" <= c <= "~" and c != ":" for c in name):
        raise ValueError(f"not a field name: {name!r}")
    if any(c in value for c in "\r\n\0"):
        raise ValueError("a field value must not contain line ends or NUL")
    line = f"{name}:"
    lines: list[str] = []
    for word in encode_word(value.strip()).split(" "):
        if len(line) + 1 + len(word) > _FOLD_AT and line.strip() and line != f"{name}:":
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return b"".join(text.encode("ascii") + line_end for text in lines)
