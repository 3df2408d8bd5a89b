"""The mails of the benchmark: a text, a PDF, a zip, a document; every one of them unique.

Both systems remember what they have seen, so a mail that comes twice measures their memory. A mail
is made from its kind and its number alone: the same numbers give the same bytes everywhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from tools.corpus.archives import zip_of
from tools.corpus.compose import Attachment, compose
from tools.corpus.ooxml import word_document
from tools.corpus.pdf import honest_pdf
from tools.corpus.scripts import eicar
from tools.corpus.texts import filler

SENDER = "bench@client.example"
RECIPIENT = "inbox@server.example"

TEXT_OCTETS = 10_000
PDF_OCTETS = 100_000
MEMBER_OCTETS = 8_000
ZIP_MEMBERS = 4
DOCUMENT_PARAGRAPHS = 400
NOTE_OCTETS = 400
"""The text beside an attachment."""

MIX_EVERY = 10
"""In a mix every tenth mail is a PDF, the next a zip, the next a document; seven are text."""


class Kind(StrEnum):
    """What a mail carries."""

    TEXT = "text"
    PDF = "pdf"
    ZIP = "zip"
    DOCX = "docx"


TITLES = {
    Kind.TEXT: "text, 10 KB",
    Kind.PDF: "PDF, 100 KB",
    Kind.ZIP: "zip of four texts, 32 KB",
    Kind.DOCX: "Word document, 400 paragraphs, with the styles and theme Word adds",
}

MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.ZIP: "application/zip",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def mail(kind: Kind, number: int) -> bytes:
    """Mail `number` of its kind, CRLF line ends; no two numbers share a file or a text."""
    subject = f"{kind} {number}"
    text = filler(TEXT_OCTETS if kind is Kind.TEXT else NOTE_OCTETS, number)
    attachments = []
    if kind is not Kind.TEXT:
        data = _file(kind, number)
        attachments.append(Attachment(f"file{number}.{kind}", MEDIA_TYPES[kind], data))
    return compose(
        sender=SENDER,
        recipients=[RECIPIENT],
        subject=subject,
        text=f"{subject}\n{text}",
        attachments=attachments,
    )


def mixed(number: int) -> bytes:
    """Mail `number` of a mix as an office may have it."""
    kinds = {1: Kind.PDF, 2: Kind.ZIP, 3: Kind.DOCX}
    return mail(kinds.get(number % MIX_EVERY, Kind.TEXT), number)


def virus() -> bytes:
    """A mail that every antivirus refuses: EICAR's test file."""
    return compose(
        sender=SENDER,
        recipients=[RECIPIENT],
        subject="eicar",
        text="The test file of EICAR.",
        attachments=[Attachment("eicar.com", "application/octet-stream", eicar())],
    )


def on_the_wire(raw: bytes) -> bytes:
    """`raw` as DATA carries it: dot-stuffed and ended (RFC 5321 section 4.5.2)."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return (b"." if raw.startswith(b".") else b"") + stuffed + b".\r\n"


def _file(kind: Kind, number: int) -> bytes:
    match kind:
        case Kind.PDF:
            return honest_pdf((f"Report {number}",), octets=PDF_OCTETS, seed=number)
        case Kind.ZIP:
            first = number * ZIP_MEMBERS
            return zip_of(
                {
                    f"part{index}.txt": filler(MEMBER_OCTETS, first + index).encode()
                    for index in range(ZIP_MEMBERS)
                }
            )
        case Kind.DOCX:
            lines = filler(DOCUMENT_PARAGRAPHS * 72, number).splitlines()
            return word_document([f"Report {number}", *lines], furnished=True)
        case Kind.TEXT:
            return b""
        case _:
            assert_never(kind)
