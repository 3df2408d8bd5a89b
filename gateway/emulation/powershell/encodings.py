"""Encodings and packers that scripts hide behind: what their bytes stand for. Pure."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib

from gateway.emulation.powershell.values import LACKING, Unknown, Value, as_bytes
from gateway.emulation.windows import sinkhole

_CODECS = {
    "unicode": "utf-16-le",
    "bigendianunicode": "utf-16-be",
    "ascii": "ascii",
    "utf8": "utf-8",
    "utf7": "utf-7",
    "utf32": "utf-32-le",
    "default": "cp1252",
    "latin1": "latin-1",
}

_FROM_NETWORK = sinkhole.MARK.encode()
"""What the network answered stays that when it is decoded or unpacked: it is no real code."""

_INFLATED_MAX = 16 << 20
"""Bytes that a packed script may unpack to."""


def codec(name: str) -> str:
    """Python's codec of an encoding's name."""
    short = re.sub(r"[^a-z0-9]", "", name.lower().rsplit(".", 1)[-1].removesuffix("encoding"))
    return _CODECS.get(short, "utf-8")


def decoded(value: Value, encoding: str) -> Value:
    """Bytes as a text."""
    data = as_bytes(value)
    if isinstance(data, Unknown):
        return data
    return sinkhole.TEXT if _FROM_NETWORK in data else data.decode(encoding, "replace")


def base64_bytes(words: str) -> Value:
    """What base64 stands for."""
    if sinkhole.MARK in words:
        return sinkhole.TEXT.encode()
    squeezed = re.sub(r"\s", "", words)
    try:
        return base64.b64decode(squeezed + "=" * (-len(squeezed) % 4))
    except (binascii.Error, ValueError):
        return LACKING


def inflated(kind: str, data: bytes) -> Value:
    """What a packed stream holds, up to the limit."""
    if _FROM_NETWORK in data:
        return data
    try:
        wbits = 31 if "gzip" in kind else 15 if "zlib" in kind else -15
        return zlib.decompressobj(wbits).decompress(data, _INFLATED_MAX)
    except zlib.error:
        return LACKING


def preload() -> None:
    """Use every codec and packer once."""
    for name in _CODECS.values():
        "a".encode(name).decode(name)
    inflated("gzip", gzip.compress(b"a"))
