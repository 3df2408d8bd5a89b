"""Mails with documents that act, in the places where a rebuild is hard."""

from __future__ import annotations

import binascii

from tools.corpus.compose import Attachment, base64_lines, compose
from tools.corpus.ooxml import MEDIA_TYPES, macro_document

DOCM_TYPE = MEDIA_TYPES["docm"]


def docm(words: str) -> bytes:
    """A document with a macro that nothing starts; other words, other bytes."""
    return macro_document((words,), "Sub Quiet()\r\nEnd Sub\r\n")


def attached(name: str, data: bytes) -> Attachment:
    return Attachment(name, DOCM_TYPE if name.endswith(".docm") else "application/zip", data)


def mail(*attachments: Attachment, text: str = "See the attachments.") -> bytes:
    return compose(
        sender="sender@client.example",
        recipients=("anna@corp.example",),
        subject="documents",
        text=text,
        attachments=attachments,
    )


def encoded_mail_in_mail(inner: bytes) -> bytes:
    """`inner` attached in base64, which RFC 2046 section 5.2.1 forbids and people do."""
    return (
        b"From: sender@client.example\r\nTo: anna@corp.example\r\nSubject: forwarded\r\n"
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=_o"\r\n\r\n--=_o\r\n'
        b"Content-Type: text/plain\r\n\r\nForwarded.\r\n--=_o\r\n"
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64_lines(inner)
        + b"--=_o--\r\n"
    )


def uuencoded(name: str, data: bytes) -> str:
    """A uuencoded block as people pasted them into text."""
    lines = [f"begin 644 {name}"]
    lines += [
        binascii.b2a_uu(data[at : at + 45], backtick=True).decode().rstrip("\n")
        for at in range(0, len(data), 45)
    ]
    return "\r\n".join([*lines, "`", "end"])
