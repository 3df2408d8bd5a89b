"""Edits of a scanned mail as replacements of bytes: new content, a note in place of a part, a
field.

Each function looks at one part and returns replacements, in order, in the bytes that part lies in.
Nothing outside is touched, and within the part only the fields that would no longer be true. Edits
of several disjoint parts are put together with `splice.in_order`. A part whose header was cut off
at a limit raises `RebuildError`.
"""

import binascii
from collections.abc import Iterable
from typing import Final

from gateway.mime.decode import decode
from gateway.mime.encode import (
    BASE64_LINE,
    MAX_TEXT_LINE,
    base64_lines,
    field,
    is_plain_text,
    quoted_printable,
    text_field,
    with_lf,
)
from gateway.mime.fieldedit import FieldEdits, RebuildError
from gateway.mime.parameters import parse_field
from gateway.mime.splice import Replacement, apply, in_order
from gateway.mime.tree import Bytes, MimeMessage, MimePart, PartKind, TransferEncoding

__all__ = [
    "RebuildError",
    "add_header",
    "line_end_of",
    "replace_content",
    "replace_in_nested",
    "replace_part_by_text_note",
]

_TYPE: Final = "Content-Type"
_ENCODING: Final = "Content-Transfer-Encoding"
_DISPOSITION: Final = "Content-Disposition"
_STALE: Final = ("content-md5", "content-length")
"""Fields about the old bytes; they may be missing, so they are dropped rather than computed
anew."""

_PSEUDO: Final = (PartKind.UUENCODED, PartKind.YENC)
_NEEDS_ENCODING: Final = bytes((*range(9), *range(14, 32), *range(127, 256), ord("=")))
_UU_BYTES: Final = 45
"""Bytes of one uuencoded line."""


def line_end_of(data: Bytes, part: MimePart) -> bytes:
    """The line end the part uses: that of its first line, else the one just before it, else
    CRLF."""
    found = data.find(b"\n", part.start, part.end)
    if found == -1:
        found = part.start - 1
    before = data[max(found - 1, 0) : found + 1]
    if before.endswith(b"\n"):
        return b"\r\n" if before == b"\r\n" else b"\n"
    lone_cr = before.endswith(b"\r") or data.find(b"\r", part.start, part.end) != -1
    return b"\r" if lone_cr else b"\r\n"


def add_header(data: Bytes, message: MimeMessage, name: str, value: str) -> Replacement:
    """A new field at the very top of the mail (after a mailbox line), so that signatures over the
    fields below stay valid. Raises ValueError on a name or value that would break out of the
    field."""
    root = message.root
    line_end = line_end_of(data, root)
    written = text_field(name, value, line_end)
    if not root.fields and not root.has_blank_line:
        written += line_end
    return Replacement(root.insert_at, root.insert_at, written)


def replace_content(
    data: Bytes,
    part: MimePart,
    new_content: bytes,
    *,
    new_type: str | None = None,
    new_filename: str | None = None,
    new_charset: str | None = None,
) -> tuple[Replacement, ...]:
    """Give a leaf, or a nested mail as a whole, new content.

    base64 stays base64 with the same line length; quoted-printable and unencoded text stay what
    they are when they can carry the content; else text that is mostly ASCII becomes
    quoted-printable, and everything else base64. Text is taken in the part's charset, or in
    `new_charset`; with a `new_type` of text, as UTF-8.
    """
    line_end = line_end_of(data, part)
    if part.kind in _PSEUDO:
        name = new_filename or part.filename or "file"
        block = _uu_block(new_content, name, line_end)
        return (Replacement(part.start, part.end, block),)
    encoding = _carrier(part, new_content, new_type)
    edits = FieldEdits(data, part, line_end)
    if encoding is not part.encoding or len(part.fields_named(_ENCODING)) > 1:
        edits.set(_ENCODING, field(_ENCODING, encoding.value, [], line_end))
    if new_type is not None or new_filename is not None or new_charset is not None:
        written = _type_field(part, new_type, new_filename, new_charset, line_end)
        if written:
            edits.set(_TYPE, written)
    disposition = _disposition_field(part, len(new_content), new_filename, line_end)
    if disposition:
        edits.set(_DISPOSITION, disposition)
    for name in _STALE:
        edits.drop(name)
    return edits.with_body(_encoded(data, part, new_content, encoding, line_end))


def replace_in_nested(
    data: Bytes, part: MimePart, edits: Iterable[Replacement]
) -> tuple[Replacement, ...]:
    """Carry edits within an encoded nested mail (offsets in its decoded content) over to the mail
    that contains it. For a nested mail that is not encoded none of this is needed: offsets are the
    same."""
    return replace_content(data, part, apply(decode(part, data), in_order(edits)))


def replace_part_by_text_note(data: Bytes, part: MimePart, text: str) -> tuple[Replacement, ...]:
    """Put a text/plain note in place of a part, whatever it was; its place in the tree, its
    Content-ID and, at the top, all fields of the mail stay."""
    line_end = line_end_of(data, part)
    lines = with_lf(text.encode("utf-8", "replace")).rstrip(b"\n") + b"\n"
    if part.kind in _PSEUDO:
        plain = lines.decode("utf-8").encode("ascii", "replace").rstrip(b"\n")
        return (Replacement(part.start, part.end, plain.replace(b"\n", line_end)),)
    if is_plain_text(lines, eight_bit=False):
        encoding, body = TransferEncoding.SEVEN_BIT, lines.replace(b"\n", line_end)
    else:
        encoding = TransferEncoding.QUOTED_PRINTABLE
        body = quoted_printable(lines.replace(b"\n--", b"\n- -"), line_end)
    edits = FieldEdits(data, part, line_end)
    edits.set(_TYPE, field(_TYPE, "text/plain", [("charset", "utf-8")], line_end))
    edits.set(_ENCODING, field(_ENCODING, encoding.value, [], line_end))
    if part.fields_named(_DISPOSITION):
        edits.set(_DISPOSITION, field(_DISPOSITION, "inline", [], line_end))
    for name in _STALE:
        edits.drop(name)
    return edits.with_body(body)


