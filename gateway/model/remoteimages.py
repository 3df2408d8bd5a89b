"""What becomes of pictures that a page fetches from elsewhere when it is shown."""

from __future__ import annotations

from enum import StrEnum


class RemoteImages(StrEnum):
    """One answer for all pictures of a page."""

    KEEP = "keep"
    BLOCK = "block"
    """A grey placeholder takes the picture's place and size."""
    REMOVE = "remove"
    """The picture's alternative text takes its place."""
