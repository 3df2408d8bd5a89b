"""Pictures made for tests by Pillow, with what hides in pictures."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw, ImageSequence

from tools.corpus.archives import zip_of

FORMATS = ("jpeg", "png", "gif", "webp", "bmp", "tiff")
TAIL = zip_of({"run.js": b"WScript.Echo(1)"})
PAGE = b"<script>alert(1)</script>"


def drawing(color: int = 0, mode: str = "RGB") -> Image.Image:
    """A small picture with edges and areas."""
    made = Image.new(mode, (40, 30), (200, color, 30) if mode == "RGB" else 7)
    ImageDraw.Draw(made).ellipse((5, 5, 30, 25), fill=(0, 90, 255 - color) if mode == "RGB" else 3)
    return made


def picture(kind: str, **options: Any) -> bytes:
    """A picture in a format of FORMATS."""
    output = io.BytesIO()
    if kind == "webp":
        options.setdefault("lossless", True)
    drawing().save(output, kind.upper(), **options)
    return output.getvalue()


def animation(kind: str) -> bytes:
    """Three frames (GIF, WebP, PNG) or pages (TIFF)."""
    output = io.BytesIO()
    frames = [drawing(step) for step in (0, 90, 180)]
    options: dict[str, Any] = {} if kind == "tiff" else {"duration": [100, 200, 300], "loop": 2}
    if kind == "webp":
        options["lossless"] = True
    frames[0].save(output, kind.upper(), save_all=True, append_images=frames[1:], **options)
    return output.getvalue()


def pixels(data: bytes) -> list[bytes]:
    """What a viewer shows: each frame's pixels with its mode, size and time."""
    with Image.open(io.BytesIO(data)) as opened:
        return [
            b"%d %d %d " % (*frame.size, frame.info.get("duration", 0))
            + frame.convert("RGBA").tobytes()
            for frame in ImageSequence.Iterator(opened)
        ]


def with_hidden_file(kind: str) -> bytes:
    """A picture with another file behind its end."""
    return picture(kind) + TAIL


def jpeg_with_segment(marker: int, content: bytes) -> bytes:
    """A JPEG with one more segment before its first."""
    whole = picture("jpeg")
    return (
        whole[:2]
        + bytes((0xFF, marker))
        + struct.pack(">H", len(content) + 2)
        + content
        + whole[2:]
    )


def png_with_chunk(name: bytes, content: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    whole = picture("png")
    checksum = struct.pack(">L", zlib.crc32(name + content))
    return whole[:33] + struct.pack(">L", len(content)) + name + content + checksum + whole[33:]


def gif_with_comment(content: bytes) -> bytes:
    """A GIF with a comment before its picture."""
    whole = picture("gif")
    at = whole.index(b"\x2c", 13 + (3 << (whole[10] & 7) + 1))
    blocks = b"".join(
        bytes((len(part),)) + part
        for part in (content[start : start + 255] for start in range(0, len(content), 255))
    )
    return whole[:at] + b"\x21\xfe" + blocks + b"\0" + whole[at:]


def turned(kind: str, orientation: int = 6) -> bytes:
    """A picture whose EXIF data turns it and names its maker."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera"
    return picture(kind, exif=exif.tobytes())
