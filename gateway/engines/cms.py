"""Object identifiers of CMS in DER: tag and length, then the number (X.690). Data."""

from __future__ import annotations

from typing import Final

PKCS7: Final = bytes.fromhex("06092a864886f70d0107")
"""1.2.840.113549.1.7 (RFC 5652); the byte after it is the kind."""

DATA: Final = PKCS7 + b"\x01"
SIGNED: Final = PKCS7 + b"\x02"
COMPRESSED: Final = bytes.fromhex("060b2a864886f70d0109100109")
"""Compressed content (RFC 3274)."""
