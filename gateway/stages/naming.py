"""What a part is called once it was extracted: its file's name and its Content-Type.

Both follow the type of the copy; where that is the original's, both stay as they are.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Final

from gateway.model import Subject, file_type

_MIME_TYPES: Final[dict[str, str]] = {
    "text": "text/plain",
    "zip": "application/zip",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xltx": "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "potx": "application/vnd.openxmlformats-officedocument.presentationml.template",
}
"""Registered types (IANA) of what extraction turns other files into."""

_OTHERWISE: Final = "application/octet-stream"
"""Also of a mail that was another file before: it stays a file, since message/rfc822 must not be
encoded (RFC 2046 section 5.2.1)."""


def new_type(part: Subject) -> str | None:
    """The Content-Type of the part's copy; None where the old one stays."""
    if part.extracted_type in ("", part.type):
        return None
    return _MIME_TYPES.get(part.extracted_type, _OTHERWISE)


def new_name(part: Subject) -> str | None:
    """The name of the part's copy; None where the old one stays."""
    if part.extracted_name not in ("", part.name):
        return part.extracted_name
    if not part.name or part.extracted_type in ("", part.type):
        return None
    return with_ending(part.name, part.type, part.extracted_type)


def with_ending(name: str, old_type: str, new_type: str) -> str:
    """`name` with the ending of another type: in the place of the old type's, else behind it."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or ending.lower() not in file_type(old_type).extensions:
        stem = name
    return f"{stem}.{file_type(new_type).extensions[0]}"


def endings(old: str, new: str | None) -> tuple[str, str]:
    """What `old` loses and gets at its end to become `new`; names in archives have bytes of
    unknown code pages, so that only their ends can be changed."""
    if new is None:
        return "", ""
    pairs = zip(old, new, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return old[shared:], new[shared:]
