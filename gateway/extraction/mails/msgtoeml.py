"""An Outlook message as an ordinary mail: the same heads, bodies and attachments in MIME.

Used twice with one result: messages within messages become such mails when they are unpacked, and
a message of which a part changed is delivered as one. So the same message always gives the same
bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from gateway.extraction.archives.changes import Changes
from gateway.extraction.mails.msg import MsgAttachment, MsgMessage
from gateway.mime.encode import (
    base64_lines,
    field,
    is_plain_text,
    quoted_printable,
    text_field,
    with_lf,
)

_LINE: Final = b"\r\n"
_BINARY: Final = "application/octet-stream"
_UTF8: Final = 65001
_CHARSETS: Final[dict[int, str]] = {
    _UTF8: "utf-8",
    20127: "us-ascii",
    932: "shift_jis",
    936: "gb2312",
    949: "euc-kr",
    950: "big5",
    50220: "iso-2022-jp",
    51949: "euc-kr",
    54936: "gb18030",
    20866: "koi8-r",
    21866: "koi8-u",
    **{28590 + number: f"iso-8859-{number}" for number in range(1, 16)},
    **{number: f"windows-{number}" for number in range(1250, 1259)},
    874: "windows-874",
}
"""Names that mail has for Windows' numbers of character sets."""

_OURS: Final = frozenset({"mime-version", "content-type", "content-transfer-encoding"})
"""Fields of the old structure; those of the new one take their place."""
_FIELD_NAME: Final = frozenset(chr(code) for code in range(33, 127)) - {":"}


class Role(StrEnum):
    """What a part is in its message."""

    BODY = "body"
    LOOK = "look"
    """The body as RTF: words with their look, beside the plain text and perhaps HTML."""
    FILE = "file"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class MsgPart:
    """One part of a message as unpacking shows it: name, type and content."""

    role: Role
    name: str
    claimed_type: str
    content: bytes
    charset: str = ""
    content_id: str = ""


def parts_of(message: MsgMessage) -> list[MsgPart]:
    """Bodies, then attachments; messages within as mails."""
    return [*_bodies(message), *(_attached(each) for each in message.attachments)]


def as_eml(message: MsgMessage) -> bytes:
    """The message as a mail."""
    return _written(message, parts_of(message))


def changed_eml(message: MsgMessage, changes: Changes) -> bytes:
    """The message as a mail, with `changes`. Raises ExtractError."""
    parts = [_changed(part, changes) for part in parts_of(message)]
    changes.check_complete()
    return _written(message, parts)


def _changed(part: MsgPart, changes: Changes) -> MsgPart:
    change = changes.of(part.content, part.name.encode("utf-8", "surrogatepass"))
    if change is None:
        return part
    name = change.renamed(part.name.encode("utf-8", "surrogatepass")) if part.name else b""
    return replace(
        part,
        name=name.decode("utf-8", "replace"),
        claimed_type=change.mime or part.claimed_type,
        content=change.content,
    )


def _bodies(message: MsgMessage) -> Iterator[MsgPart]:
    if message.text is not None:
        text = message.text.encode("utf-8", "replace")
        yield MsgPart(Role.BODY, "", "text/plain", text, "utf-8")
    if message.rtf is not None:
        yield MsgPart(Role.LOOK, "message.rtf", "application/rtf", message.rtf)
    if message.html is not None:
        charset = _CHARSETS.get(message.codepage, "")
        yield MsgPart(Role.BODY, "", "text/html", message.html, charset)


def _attached(attachment: MsgAttachment) -> MsgPart:
    if attachment.message is None:
        kind = attachment.claimed_type if "/" in attachment.claimed_type else _BINARY
        return MsgPart(
            Role.FILE, attachment.name, kind, attachment.content, content_id=attachment.content_id
        )
    name = attachment.name or attachment.message.subject or "message"
    return MsgPart(Role.MAIL, f"{name[:200]}.eml", _BINARY, as_eml(attachment.message))


