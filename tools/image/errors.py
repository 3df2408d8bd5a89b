"""The one error of the image tools: a sentence for the person who ran them."""

from __future__ import annotations


class ImageError(Exception):
    """The image cannot be built or started; the message is one sentence."""
