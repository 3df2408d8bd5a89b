"""Opening what a password protects with words from the mail; part of the unpack stage.

The file is opened in a guest, in place: every later stage sees what stands behind the lock, and
rebuild locks the result by the same word. The word itself is never part of an outcome or a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.extraction.locked.words import MAX_TEXT, Hints
from gateway.model import Content, Lock, Origin, Subject, chunks
from gateway.pipeline import Case
from gateway.sandbox import GuestFailed, GuestTimedOut, NotLocked, StillLocked, Unlocked
from gateway.sandbox.results import ENCRYPTED_TYPES
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices

ALWAYS_LOCKED: Final = "office-encrypted"
PDF: Final = "pdf"
_PDF_MARK: Final = b"/Encrypt"
"""Stands in every encrypted PDF outside of compressed streams (ISO 32000-2 section 7.5.5)."""

ARCHIVES: Final = frozenset({"zip", "7z"})
"""Archives whose lock shows when they are unpacked, and that can be opened."""

DOC: Final = "ole-doc"
_DOC_MARK: Final = b"\xec\xa5"
_SECTOR: Final = 512
"""The text of a Word document begins with these bytes, on a sector; the lowest bit of the twelfth
byte says that it is encrypted ([MS-DOC] 2.5.2)."""

PPT: Final = "ole-ppt"
_PPT_MARK: Final = b"\xdf\xc4\xd1\xf3"
"""The token of the current user in an encrypted presentation ([MS-PPT] 2.3.2)."""

XLS: Final = "ole-xls"
_XLS_LOCK: Final = re.compile(
    rb"\x09\x08[\x08\x10]\0.{8,300}?\x2f\0[\x04-\xff]\0[\0\1]\0", re.DOTALL
)
"""A workbook's first record, and soon behind it the one with the key ([MS-XLS] 2.4.117)."""

ODF: Final = "odf"
_ODF_LOCK: Final = re.compile(
    rb"PK\x03\x04.{4}\0\0.{16}(?:\x0b\0..content\.xml|\x11\0..encrypted-package)", re.DOTALL
)
"""The local header of a content that is stored, not packed: it was packed before it was encrypted
(OpenDocument 1.3 part 2, section 3.4). Since LibreOffice 24.8 it is a whole package."""

MAYBE_LOCKED: Final = (ALWAYS_LOCKED, PDF, DOC, XLS, PPT, ODF)
"""Documents whose lock does not show when they are unpacked."""

MAX_TEXTS: Final = 16
"""Texts of the mail that words are taken from."""
_TEXTS: Final = frozenset({"text", "html"})

FROM_MAIL: Final = "opened with a word from the mail"
GIVEN: Final = "opened with a password that policy or the file's own program gives"


def seems_locked(subject: Subject) -> bool:
    """Whether it is worth asking a guest. Searches bytes, and reads nothing into them."""
    if subject.lock is not None:
        return False
    if subject.type == ALWAYS_LOCKED:
        return True
    if subject.type == DOC:
        return _has_locked_text(subject.content.read())
    if subject.type == PPT:
        return _contains(subject.content, _PPT_MARK)
    if subject.type == XLS:
        return _XLS_LOCK.search(subject.content.read()) is not None
    if subject.type == ODF:
        return _ODF_LOCK.search(subject.content.read()) is not None
    return subject.type == PDF and _contains(subject.content, _PDF_MARK)


async def open_in_place(
    case: Case, subject: Subject, services: StageServices
) -> str | StillLocked | NotLocked:
    """Words for the row of a file that was opened: from now on it is what stood behind the lock.

    Otherwise why it is as it was.
    """
    policy = policy_of(case)
    if not policy.passwords.enabled:
        return StillLocked(f"passwords.enabled is off, {policy.where('passwords.enabled')}")
    answer = await services.inspector.unlock(
        subject.content,
        subject.type,
        subject.name,
        hints_of(case, policy.passwords.list),
        policy.passwords.words,
        policy.budgets.unlock_ms,
    )
    match answer:
        case Unlocked():
            subject.lock = Lock(subject.content, subject.type, answer.password)
            subject.content, subject.guess = answer.content, answer.guess
            subject.type = answer.guess.type
            subject.encrypted = subject.type in ENCRYPTED_TYPES
            return FROM_MAIL if answer.from_mail else GIVEN
        case GuestTimedOut():
            return StillLocked(f"trying passwords took longer than {answer.budget_ms} ms")
        case GuestFailed():
            return StillLocked(f"trying passwords failed: {answer.error}")
        case StillLocked() | NotLocked():
            return answer


def hints_of(case: Case, listed: tuple[str, ...]) -> Hints:
    """Where words may come from: the mail's subject, its texts and its files' names."""
    return Hints(
        subject=case.head.subject if case.head is not None else "",
        names=tuple(part.name for part in case.parts if part.name)[:MAX_TEXTS],
        listed=listed,
        texts=tuple(_texts(case)),
    )


def _texts(case: Case) -> Iterator[bytes]:
    texts = [
        part
        for part in case.parts
        if part.origin is Origin.MIME and part.guess is not None and part.guess.type in _TEXTS
    ]
    for part in texts[:MAX_TEXTS]:
        yield part.content.read(0, MAX_TEXT)


def _has_locked_text(data: bytes) -> bool:
    at = data.find(_DOC_MARK)
    while 0 <= at < len(data) - 12:
        if at % _SECTOR == 0 and data[at + 11] & 1:
            return True
        at = data.find(_DOC_MARK, at + 1)
    return False


def _contains(content: Content, wanted: bytes) -> bool:
    before = b""
    for chunk in chunks(content):
        if wanted in before + chunk:
            return True
        before = chunk[-len(wanted) :]
    return False
