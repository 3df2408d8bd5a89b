"""A picture file as a PDF of one page for each of its frames."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from gateway.extraction.contract import ExtractError
from gateway.extraction.flat.drawing import DOTS_PER_INCH, Flat
from gateway.extraction.flat.glyphless import Codes
from gateway.extraction.flat.pixels import picture_of
from gateway.extraction.flat.writer import Page, Writer

FORMATS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "tiff": "TIFF", "bmp": "BMP"}
"""Types of pictures, and what Pillow calls them. No other of its readers is ever asked."""
MAX_PIXELS = 50_000_000
"""Pixels of one frame: the largest cameras' pictures; 150 MB once unpacked."""
MAX_SIDE = 5_000
"""Pixels of a side in the output; larger pictures are made smaller."""
MAX_FRAMES = 100
"""Frames that become pages: a fax has some, an animation is shown by its first."""


def flatten(untrusted_picture: bytes, type_name: str) -> Flat:
    """The picture as PDF. Raises ExtractError for what is none, or beyond a limit."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(io.BytesIO(untrusted_picture), formats=(FORMATS[type_name],)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ExtractError(f"the picture has more than {MAX_PIXELS} pixels")
            return _pages(picture, type_name)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise ExtractError("the picture is damaged") from None
    except Image.DecompressionBombError:
        raise ExtractError(f"the picture has more than {MAX_PIXELS} pixels") from None


def _pages(picture: Image.Image, type_name: str) -> Flat:
    frames = getattr(picture, "n_frames", 1) if type_name == "tiff" else 1
    if frames > MAX_FRAMES:
        raise ExtractError(f"the picture has {frames} frames; up to {MAX_FRAMES} are drawn")
    writer = Writer()
    for number in range(frames):
        picture.seek(number)
        image = _over_white(picture)
        width, height = (side * 72 / DOTS_PER_INCH for side in image.size)
        writer.add(Page(width, height, picture_of(image), ()))
    return Flat(writer.written(Codes()), frames)


def _over_white(picture: Image.Image) -> Image.Image:
    image = ImageOps.exif_transpose(picture)
    image = image.convert("RGBA")
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    below = Image.new("RGB", image.size, "white")
    below.paste(image, mask=image.getchannel("A"))
    return below
