"""The closed list of what can be wrong with a mail's structure, each with one sentence.

Defects are facts about bytes, not verdicts: the kind says how a later stage may weigh them. An
`ambiguity` is what two mail readers understand differently, which is how attachments are smuggled
past gateways; `damage` is broken but read alike; `limit` means something was not looked at;
`note` is legal and worth knowing.
"""

from enum import StrEnum
from typing import Final

import msgspec


class DefectKind(StrEnum):
    """How a defect may be weighed."""

    AMBIGUITY = "ambiguity"
    DAMAGE = "damage"
    LIMIT = "limit"
    NOTE = "note"


class Defect(StrEnum):
    """What is wrong; `sentence` says it to a person, `kind` says how to weigh it."""

    # Lines and bytes
    BARE_CR = "bare_cr"
    MIXED_LINE_ENDS = "mixed_line_ends"
    NUL_BYTES = "nul_bytes"
    BYTE_ORDER_MARK = "byte_order_mark"
    MBOX_FROM_LINE = "mbox_from_line"
    # Header blocks
    MISSING_HEADER = "missing_header"
    MISSING_BLANK_LINE = "missing_blank_line"
    MALFORMED_HEADER_LINE = "malformed_header_line"
    WHITESPACE_LINE_IN_HEADER = "whitespace_line_in_header"
    SPACE_BEFORE_COLON = "space_before_colon"
    HEADER_NOT_UTF8 = "header_not_utf8"
    DUPLICATE_FIELD = "duplicate_field"
    MISSING_MIME_VERSION = "missing_mime_version"
    # Content fields
    DUPLICATE_CONTENT_TYPE = "duplicate_content_type"
    DUPLICATE_TRANSFER_ENCODING = "duplicate_transfer_encoding"
    DUPLICATE_DISPOSITION = "duplicate_disposition"
    CONFLICTING_ENCODINGS = "conflicting_encodings"
    CONFLICTING_NAMES = "conflicting_names"
    CONFLICTING_EXTENSIONS = "conflicting_extensions"
    DUPLICATE_PARAMETER = "duplicate_parameter"
    MALFORMED_PARAMETER = "malformed_parameter"
    MALFORMED_CONTENT_TYPE = "malformed_content_type"
    UNKNOWN_ENCODING = "unknown_encoding"
    ENCODED_COMPOSITE = "encoded_composite"
    ENCODING_NOT_APPLIED = "encoding_not_applied"
    # Boundaries
    MISSING_BOUNDARY = "missing_boundary"
    BOUNDARY_NOT_FOUND = "boundary_not_found"
    BOUNDARY_GUESSED = "boundary_guessed"
    SEVERAL_BOUNDARIES = "several_boundaries"
    BOUNDARY_REUSED = "boundary_reused"
    BOUNDARY_IS_PREFIX = "boundary_is_prefix"
    BOUNDARY_UNUSUAL = "boundary_unusual"
    DELIMITER_WITH_TAIL = "delimiter_with_tail"
    MISSING_CLOSE = "missing_close"
    PARTS_AFTER_CLOSE = "parts_after_close"
    # Encoded content
    BASE64_GARBAGE = "base64_garbage"
    BASE64_PADDING = "base64_padding"
    BASE64_CONCATENATED = "base64_concatenated"
    QUOTED_PRINTABLE_DAMAGED = "quoted_printable_damaged"
    UUENCODE_DAMAGED = "uuencode_damaged"
    YENC_DAMAGED = "yenc_damaged"
    # Special kinds
    MESSAGE_PARTIAL = "message_partial"
    EXTERNAL_BODY = "external_body"
    EMBEDDED_ENCODING = "embedded_encoding"
    # TNEF
    TNEF_DAMAGED = "tnef_damaged"
    TNEF_CHECKSUM = "tnef_checksum"
    # Limits
    LIMIT_DEPTH = "limit_depth"
    LIMIT_PARTS = "limit_parts"
    LIMIT_HEADER_BYTES = "limit_header_bytes"
    LIMIT_FIELDS = "limit_fields"
    LIMIT_FIELD_VALUE = "limit_field_value"
    LIMIT_PARAMETERS = "limit_parameters"
    LIMIT_BOUNDARY = "limit_boundary"
    LIMIT_TNEF = "limit_tnef"

    @property
    def sentence(self) -> str:
        """One sentence for an administrator."""
        return _TABLE[self][1]

    @property
    def kind(self) -> DefectKind:
        """How a later stage may weigh it."""
        return _TABLE[self][0]


class DefectNote(msgspec.Struct, frozen=True, gc=False):
    """One defect of one part: `offset` is where it was first seen, in the bytes the part lies
    in."""

    defect: Defect
    offset: int
    detail: str = ""


_A = DefectKind.AMBIGUITY
_D = DefectKind.DAMAGE
_L = DefectKind.LIMIT
_N = DefectKind.NOTE

