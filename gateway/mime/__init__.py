"""Byte-exact MIME: scan a mail into a tree of offsets, decode parts, splice changes, read TNEF.

Pure: bytes in, values out; no socket, clock, disk or randomness.
"""

from gateway.mime.decode import decode, decode_checked, iter_decoded
from gateway.mime.decoded import Decoded
from gateway.mime.defects import Defect, DefectKind, DefectNote
from gateway.mime.scan import scan
from gateway.mime.tree import (
    Bytes,
    HeaderField,
    LineEnd,
    MimeMessage,
    MimePart,
    Parameter,
    PartKind,
    Span,
    TransferEncoding,
)

__all__ = [
    "Bytes",
    "Decoded",
    "Defect",
    "DefectKind",
    "DefectNote",
    "HeaderField",
    "LineEnd",
    "MimeMessage",
    "MimePart",
    "Parameter",
    "PartKind",
    "Span",
    "TransferEncoding",
    "decode",
    "decode_checked",
    "iter_decoded",
    "scan",
]
