"""Opens what extraction locked again, so that the judges see inside: msoffcrypto and qpdf do it.

The words are those that an installation without settings tries.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import msoffcrypto
import pikepdf

from gateway.extraction.locked.words import EXCEL_DEFAULT, POWERPOINT_DEFAULT
from gateway.policy import Policy
from tools.judge.model import Judged

_WORDS = (EXCEL_DEFAULT, POWERPOINT_DEFAULT, *Policy().passwords.list)


def open_locked(judged: Sequence[Judged], work: Path) -> None:
    """Put copies without a lock in the place of what is locked, originals and outputs.

    An output that no word opens is a complaint: its reader could not open it, either.
    """
    work.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(judged):
        source = _copy(one.source, work / f"{number}-before")
        if source is None or one.output is None:
            continue
        one.source = source
        if not one.changed:
            one.output = source
        elif (output := _copy(one.output, work / f"{number}-after")) is not None:
            one.output = output
        else:
            one.complaints.append("msoffcrypto, qpdf: the output opens with no word that is known")


def _copy(path: Path, copy: Path) -> Path | None:
    """A copy without its lock; None where there is no lock, or no word opens it."""
    data = path.read_bytes()
    for opener in (_office, _pdf):
        opened = next(opener(data), None)
        if opened is not None:
            copy = copy.with_suffix(path.suffix)
            copy.write_bytes(opened)
            return copy
    return None


def _office(data: bytes) -> Iterator[bytes]:
    for word in _WORDS:
        out = io.BytesIO()
        try:
            document = msoffcrypto.OfficeFile(io.BytesIO(data))
            if not document.is_encrypted():
                return
            document.load_key(password=word, verify_password=True)
            document.decrypt(out)
        except Exception:  # noqa: BLE001 - it raises what it likes for what it does not know
            continue
        yield out.getvalue()


def _pdf(data: bytes) -> Iterator[bytes]:
    for word in _WORDS:
        out = io.BytesIO()
        try:
            with pikepdf.open(io.BytesIO(data), password=word) as document:
                if not document.is_encrypted:
                    return
                document.save(out)
        except (pikepdf.PasswordError, pikepdf.PdfError):
            continue
        yield out.getvalue()
