"""Compares what was delivered with what a promise says of the body.

`body_differences` answers with sentences, an empty tuple when all is as promised. It never
raises on a delivered body, however damaged: damage is a difference.
"""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes
from email.message import Message
from typing import assert_never

import pikepdf

from tools.corpus.opens import libreoffice_text
from tools.corpus.promise import (
    BodyCheck,
    ByteForByte,
    MacrosRemoved,
    PdfActionsRemoved,
    RowPromise,
    SignatureVerifies,
)
from tools.corpus.signed import verify

MACRO_MEMBERS = ("vbaProject.bin", "vbaData.xml", "vbaProjectSignature.bin")
PACKAGE_LISTS = ("[Content_Types].xml", ".rels")
"""Members that name other members, and so change when one is removed."""
ACTION_KEYS = ("/OpenAction", "/AA", "/JS", "/JavaScript", "/Launch")


def body_differences(
    check: BodyCheck, sent: bytes, delivered: bytes, *, open_office: bool = True
) -> tuple[str, ...]:
    """What of `delivered` differs from the promise `check` about the mail `sent`.

    open_office=False leaves LibreOffice out (seconds per document).
    """
    match check:
        case ByteForByte():
            return _same_bytes(sent, delivered)
        case SignatureVerifies(public_key):
            return () if verify(delivered, public_key) else ("the DKIM signature is broken",)
        case MacrosRemoved(attachment, kept_text):
            found = _macro_differences(attachment, sent, delivered)
            if found or not open_office:
                return found
            return _text_differences(attachment, kept_text, delivered)
        case PdfActionsRemoved(attachment):
            return _pdf_differences(attachment, sent, delivered)
        case _:
            assert_never(check)


def words_missing(row: RowPromise, told: str) -> tuple[str, ...]:
    """The words of a row's promise that `told` (reason and findings) does not hold."""
    lower = told.lower()
    return tuple(
        word for word in row.words if not any(one in lower for one in word.lower().split("|"))
    )


def subject_matches(name: str, promised: str) -> bool:
    """True when a subject of the trace called `name` is the one promised.

    A trace may call a member `outer.zip/inner.zip`: the last component counts.
    """
    return name == promised or name.endswith(("/" + promised, ": " + promised))


def attachment_of(raw: bytes, name: str) -> bytes:
    """The content of the attachment whose name has the stem of `name`; empty when there is none.

    The stem only: extraction may turn `x.docm` into `x.docx`.
    """
    stem = name.rpartition(".")[0]
    for part in message_from_bytes(raw).walk():
        if (part.get_filename() or "").rpartition(".")[0] == stem:
            return _payload(part)
    return b""


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _same_bytes(sent: bytes, delivered: bytes) -> tuple[str, ...]:
    if sent == delivered:
        return ()
    same = next(
        (i for i, (a, b) in enumerate(zip(sent, delivered, strict=False)) if a != b),
        min(len(sent), len(delivered)),
    )
    return (f"differs from octet {same}: sent {len(sent)}, delivered {len(delivered)} octets",)


def _macro_differences(attachment: str, sent: bytes, delivered: bytes) -> tuple[str, ...]:
    """The macro's members are gone, all others are equal, nothing new came."""
    try:
        before = _members(attachment_of(sent, attachment))
        after = _members(attachment_of(delivered, attachment))
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        return (f"{attachment} arrived unreadable: {error}",)
    found = [f"{name} is still there" for name in after if _is_macro(name)]
    if b"vbaProject" in after.get("[Content_Types].xml", b""):
        found.append("the content types still name a macro project")
    for name, data in before.items():
        if _is_macro(name) or name.endswith(PACKAGE_LISTS):
            continue
        if after.get(name) != data:
            found.append(f"{name} was changed or removed")
    found += [f"{name} is new" for name in after if name not in before]
    return tuple(found)


def _is_macro(name: str) -> bool:
    return name.removesuffix(".rels").endswith(MACRO_MEMBERS)


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _text_differences(attachment: str, kept: tuple[str, ...], delivered: bytes) -> tuple[str, ...]:
    shown = libreoffice_text(attachment_of(delivered, attachment), "docx")
    if not shown:
        return (f"LibreOffice cannot open {attachment}",)
    return tuple(f"LibreOffice does not show: {text}" for text in kept if text not in shown)


def _pdf_differences(attachment: str, sent: bytes, delivered: bytes) -> tuple[str, ...]:
    """No key that acts is left anywhere, and every page draws the same content."""
    try:
        before = _page_contents(attachment_of(sent, attachment))
        after = _page_contents(attachment_of(delivered, attachment))
        acting = _acting_keys(attachment_of(delivered, attachment))
    except (pikepdf.PdfError, ValueError) as error:
        return (f"{attachment} arrived unreadable: {error}",)
    found = [f"{attachment} still holds {key}" for key in acting]
    if before != after:
        found.append(f"{attachment}: the pages' content changed")
    return tuple(found)


def _page_contents(data: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [pikepdf.unparse_content_stream(pikepdf.parse_content_stream(page))
                for page in pdf.pages]  # fmt: skip


def _acting_keys(data: bytes) -> list[str]:
    """The acting keys and action types that occur in any object of a PDF."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        told = [repr(one) for one in pdf.objects]
    return [key for key in ACTION_KEYS if any(f'"{key}"' in one for one in told)]
