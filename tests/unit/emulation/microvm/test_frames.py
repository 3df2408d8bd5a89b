"""Frames, and pictures from them."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.emulation.microvm.frames import FRAME_MAX, Frame, FrameError, FrameReader, pack
from gateway.emulation.microvm.pictures import png


@given(st.lists(st.tuples(st.sampled_from(Frame), st.binary(max_size=40))), st.integers(1, 9))
def test_frames_survive_any_cutting(frames: list[tuple[Frame, bytes]], size: int) -> None:
    stream = b"".join(pack(kind, payload) for kind, payload in frames)
    reader = FrameReader()
    found = []
    for at in range(0, len(stream), size):
        found += reader.feed(stream[at : at + size])
    assert found == frames


@pytest.mark.parametrize("head", [b"?\0\0\0\0", b"t" + struct.pack(">I", FRAME_MAX + 1)])
def test_what_is_no_frame_ends_the_reading(head: bytes) -> None:
    with pytest.raises(FrameError):
        FrameReader().feed(head)


def test_a_picture_becomes_a_png_written_here() -> None:
    colours = bytes(range(2 * 3 * 3))
    made = png(struct.pack(">HH", 2, 3) + zlib.compress(colours))
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    start = made.index(b"IDAT")
    (size,) = struct.unpack_from(">I", made, start - 4)
    rows = zlib.decompress(made[start + 4 : start + 4 + size])
    assert rows == b"\0" + colours[:6] + b"\0" + colours[6:12] + b"\0" + colours[12:]


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        struct.pack(">HH", 0, 3),
        struct.pack(">HH", 9999, 9999) + zlib.compress(b""),
        struct.pack(">HH", 2, 2) + b"no zlib",
        struct.pack(">HH", 2, 2) + zlib.compress(b"short"),
    ],
)
def test_what_is_no_picture_is_none(picture: bytes) -> None:
    assert png(picture) == b""
