"""Values of pikepdf's objects as Python's, whatever the document says they are. Raises nothing."""

from __future__ import annotations

from pikepdf import Array, Dictionary, Name, Object, PdfError, Stream, String

TEXT_MAX = 4 << 20
"""Characters of one text or script: exploits of some megabytes have been seen."""


def text(value: Object | None) -> str:
    """A string, a name or a stream as text; empty for anything else."""
    if isinstance(value, String):
        return str(value)[:TEXT_MAX]
    if isinstance(value, Name):
        return str(value).removeprefix("/")
    if isinstance(value, Stream):
        return decoded(stream_bytes(value))
    return "" if value is None or isinstance(value, Array | Dictionary) else str(value)[:200]


def decoded(data: bytes) -> str:
    """A text string's characters (ISO 32000-1, 7.9.2.2)."""
    if data.startswith((b"\xfe\xff", b"\xff\xfe")):
        return data[:TEXT_MAX].decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:TEXT_MAX].decode("utf-8", "replace")
    return data[:TEXT_MAX].decode("latin-1")


def stream_bytes(value: Object | None) -> bytes:
    """A stream's contents without its filters; empty when they cannot be undone."""
    if not isinstance(value, Stream):
        return b""
    try:
        return value.read_bytes()
    except PdfError:
        return b""


def dictionary(value: Object | None) -> Dictionary | None:
    """The dictionary, also that of a stream; None for anything else."""
    if isinstance(value, Stream):
        return value.stream_dict
    return value if isinstance(value, Dictionary) else None


def is_undecodable(value: Object | None) -> bool:
    """Whether it is a stream whose filters cannot be undone."""
    if not isinstance(value, Stream):
        return False
    try:
        value.read_bytes()
    except PdfError:
        return True
    return False


def entry(value: Object | None, key: str) -> Object | None:
    """An entry of a dictionary or of a stream's; None when it is not there."""
    found = dictionary(value)
    return found.get(key) if found is not None else None


def items(value: Object | None) -> list[Object]:
    """The elements of an array; none of anything else."""
    return list(value) if isinstance(value, Array) else []


def whole(value: Object | None, usual: int = 0) -> int:
    """A whole number."""
    found: object = value
    try:
        return int(found) if isinstance(found, int | float | str) else int(str(found))
    except (TypeError, ValueError, OverflowError):
        return usual


def numbers(value: Object | None) -> list[float]:
    """The numbers of an array."""
    found = []
    for item in items(value):
        try:
            found.append(float(str(item)))
        except ValueError:
            return []
    return found


def key_of(value: Object | None) -> tuple[int, int] | None:
    """What tells an indirect object from others; None for a direct one."""
    found: Object | None = value
    return found.objgen if isinstance(found, Object) and found.is_indirect else None
