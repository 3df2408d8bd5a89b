"""The line between host and guest: frames of one kind letter, a length, and bytes. No I/O.

Both ends use this module, and the guest has nothing but the standard library. The host trusts
nothing that arrives: a frame that is too long, or of no known kind, ends the reading.
"""

from __future__ import annotations

import struct
from enum import StrEnum

_HEAD = struct.Struct(">cI")

FRAME_MAX = 24 << 20
"""Bytes of one frame; a sample or a dropped file is the largest."""

PORT = "sluice.line"
"""Name of the virtual serial port."""


class Frame(StrEnum):
    """What a frame carries. JSON is an object with the fields that its reader names."""

    READY = "r"
    """guest: it waits for a sample; JSON, with its own clock."""
    FAILED = "x"
    """guest: it will never wait for one; JSON, with the reason in words."""
    REQUEST = "q"
    """host: how to run the sample; JSON."""
    SAMPLE = "d"
    """host: the sample's bytes; the guest begins."""
    STARTED = "b"
    """guest: the sample's process is there; JSON, with its own clock."""
    TRACE = "t"
    """guest: a piece of the log of calls."""
    OUTPUT = "o"
    """guest: a piece of what the sample printed."""
    NETWORK = "n"
    """guest: something was asked of the sinkhole; JSON."""
    CHANGE = "c"
    """guest: a file or registry value that differs; JSON."""
    FILE = "f"
    """guest: the bytes of the file whose CHANGE came just before."""
    SCREEN = "s"
    """guest: a picture; width and height, two bytes each, then compressed RGB."""
    ENDED = "e"
    """guest: the last frame; JSON."""


class FrameError(ValueError):
    """The other end does not keep to the form; one sentence."""


def pack(kind: Frame, payload: bytes = b"") -> bytes:
    """A frame's bytes."""
    return _HEAD.pack(kind.value.encode(), len(payload)) + payload


class FrameReader:
    """Puts frames together from pieces of a stream."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, untrusted_data: bytes) -> list[tuple[Frame, bytes]]:
        """The frames that are complete now. Raises FrameError."""
        self._buffer += untrusted_data
        found: list[tuple[Frame, bytes]] = []
        while len(self._buffer) >= _HEAD.size:
            letter, size = _HEAD.unpack_from(self._buffer)
            if size > FRAME_MAX:
                raise FrameError(f"a frame of {size} bytes")
            if len(self._buffer) < _HEAD.size + size:
                break
            try:
                kind = Frame(letter.decode("latin-1"))
            except ValueError:
                raise FrameError(f"a frame of kind {letter!r}") from None
            found.append((kind, bytes(self._buffer[_HEAD.size : _HEAD.size + size])))
            del self._buffer[: _HEAD.size + size]
        return found
