"""Where a linked object leads: addresses in the stream `\\x01Ole` ([MS-OLEDS] 2.3.3)."""

from __future__ import annotations

import re
from typing import Final

STREAM: Final = "\x01Ole"
URL_MONIKER: Final = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
"""The class of URL monikers as it stands in the stream ([MS-OSHARED] 2.3.7.6)."""
_SCHEMES: Final = "http", "https", "ftp", "script", "mhtml"


def _wide(text: str) -> bytes:
    """A pattern for `text` in UTF-16, in either case."""
    return b"".join(b"[%c%c]\0" % (ord(char), ord(char.upper())) for char in text)


_ADDRESS: Final = re.compile(
    rb"(?:(?:" + b"|".join(map(_wide, _SCHEMES)) + rb"):\0|\\\0\\\0)(?:[\x20-\x7e]\0){4,2000}"
)


def addresses(stream: bytes) -> list[str]:
    """URLs and UNC paths that the stream names, in order."""
    return [found[0].decode("utf-16-le", "replace") for found in _ADDRESS.finditer(stream)]
