"""Office documents behind a password ([MS-OFFCRYPTO]): an OLE file that holds an encrypted package.

They are locked again by agile encryption, which Office writes itself since 2010.
"""

from __future__ import annotations

import io
from xml.dom import minidom

from cryptography.hazmat.backends import default_backend
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
from msoffcrypto.format.ooxml import OOXMLFile

from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import agile


class _Opener:
    def __init__(self, document: OOXMLFile) -> None:
        self._document = document

    def open(self, password: str) -> bytes | None:
        try:
            if not self._is_right(password):
                return None
            # Its own check of the word refuses every SHA-1 document (msoffcrypto 6.1).
            is_agile = self._document.type == "agile"
            self._document.load_key(password=password, verify_password=not is_agile)
        except InvalidKeyError:
            return None
        except (DecryptionError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise ExtractError(f"its encryption is damaged: {type(error).__name__}") from None
        output = io.BytesIO()
        try:
            self._document.decrypt(output)
        except InvalidKeyError:
            return None
        except Exception as error:  # noqa: BLE001 - a foreign parser's border
            raise ExtractError(f"its encryption is damaged: {type(error).__name__}") from None
        return output.getvalue()

    def _is_right(self, password: str) -> bool:
        """Tried before the key is made and the package decrypted."""
        return self._document.type != "agile" or agile.is_right(self._document.info, password)


def opener(data: bytes) -> _Opener | None:
    """See `locks.Lock`."""
    try:
        document = OOXMLFile(io.BytesIO(data))
    except (DecryptionError, FileFormatError, ParseError):
        raise ExtractError("it is encrypted in a way that only its own program knows") from None
    except Exception as error:  # noqa: BLE001 - a foreign parser's border
        raise ExtractError(f"its encryption is damaged: {type(error).__name__}") from None
    return _Opener(document) if document.is_encrypted() else None


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`."""
    output = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, output)
    made = output.getvalue()
    try:
        read_back = _Opener(OOXMLFile(io.BytesIO(made))).open(password)
    except ExtractError:
        read_back = None
    if read_back != content:  # msoffcrypto 6.1 puts packages below 4 KiB into the wrong sectors
        raise ExtractError("the document cannot be locked with its password again")
    return made


def preload() -> None:
    """See `locks.Lock`. Parser and ciphers are imported when they are first used."""
    minidom.parseString("<a/>")
    default_backend()