def _carrier(part: MimePart, content: bytes, new_type: str | None) -> TransferEncoding:
    """The encoding the new content goes in."""
    claimed = new_type or part.claimed_type
    encoding = part.encoding
    if part.kind is PartKind.MESSAGE and new_type is None:
        # RFC 2046 section 5.2.1 forbids to encode a nested mail; one that came encoded stays so.
        return encoding if encoding.is_identity else TransferEncoding.BASE64
    if not claimed.startswith("text/"):
        return TransferEncoding.BASE64
    match encoding:
        case TransferEncoding.QUOTED_PRINTABLE:
            return encoding
        case TransferEncoding.SEVEN_BIT | TransferEncoding.EIGHT_BIT | TransferEncoding.BINARY:
            eight_bit = encoding is not TransferEncoding.SEVEN_BIT
            fits = is_plain_text(with_lf(content), eight_bit=eight_bit)
            return encoding if fits else _carrier_of_text(content)
        case _:
            return TransferEncoding.BASE64


def _carrier_of_text(content: bytes) -> TransferEncoding:
    """What text goes in that does not fit unencoded: quoted-printable stays readable and is the
    shorter one as long as most of it is ASCII."""
    others = len(content) - len(content.translate(None, _NEEDS_ENCODING))
    readable = b"\0" not in content and others * 6 < len(content)
    return TransferEncoding.QUOTED_PRINTABLE if readable else TransferEncoding.BASE64


def _encoded(
    data: Bytes, part: MimePart, content: bytes, encoding: TransferEncoding, line_end: bytes
) -> bytes:
    """The new body."""
    if encoding is TransferEncoding.BASE64:
        length, trailing = _base64_layout(data, part, line_end)
        return base64_lines(content, line_end, length) + trailing
    if part.kind is PartKind.MESSAGE and part.claimed_type.startswith("message/"):
        return content
    if encoding is TransferEncoding.QUOTED_PRINTABLE:
        return quoted_printable(with_lf(content), line_end)
    return with_lf(content).replace(b"\n", line_end)


def _base64_layout(data: Bytes, part: MimePart, line_end: bytes) -> tuple[int, bytes]:
    """Line length and line ends after the last line, as the old body had them."""
    trailing = line_end if part.end == len(data) else b""
    if part.encoding is not TransferEncoding.BASE64:
        return BASE64_LINE, trailing
    newline = data.find(line_end, part.header_end, part.end)
    length = newline - part.header_end
    tail = data[max(part.end - 2 * len(line_end), part.header_end) : part.end]
    trailing = tail[len(tail.rstrip(b"\r\n")) :]
    usable = newline != -1 and 4 <= length <= MAX_TEXT_LINE and length % 4 == 0
    return length if usable else BASE64_LINE, trailing


def _type_field(
    part: MimePart,
    new_type: str | None,
    new_filename: str | None,
    new_charset: str | None,
    line_end: bytes,
) -> bytes:
    """Content-Type with the new type and name; empty when a new name does not concern it."""
    claimed = new_type or part.claimed_type
    old = {p.name: p.value for p in reversed(part.parameters)}
    if new_type is None and new_charset is None and "name" not in old:
        return b""
    ordered = dict.fromkeys(p.name for p in part.parameters)
    kept = [(name, old[name]) for name in ordered if new_type is None or name == "name"]
    if claimed.startswith("text/") and new_type is not None:
        kept.insert(0, ("charset", "utf-8"))
    elif new_charset is not None:
        kept = [("charset", new_charset), *(pair for pair in kept if pair[0] != "charset")]
    if new_filename is not None:
        kept = [(name, new_filename if name == "name" else value) for name, value in kept]
    return field(_TYPE, claimed, kept, line_end)


def _disposition_field(
    part: MimePart, size: int, new_filename: str | None, line_end: bytes
) -> bytes:
    """Content-Disposition with the new name and size; empty when neither concerns it."""
    present = part.value_of(_DISPOSITION)
    parsed = parse_field(present) if present is not None else None
    parameters = {p.name: p.value for p in reversed(parsed.parameters)} if parsed else {}
    if new_filename is None and "size" not in parameters:
        return b""
    ordered = dict.fromkeys(p.name for p in parsed.parameters) if parsed else {}
    kept = [(name, parameters[name]) for name in ordered if name not in ("filename", "size")]
    name = new_filename if new_filename is not None else parameters.get("filename")
    if name is not None:
        kept.insert(0, ("filename", name))
    if "size" in parameters:
        kept.append(("size", str(size)))
    return field(_DISPOSITION, (parsed and parsed.value) or "attachment", kept, line_end)


def _uu_block(content: bytes, name: str, line_end: bytes) -> bytes:
    """A whole uuencoded block, for files that stood in text as uuencode or yEnc."""
    safe = "".join(c if c.isprintable() else "_" for c in name)
    lines = [b"begin 644 " + safe.encode("utf-8", "replace")]
    for start in range(0, len(content), _UU_BYTES):
        line = binascii.b2a_uu(content[start : start + _UU_BYTES], backtick=True)
        lines.append(line.rstrip(b"\n"))
    return line_end.join([*lines, b"`", b"end"])
