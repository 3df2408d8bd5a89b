"""Byte-exact MIME: scan a mail into a tree of offsets, decode parts, splice changes, read TNEF.

Pure: bytes in, values out; no socket, clock, disk or randomness.
"""

from gateway.mime.decode import decode, decode_checked, iter_decoded
from gateway.mime.decoded import Decoded
from gateway.mime.defects import Defect, DefectKind, DefectNote
from gateway.mime.headers import Address, addresses, display, message_id, subject
from gateway.mime.rebuild import (
    RebuildError,
    add_header,
    replace_content,
    replace_in_nested,
    replace_part_by_text_note,
)
from gateway.mime.scan import scan
from gateway.mime.splice import (
    Inserted,
    Kept,
    Replacement,
    Segment,
    SpliceError,
    apply,
    chunks,
    in_order,
    splice,
    spliced_size,
)
from gateway.mime.tnef import (
    TnefAttachment,
    TnefBody,
    TnefMessage,
    is_tnef,
    read_tnef,
)
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
    "Address",
    "Bytes",
    "Decoded",
    "Defect",
    "DefectKind",
    "DefectNote",
    "HeaderField",
    "Inserted",
    "Kept",
    "LineEnd",
    "MimeMessage",
    "MimePart",
    "Parameter",
    "PartKind",
    "RebuildError",
    "Replacement",
    "Segment",
    "Span",
    "SpliceError",
    "TnefAttachment",
    "TnefBody",
    "TnefMessage",
    "TransferEncoding",
    "add_header",
    "addresses",
    "apply",
    "chunks",
    "decode",
    "decode_checked",
    "display",
    "in_order",
    "is_tnef",
    "iter_decoded",
    "message_id",
    "read_tnef",
    "replace_content",
    "replace_in_nested",
    "replace_part_by_text_note",
    "scan",
    "splice",
    "spliced_size",
    "subject",
]
