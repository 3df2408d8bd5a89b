"""What files hold that are on the emulated disk from the start, or that a script expects there."""

from __future__ import annotations

import ntpath

_EXPECTED = {
    ".xml": b'<?xml version="1.0"?><root></root>\r\n',
    ".json": b"{}\r\n",
    ".ini": b"[General]\r\n",
    ".csv": b"Name;Server\r\nserver01;server01\r\n",
}
_LIST = b"server01\r\n"
"""What a text file most often lists in scripts of administrators."""


def expected_of(path: str) -> bytes:
    """What a file holds that is expected and not here: the least that is read as its kind."""
    return _EXPECTED.get(ntpath.splitext(path)[1].lower(), _LIST)


def bait_of(path: str) -> bytes:
    """What a document or program on the disk holds."""
    extension = ntpath.splitext(path)[1].lower()
    heads = {".pdf": b"%PDF-1.7\n", ".jpg": b"\xff\xd8\xff\xe0", ".exe": b"MZ", ".dll": b"MZ"}
    words = b"call the bank\r\npay the electrician\r\n"
    head = heads.get(extension, words if extension in (".txt", ".csv") else b"PK\x03\x04")
    return head + path.encode() * 40
