"""Pixels as PNG, or as a picture of a PDF: lossless where colours are few, else as JPEG."""

from __future__ import annotations

import io
import zlib

from PIL import Image

from gateway.extraction.flat.writer import Picture

_FEW = 256
"""Colours that a palette of one byte holds: grey text with smooth edges has no more."""
_QUALITY = 82
"""JPEG quality at which small text has no visible fringes; 75 has."""


def picture_of(image: Image.Image) -> Picture:
    """`image` (RGB) as it goes into the file."""
    width, height = image.size
    colours = image.getcolors(_FEW)
    if colours is None:
        memory = io.BytesIO()
        image.save(memory, "JPEG", quality=_QUALITY, subsampling=0)
        return Picture(memory.getvalue(), width, height, "/DCTDecode", "/DeviceRGB")
    if all(isinstance(colour, tuple) and len(set(colour)) == 1 for _, colour in colours):
        grey = zlib.compress(image.getchannel(0).tobytes(), 6)
        return Picture(grey, width, height, "/FlateDecode", "/DeviceGray")
    indexed = image.quantize(
        len(colours), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    palette = bytes(indexed.getpalette() or [])[: 3 * len(colours)]
    data = zlib.compress(indexed.tobytes(), 6)
    return Picture(data, width, height, "/FlateDecode", "", palette)


def png_of(image: Image.Image) -> bytes:
    """`image` (RGB) as a file of its own, in at most 256 colours: a photograph takes a third so."""
    memory = io.BytesIO()
    image.quantize(_FEW, dither=Image.Dither.NONE).save(memory, "PNG", optimize=True)
    return memory.getvalue()
