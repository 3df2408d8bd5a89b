"""The tree a scan returns: frozen nodes with byte offsets, never the bytes themselves.

Offsets count from the start of the bytes that were scanned. Children of a multipart or of a plain
nested mail lie in the same bytes; a nested mail that is itself encoded has its own bytes, and its
tree hangs at `MimePart.decoded`. All types are msgspec structs, so a tree crosses a process border
as it is.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol, overload

import msgspec

from gateway.mime.defects import DefectNote


class Bytes(Protocol):
    """What the scanner needs of its input; `bytes` and `mmap.mmap` both have it."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: int, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> bytes: ...
    def find(self, sub: bytes, start: int = ..., end: int = ..., /) -> int: ...


class PartKind(StrEnum):
    """What a node is."""

    LEAF = "leaf"
    MULTIPART = "multipart"
    MESSAGE = "message"
    UUENCODED = "uuencoded"
    YENC = "yenc"


class TransferEncoding(StrEnum):
    """Content-Transfer-Encoding, and the two encodings that mark themselves within text."""

    SEVEN_BIT = "7bit"
    EIGHT_BIT = "8bit"
    BINARY = "binary"
    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"
    UUENCODE = "x-uuencode"
    YENC = "x-yencode"
    UNKNOWN = "unknown"

    @property
    def is_identity(self) -> bool:
        """Whether the content stands in the mail as it is."""
        return self in _IDENTITY


_IDENTITY = frozenset(
    {
        TransferEncoding.SEVEN_BIT,
        TransferEncoding.EIGHT_BIT,
        TransferEncoding.BINARY,
        TransferEncoding.UNKNOWN,
    }
)


class LineEnd(StrEnum):
    """How the lines of a mail end (the style of its first line)."""

    CRLF = "crlf"
    LF = "lf"
    CR = "cr"

    @property
    def raw(self) -> bytes:
        """The bytes of one line end."""
        return {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r"}[self.value]


class Span(msgspec.Struct, frozen=True, gc=False):
    """A half-open byte range [start, end)."""

    start: int
    end: int

    def of(self, data: Bytes) -> bytes:
        """The bytes of the range."""
        return data[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start


class HeaderField(msgspec.Struct, frozen=True, gc=False):
    """One field: name as written, `key` in lower case, value unfolded and RFC 2047 decoded, raw
    range [start, end) including its line end."""

    name: str
    key: str
    value: str
    start: int
    end: int


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """One parameter: name in lower case without RFC 2231 marks, decoded value."""

    name: str
    value: str


class MimePart(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One node. The part is [start, end), its header block [start, header_end) including the blank
    line, its content [header_end, end) without the line end that belongs to the delimiter."""

    path: str
    """Place in the tree: "1" is the mail, "1.2" the second child; a nested mail is a child."""
    kind: PartKind
    start: int
    header_end: int
    end: int
    insert_at: int
    """Where a new field goes: after a mailbox line or byte order mark, before the first field."""
    has_blank_line: bool
    """Whether the header block ends with its blank line."""
    fields: tuple[HeaderField, ...] = ()
    claimed_type: str = "text/plain"
    """`type/subtype` in lower case as written, or the default (RFC 2045 section 5.2)."""
    type_declared: bool = False
    """Whether Content-Type says so (else `claimed_type` is the default)."""
    parameters: tuple[Parameter, ...] = ()
    encoding: TransferEncoding = TransferEncoding.SEVEN_BIT
    other_encodings: tuple[TransferEncoding, ...] = ()
    """Further encodings claimed by duplicate fields: another reader may decode with these."""
    disposition: str | None = None
    """`attachment`, `inline` or another token in lower case."""
    filename: str | None = None
    """The name most readers show: Content-Disposition first, RFC 2231 form first."""
    names: tuple[str, ...] = ()
    """All different names the part is given, `filename` first."""
    charset: str | None = None
    boundary: str | None = None
    preamble: Span | None = None
    epilogue: Span | None = None
    children: tuple["MimePart", ...] = ()
    decoded: "MimeMessage | None" = None
    """The tree of a nested mail that is encoded; its offsets count in the decoded content."""
    defects: tuple[DefectNote, ...] = ()

    @property
    def header(self) -> Span:
        """The header block including the blank line."""
        return Span(self.start, self.header_end)

    @property
    def body(self) -> Span:
        """The content as it stands in the mail (still encoded)."""
        return Span(self.header_end, self.end)

    @property
    def is_container(self) -> bool:
        """Whether the content is in the children; a text with uuencoded files in it is not."""
        return self.kind in (PartKind.MULTIPART, PartKind.MESSAGE)

    def fields_named(self, name: str) -> tuple[HeaderField, ...]:
        """All fields of that name, in order; letter case does not matter."""
        key = name.lower()
        return tuple(field for field in self.fields if field.key == key)

    def value_of(self, name: str) -> str | None:
        """Value of the first field of that name."""
        key = name.lower()
        return next((field.value for field in self.fields if field.key == key), None)

    def parameter(self, name: str) -> str | None:
        """Value of the first Content-Type parameter of that name (lower case)."""
        return next((p.value for p in self.parameters if p.name == name), None)

    def walk(self) -> Iterator["MimePart"]:
        """This part and all below it that lie in the same bytes, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


class MimeMessage(msgspec.Struct, frozen=True, gc=False):
    """One scanned mail: its tree, its size in bytes, its line end style, defects of its bytes."""

    root: MimePart
    size: int
    line_end: LineEnd
    defects: tuple[DefectNote, ...] = ()

    def walk(self) -> Iterator[MimePart]:
        """All parts in these bytes; those of encoded nested mails hang at `MimePart.decoded`."""
        return self.root.walk()

    def all_defects(self) -> Iterator[DefectNote]:
        """The defects of the mail and of all its parts in these bytes."""
        yield from self.defects
        for part in self.walk():
            yield from part.defects