def _written(message: MsgMessage, parts: list[MsgPart]) -> bytes:
    """The mail's bytes: plain text and HTML as alternatives, all else attached; the look of the
    words goes along where no HTML has it."""
    bodies = [_body(part) for part in parts if part.role is Role.BODY]
    has_look = any(part.claimed_type == "text/html" for part in parts if part.role is Role.BODY)
    files = [
        _file(part)
        for part in parts
        if part.role is not Role.BODY and not (has_look and part.role is Role.LOOK)
    ]
    body = bodies[0] if len(bodies) == 1 else _multipart("alternative", bodies)
    whole = _multipart("mixed", [body, *files]) if files else body
    return b"".join((*_fields(message), b"MIME-Version: 1.0", _LINE, whole))


def _body(part: MsgPart) -> bytes:
    """Header and content of a body."""
    parameters = [("charset", part.charset)] if part.charset else []
    lines = with_lf(part.content)
    if is_plain_text(lines, eight_bit=False):
        encoding, body = "7bit", lines.replace(b"\n", _LINE)
    elif part.claimed_type == "text/plain":
        encoding, body = "quoted-printable", quoted_printable(lines, _LINE)
    else:
        encoding, body = "base64", base64_lines(part.content, _LINE)
    head = field("Content-Type", part.claimed_type, parameters, _LINE)
    return head + field("Content-Transfer-Encoding", encoding, [], _LINE) + _LINE + body + _LINE


def _file(part: MsgPart) -> bytes:
    """Header and content of an attachment."""
    kind = part.claimed_type if _FIELD_NAME.issuperset(part.claimed_type) else _BINARY
    name = "".join(sign if sign.isprintable() else "_" for sign in part.name)
    head = field("Content-Type", kind, [("name", name)] if name else [], _LINE)
    named = [("filename", name)] if name else []
    head += field("Content-Disposition", "attachment", named, _LINE)
    head += field("Content-Transfer-Encoding", "base64", [], _LINE)
    content_id = part.content_id.strip("<>")
    if content_id and _FIELD_NAME.issuperset(content_id):
        head += field("Content-ID", f"<{content_id}>", [], _LINE)
    return head + _LINE + base64_lines(part.content, _LINE) + _LINE


def _multipart(kind: str, nodes: list[bytes]) -> bytes:
    """A multipart whose boundary is made of what it holds, and stands nowhere in it."""
    if not nodes:
        nodes = [b"Content-Type: text/plain\r\n\r\n"]
    salt = b""
    while True:
        boundary = b"=_" + sha256(salt + b"".join(nodes)).hexdigest()[:32].encode()
        if not any(boundary in node for node in nodes):
            break
        salt += b"x"
    head = field("Content-Type", f"multipart/{kind}", [("boundary", boundary.decode())], _LINE)
    start = b"--" + boundary + _LINE
    return (
        head + _LINE + b"".join(start + node for node in nodes) + b"--" + boundary + b"--" + _LINE
    )


def _fields(message: MsgMessage) -> Iterator[bytes]:
    """The fields the message came with, or the same from its properties."""
    kept = list(_came_with(message.headers))
    names = {name.lower() for name, _ in kept}
    for name, value in kept:
        yield name.encode() + b":" + value
    for name, text in (
        ("From", message.sender),
        ("To", message.to),
        ("Cc", message.cc),
        ("Subject", message.subject),
        ("Date", _date(message.sent)),
        ("Message-ID", message.message_id),
    ):
        shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if shown and name.lower() not in names:
            yield text_field(name, shown, _LINE)


def _came_with(headers: str) -> Iterator[tuple[str, bytes]]:
    """Names and values (with folds and their line end) of the fields that stay."""
    name, lines = "", list[str]()
    for line in (*headers.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""):
        if line.startswith((" ", "\t")) and lines:
            if line.strip():
                lines.append(line)
            continue
        if lines and name.lower() not in _OURS and not name.lower().startswith("content-"):
            yield name, "".join(each + "\r\n" for each in lines).encode("utf-8", "replace")
        name, colon, value = line.partition(":")
        lines = [value] if colon and name and _FIELD_NAME.issuperset(name) else []


def _date(seconds: float | None) -> str:
    if seconds is None:
        return ""
    try:
        return format_datetime(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError, ValueError):
        return ""