_TABLE: Final[dict[Defect, tuple[DefectKind, str]]] = {
    Defect.BARE_CR: (_A, "A CR without LF: some readers see a line end there, others do not."),
    Defect.MIXED_LINE_ENDS: (_A, "Some lines end with CRLF and some with LF alone."),
    Defect.NUL_BYTES: (_A, "The mail contains NUL bytes, which some readers drop or stop at."),
    Defect.BYTE_ORDER_MARK: (
        _A,
        "A byte order mark stands before the first field, whose name it changes for some readers.",
    ),
    Defect.MBOX_FROM_LINE: (_N, "The first line is a mailbox separator, not a header field."),
    Defect.MISSING_HEADER: (_D, "The part begins without any header field."),
    Defect.MISSING_BLANK_LINE: (_A, "No blank line separates the header from the body."),
    Defect.MALFORMED_HEADER_LINE: (
        _A,
        "A line within the header is no field: some readers skip it, others begin the body there.",
    ),
    Defect.WHITESPACE_LINE_IN_HEADER: (
        _A,
        "A header line of white space only: some readers continue there, others end the header.",
    ),
    Defect.SPACE_BEFORE_COLON: (_A, "White space stands between a field's name and its colon."),
    Defect.HEADER_NOT_UTF8: (_D, "A header field has 8-bit bytes that are not UTF-8."),
    Defect.DUPLICATE_FIELD: (
        _A,
        "A field that may stand once stands several times: readers show different ones.",
    ),
    Defect.MISSING_MIME_VERSION: (
        _N,
        "The mail has MIME fields but no MIME-Version.",
    ),
    Defect.DUPLICATE_CONTENT_TYPE: (_A, "Content-Type stands more than once in one header."),
    Defect.DUPLICATE_TRANSFER_ENCODING: (
        _A,
        "Content-Transfer-Encoding stands more than once in one header.",
    ),
    Defect.DUPLICATE_DISPOSITION: (
        _A,
        "Content-Disposition stands more than once in one header.",
    ),
    Defect.CONFLICTING_ENCODINGS: (_A, "Two transfer encodings are claimed for the same content."),
    Defect.CONFLICTING_NAMES: (
        _A,
        "Content-Type and Content-Disposition give the attachment different names.",
    ),
    Defect.CONFLICTING_EXTENSIONS: (
        _A,
        "The attachment's names have different extensions: readers may open it differently.",
    ),
    Defect.DUPLICATE_PARAMETER: (_A, "A parameter is given twice with different values."),
    Defect.MALFORMED_PARAMETER: (_A, "A parameter is not written as RFC 2045 says."),
    Defect.MALFORMED_CONTENT_TYPE: (_A, "Content-Type is not of the form type/subtype."),
    Defect.UNKNOWN_ENCODING: (_A, "The transfer encoding is not a known one."),
    Defect.ENCODED_COMPOSITE: (
        _A,
        "A multipart claims base64 or quoted-printable, which RFC 2045 forbids; readers differ.",
    ),
    Defect.ENCODING_NOT_APPLIED: (
        _A,
        "A nested mail claims an encoding but stands in plain bytes.",
    ),
    Defect.MISSING_BOUNDARY: (_A, "A multipart names no boundary."),
    Defect.BOUNDARY_NOT_FOUND: (_A, "The boundary of a multipart never occurs in it."),
    Defect.BOUNDARY_GUESSED: (_A, "The boundary was taken from the body because none was usable."),
    Defect.SEVERAL_BOUNDARIES: (_A, "A multipart names more than one boundary; all are obeyed."),
    Defect.BOUNDARY_REUSED: (_A, "A nested multipart uses the boundary of one it lies in."),
    Defect.BOUNDARY_IS_PREFIX: (
        _A,
        "A boundary is the beginning of that of an enclosing or enclosed multipart.",
    ),
    Defect.BOUNDARY_UNUSUAL: (
        _D,
        "A boundary is longer than 70 characters or has characters RFC 2046 forbids.",
    ),
    Defect.DELIMITER_WITH_TAIL: (
        _A,
        "A line begins with a boundary but goes on: a delimiter to some readers, text to others.",
    ),
    Defect.MISSING_CLOSE: (_D, "A multipart ends without its closing delimiter."),
    Defect.PARTS_AFTER_CLOSE: (
        _A,
        "Parts follow the closing delimiter: some readers show them, others do not.",
    ),
    Defect.BASE64_GARBAGE: (_A, "The base64 text has characters that do not belong to it."),
    Defect.BASE64_PADDING: (_D, "The base64 text is not padded to a multiple of four."),
    Defect.BASE64_CONCATENATED: (
        _A,
        "Base64 goes on after its padding: some readers stop there, others read on.",
    ),
    Defect.QUOTED_PRINTABLE_DAMAGED: (
        _D,
        "The quoted-printable text has an = that begins no escape.",
    ),
    Defect.UUENCODE_DAMAGED: (_D, "The uuencoded text is damaged or has no end."),
    Defect.YENC_DAMAGED: (_D, "The yEnc text is damaged, has no end or another size than it says."),
    Defect.MESSAGE_PARTIAL: (
        _A,
        "The part is a fragment of a mail that the reader puts together from several mails.",
    ),
    Defect.EXTERNAL_BODY: (_A, "The content lies elsewhere and would be fetched by the reader."),
    Defect.EMBEDDED_ENCODING: (
        _A,
        "Text contains a file in uuencode or yEnc: some readers show an attachment, others text.",
    ),
    Defect.TNEF_DAMAGED: (_D, "The TNEF stream is damaged; what was readable is listed."),
    Defect.TNEF_CHECKSUM: (_D, "A checksum in the TNEF stream is wrong."),
    Defect.LIMIT_DEPTH: (_L, "The mail is nested too deep; deeper parts were not taken apart."),
    Defect.LIMIT_PARTS: (_L, "The mail has too many parts; the rest was not taken apart."),
    Defect.LIMIT_HEADER_BYTES: (_L, "A header block is too long; it was cut off."),
    Defect.LIMIT_FIELDS: (_L, "A header block has too many fields; the rest was not read."),
    Defect.LIMIT_FIELD_VALUE: (_L, "A header field is too long; its value was cut off."),
    Defect.LIMIT_PARAMETERS: (_L, "A field has too many parameters; the rest was not read."),
    Defect.LIMIT_BOUNDARY: (_L, "A boundary is longer than a line may be and was not used."),
    Defect.LIMIT_TNEF: (_L, "The TNEF stream goes beyond a limit; the rest was not read."),
}
