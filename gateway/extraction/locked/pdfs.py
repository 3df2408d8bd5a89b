"""PDF behind a password (ISO 32000-2 section 7.6). One that opens without it is not locked, however
many rights its author kept."""

from __future__ import annotations

import io
from typing import Final, Literal

import pikepdf

from gateway.extraction.contract import ExtractError

_MARK: Final = b"/Encrypt"
_HEADER: Final = b"%PDF-"
_HEADER_WITHIN: Final = 1024
_AES_256: Final = 6
_AES_128: Final = 4
"""Revisions of the security handler: that of PDF 2.0, and the last one older readers know."""


class _Opener:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, password: str) -> bytes | None:
        try:
            with pikepdf.open(io.BytesIO(self._data), password=password) as pdf:
                output = io.BytesIO()
                pdf.save(output, encryption=False)
                return output.getvalue()
        except pikepdf.PasswordError:
            return None
        except (pikepdf.PdfError, ValueError) as error:
            raise ExtractError(f"the PDF cannot be read: {type(error).__name__}") from None


def opener(data: bytes) -> _Opener | None:
    """See `locks.Lock`."""
    if _MARK not in data:
        return None
    try:
        with pikepdf.open(io.BytesIO(data)):
            return None
    except pikepdf.PasswordError:
        return _Opener(data)
    except (pikepdf.PdfError, ValueError):
        return None  # damage is for those to tell who read it next


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`. Rights stay as they were; the word opens all of them. What was locked in
    another format, and was converted, gets the stronger lock and all rights."""
    strong, allowed = True, pikepdf.Permissions()
    if _HEADER in original[:_HEADER_WITHIN]:
        with pikepdf.open(io.BytesIO(original), password=password) as old:
            strong = old.encryption.R >= _AES_256 - 1
            allowed = old.allow
    revision: Literal[4, 6] = _AES_256 if strong else _AES_128
    encryption = pikepdf.Encryption(
        owner=password, user=password, R=revision, aes=True, metadata=True, allow=allowed
    )
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(output, encryption=encryption)
    return output.getvalue()


def preload() -> None:
    """See `locks.Lock`."""
    output = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(owner="x", user="x", R=_AES_256))
    _Opener(output.getvalue()).open("x")
