"""Pictures drawn and written anew by Pillow: nothing of the old file but its pixels is left.

ICC profile, orientation, resolution, frames and their times are carried over, so that it looks the
same. What was drawn here and is drawn again gives the same bytes: JPEG settles (`settling`), WebP
becomes lossless, and so do TIFFs with JPEG within.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from gateway.extraction.contract import ExtractError
from gateway.extraction.images import exif
from gateway.extraction.images.settling import settled

MAX_PIXELS: Final = 100_000_000
"""Pixels of one frame that are drawn: 400 MB as RGBA, within a guest's 512 MiB."""

MAX_FRAMES: Final = 2_000
"""Frames of an animation, or pages of a TIFF."""

MAX_ALL_PIXELS: Final = 400_000_000
"""Pixels of all frames together: some seconds of work."""

_FORMATS: Final = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "tiff": "TIFF",
    "bmp": "BMP",
}
_PLUGINS: Final = (
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
"""The only formats that are read: Pillow knows forty more."""

_ORIENTATION: Final = 0x0112
_ROUNDS: Final = 4
"""Of drawing what was drawn; the second finds nothing to change in all but odd animations."""
_MOST_COMPARED: Final = 12_000_000
"""Pixels of a picture that is compared with its copy: two of them fit into a guest."""
_LOSSLESS: Final = {"jpeg": "tiff_adobe_deflate", "tiff_jpeg": "tiff_adobe_deflate"}
"""Compressions of TIFF that lose a little each time, and what takes their place."""
_WEBP_EFFORT: Final = 20
"""What `quality` means to lossless WebP: 100 takes five times as long and saves 3 %."""
_PNG_EFFORT: Final = 3
"""zlib's level: a third of the time of 6, and 5 % larger."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a picture is to the program that writes it."""

    mode: str
    size: tuple[int, int]
    pixels: bytes
    colours: list[int] | None
    options: dict[str, Any]


def preload() -> None:
    """Keep Pillow from importing its other formats later, and its limits from being warnings."""
    assert _PLUGINS
    Image._initialized = 2
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    dot = io.BytesIO()
    Image.new("RGB", (1, 1)).save(dot, "PNG")
    reencode(dot.getvalue(), "png")


def reencode(data: bytes, type_name: str) -> bytes:
    """The picture in `data`, drawn and written anew in its own format, until that changes nothing
    any more. Raises ExtractError."""
    kind = _FORMATS[type_name]
    made, drawn = _once(data, kind)
    for _ in range(_ROUNDS):
        if drawn is not None and _seen(made, kind) == drawn:
            return made  # the same is written from the same
        again, drawn = _once(made, kind)
        if again == made:
            return made
        made = again
    return made


def _once(data: bytes, kind: str) -> tuple[bytes, _Seen | None]:
    """The picture written anew, and what it was written from, where `_seen` can say that."""
    with _opened(data, kind) as picture:
        if kind == "JPEG":
            return settled(data, _options(picture, kind)), None
        return _written(picture, kind), _look(picture, kind)


def _seen(data: bytes, kind: str) -> _Seen | None:
    with _opened(data, kind) as picture:
        picture.load()
        return _look(picture, kind)


def _look(picture: Image.Image, kind: str) -> _Seen | None:
    """All that the bytes of a single PNG or lossless WebP follow from: twice the same gives the
    same file, and drawing is several times faster than writing. None for other pictures."""
    if kind not in ("PNG", "WEBP") or getattr(picture, "n_frames", 1) > 1:
        return None
    colours = picture.getpalette() if picture.mode == "P" else None
    options = {**_options(picture, kind), "transparency": picture.info.get("transparency")}
    return _Seen(picture.mode, picture.size, picture.tobytes(), colours, options)


@contextlib.contextmanager
def _opened(data: bytes, kind: str) -> Iterator[Image.Image]:
    """The picture, checked against the limits. Raises ExtractError, also for what goes wrong
    while it is in use."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=[kind]) as picture:
                _check(picture)
                yield picture
    except ExtractError:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow raises OSError, SyntaxError, struct.error, …
        raise ExtractError(f"the picture cannot be drawn: {type(error).__name__}") from None


def _check(picture: Image.Image) -> None:
    frames = getattr(picture, "n_frames", 1)
    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise ExtractError(f"the picture has more than {MAX_PIXELS} pixels")
    if frames > MAX_FRAMES or frames * pixels > MAX_ALL_PIXELS:
        raise ExtractError(f"the picture has {frames} frames: more than are drawn")


def _written(picture: Image.Image, kind: str) -> bytes:
    output = io.BytesIO()
    options = _options(picture, kind)
    if getattr(picture, "n_frames", 1) > 1:
        frames = [frame.copy() for frame in ImageSequence.Iterator(picture)]
        if kind in ("GIF", "WEBP", "PNG"):
            options["duration"] = [frame.info.get("duration", 0) for frame in frames]
        first, *others = frames
        first.save(output, kind, save_all=True, append_images=others, **options)
    else:
        picture.load()
        picture.save(output, kind, **options)
    return output.getvalue()


def _options(picture: Image.Image, kind: str) -> dict[str, Any]:
    """What has to be said to Pillow so that the picture looks the same."""
    info = picture.info
    options: dict[str, Any] = {}
    if kind not in ("GIF", "BMP"):
        options["icc_profile"] = info.get("icc_profile")
    if "dpi" in info and kind in ("JPEG", "PNG", "TIFF", "BMP"):
        options["dpi"] = info["dpi"]
    orientation = picture.getexif().get(_ORIENTATION, 1)
    if kind in ("JPEG", "PNG", "WEBP"):
        known = orientation in range(2, 9)
        options["exif"] = b"Exif\0\0" + exif.only_orientation(orientation) if known else b""
    match kind:
        case "WEBP":
            options |= {"lossless": True, "quality": _WEBP_EFFORT, "method": 2, "exact": True}
        case "PNG":
            options["compress_level"] = _PNG_EFFORT
        case "TIFF":
            compression = info.get("compression", "raw")
            options["compression"] = _LOSSLESS.get(compression, compression)
    if "loop" in info and kind in ("GIF", "WEBP", "PNG"):
        options["loop"] = info["loop"]
    return options
