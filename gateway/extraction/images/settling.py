"""JPEG drawn anew so that drawing it once more gives the same bytes.

Decoding and encoding with the same tables comes to rest by itself in most blocks when no colour is
converted, no chroma blurred and nothing lost at the edge: planes are taken as they lie in the file,
the part of the last blocks that nobody sees included. Blocks that go on changing (where values were
cut off at black or white) lose contrast step by step until they rest. The result is known by
nothing but doing it again: no sender can feign it.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageChops, JpegImagePlugin

_LARGE: Final = 2_000_000
"""Pixels from which on a round takes so long that blocks are pulled earlier."""
_PATIENCE: Final = {False: 15, True: 4}
"""Rounds until blocks that still change are pulled together; by whether the picture is large."""
_STEP: Final = {False: 1 / 16, True: 1 / 4}
"""Share of its contrast that such a block loses more each round."""
_MOST: Final = 48
"""Rounds at most: what has no contrast left has come to rest long before."""

_WHOLE, _HALVED = 0, 2
"""Pillow's numbers for chroma of every pixel (4:4:4) and of half the width and height (4:2:0). What
is in between is written as the former: reading it blurs over the borders of blocks."""
_SIDE: Final = {_WHOLE: 8, _HALVED: 16, None: 8}
"""Pixels of a block's side, by chroma; None for pictures without."""
_BASELINE, _SCAN = 0xC0, 0xDA
"""The markers of a baseline frame and of a scan (ITU T.81 table B.1)."""


@dataclass(frozen=True, slots=True)
class _Planes:
    """A picture's planes in whole blocks, the size of what shows of them, how they are written."""

    picture: Image.Image
    size: tuple[int, int]
    options: dict[str, Any]
    sampling: int | None

    def written(self, picture: Image.Image, extra: dict[str, Any]) -> bytes:
        """One baseline scan of `picture`, which says that only the part that shows is there."""
        output = io.BytesIO()
        chroma = {} if self.sampling is None else {"subsampling": self.sampling}
        picture.save(output, "JPEG", **self.options, **chroma, **extra)
        return _resized(output.getvalue(), *self.size)


def settled(data: bytes, extra: dict[str, Any]) -> bytes:
    """The JPEG in `data` written anew, again and again until nothing changes any more. `extra` are
    Pillow's options for all but the pixels."""
    if _again(data, extra) == data:
        return data
    first = _foreign(data)
    large = first.picture.width * first.picture.height > _LARGE
    made = first.written(first.picture, extra)
    for number in range(_MOST):
        before = _own(made)
        again = before.written(before.picture, extra)
        if again == made:
            return made
        late = number - _PATIENCE[large]
        if late > 0:
            after = _own(again)
            pulled = _pulled(before.picture, after, min(1.0, late * _STEP[large]))
            again = after.written(pulled, extra)
        made = again
    return made


def _again(data: bytes, extra: dict[str, Any]) -> bytes:
    """`data` after one more round, if it was written here; else anything."""
    try:
        planes = _own(data)
        return planes.written(planes.picture, extra)
    except (OSError, ValueError, SyntaxError, IndexError):
        return b""  # not written here; whether it is a picture at all is told by reading it so


def _foreign(data: bytes) -> _Planes:
    """The planes of a file of anybody, its edges repeated up to whole blocks."""
    picture, sampling = _read(data)
    size = picture.size
    return _Planes(_filled(picture, _SIDE[sampling]), size, _tables(data), sampling)


def _own(made: bytes) -> _Planes:
    """The planes of a file that was written here: one baseline scan of whole blocks."""
    size = _opened(made).size
    side = _SIDE[_sampling(_opened(made))]
    whole = _resized(made, *(-(-length // side) * side for length in size))
    picture, sampling = _read(whole)
    return _Planes(picture, size, _tables(made), sampling)


def _tables(data: bytes) -> dict[str, Any]:
    return {"qtables": _opened(data).quantization, "progressive": False}


def _resized(data: bytes, width: int, height: int) -> bytes:
    """`data` with another size in its frame's head (B.2.2); the same where no baseline frame comes
    before the first scan."""
    at = 2
    while data[at : at + 1] == b"\xff" and at + 9 < len(data) and data[at + 1] != _SCAN:
        if data[at + 1] == _BASELINE:
            return data[: at + 5] + struct.pack(">2H", height, width) + data[at + 9 :]
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data


def _opened(data: bytes) -> JpegImagePlugin.JpegImageFile:
    picture = Image.open(io.BytesIO(data), formats=["JPEG"])
    assert isinstance(picture, JpegImagePlugin.JpegImageFile)
    return picture


def _sampling(picture: JpegImagePlugin.JpegImageFile) -> int | None:
    """How its chroma is to be written."""
    if picture.mode != "RGB" or len(picture.layer) != 3:
        return None
    return _HALVED if JpegImagePlugin.get_sampling(picture) == _HALVED else _WHOLE


def _read(data: bytes) -> tuple[Image.Image, int | None]:
    """The planes, and how chroma is to be written."""
    picture = _opened(data)
    sampling = _sampling(picture)
    if sampling is None:
        picture.load()
        return picture, None
    picture.draft("YCbCr", picture.size)
    picture.load()
    halved = _with_own_chroma(data, picture) if sampling == _HALVED else None
    return (picture, sampling) if halved is None else (halved, sampling)


def _with_own_chroma(data: bytes, picture: Image.Image) -> Image.Image | None:
    """The picture with chroma in squares of two by two pixels: the average of such a square, which
    the encoder takes, is the file's own value. Read at half the size chroma comes as it is."""
    half = _opened(data)
    width, height = picture.size
    half.draft("YCbCr", (max(width // 2, 1), max(height // 2, 1)))
    half.load()
    if half.size != (-(-width // 2), -(-height // 2)):
        return None  # too small to be read at half the size
    bands = [picture.split()[0]]
    for band in half.split()[1:]:
        wide = band.resize((band.width * 2, band.height * 2), Image.Resampling.NEAREST)
        bands.append(wide.crop((0, 0, width, height)))
    return Image.merge("YCbCr", bands)


def _pulled(before: Image.Image, after: _Planes, share: float) -> Image.Image:
    """`after`, of which blocks that differ from `before` lose `share` of their contrast."""
    side, picture = _SIDE[after.sampling], after.picture
    flat = picture.reduce(side).resize(picture.size, Image.Resampling.NEAREST)
    mask = _difference(before, picture).reduce(side).point(_any)
    mask = mask.resize(picture.size, Image.Resampling.NEAREST)
    return Image.composite(Image.blend(picture, flat, share), picture, mask)


def _filled(picture: Image.Image, side: int) -> Image.Image:
    """The picture with its last column and row repeated up to whole blocks, as encoders do."""
    width, height = picture.size
    wide, high = -(-width // side) * side, -(-height // side) * side
    made = Image.new(picture.mode, (wide, high))
    made.paste(picture)
    if wide > width:
        edge = picture.crop((width - 1, 0, width, height))
        made.paste(edge.resize((wide - width, height), Image.Resampling.NEAREST), (width, 0))
    if high > height:
        edge = made.crop((0, height - 1, wide, height))
        made.paste(edge.resize((wide, high - height), Image.Resampling.NEAREST), (0, height))
    return made


def _difference(one: Image.Image, other: Image.Image) -> Image.Image:
    """White wherever any plane differs."""
    bands = ImageChops.difference(one, other).split()
    found = bands[0].point(_any)
    for band in bands[1:]:
        found = ImageChops.lighter(found, band.point(_any))
    return found


def _any(value: int) -> int:
    return 255 if value else 0
