"""Word, Excel and PowerPoint 97-2003 behind a password ([MS-OFFCRYPTO]: RC4 and its kin).

Nobody writes this encryption any more. Only Excel's own default password, which hides nothing from
anybody, is left off; with any other a changed document has no answer.
"""

from __future__ import annotations

import io
from typing import Protocol

from msoffcrypto.exceptions import DecryptionError, InvalidKeyError
from msoffcrypto.format import doc97, ppt97, xls97

from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import presentations
from gateway.extraction.locked.words import EXCEL_DEFAULT


class _InMemory:
    """In the place of `tempfile` in the parsers' modules: a guest has no files."""

    TemporaryFile = io.BytesIO


for _module in (doc97, ppt97, xls97):
    _module.tempfile = _InMemory


class _Document(Protocol):
    def is_encrypted(self) -> bool: ...
    def load_key(self, password: str) -> None: ...
    def decrypt(self, output: io.BytesIO) -> None: ...


class _Opener:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, password: str) -> bytes | None:
        output = io.BytesIO()
        try:
            document = _document(self._data)
            document.load_key(password=password)
            document.decrypt(output)
            if isinstance(document, ppt97.Ppt97File):
                return presentations.unlocked(output.getvalue())
        except (InvalidKeyError, DecryptionError):
            return None
        except Exception as error:  # noqa: BLE001 - a foreign parser's border
            raise ExtractError(f"its encryption is damaged: {type(error).__name__}") from None
        return output.getvalue()


def opener(data: bytes) -> _Opener | None:
    """See `locks.Lock`."""
    try:
        return _Opener(data) if _document(data).is_encrypted() else None
    except Exception:  # noqa: BLE001 - damage is for those to tell who read it next
        return None


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`."""
    if password == EXCEL_DEFAULT:
        return content
    raise ExtractError("documents of before 2007 cannot be locked with a password again")


def preload() -> None:
    """See `locks.Lock`."""


def _document(data: bytes) -> _Document:
    """The document by the name of its main stream, which is UTF-16 in the file's directory."""
    kind = xls97.Xls97File
    if "WordDocument".encode("utf-16-le") in data:
        kind = doc97.Doc97File
    elif "PowerPoint Document".encode("utf-16-le") in data:
        kind = ppt97.Ppt97File
    document: _Document = kind(io.BytesIO(data))
    return document
