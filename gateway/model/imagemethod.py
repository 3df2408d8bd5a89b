"""How pictures are made harmless."""

from __future__ import annotations

from enum import StrEnum


class ImageMethod(StrEnum):
    """One answer for all pictures."""

    CHECK = "check"
    """What is no picture is cut out; the pixels stay as they are, bit for bit."""
    REENCODE = "reencode"
    """Every picture is drawn and written anew."""
