"""What becomes of links that only act when a person clicks them."""

from __future__ import annotations

from enum import StrEnum


class LinkPolicy(StrEnum):
    """One answer for all links of a format."""

    KEEP = "keep"
    DEFANG = "defang"
    """The link stays visible and readable, and leads nowhere."""
    REWRITE = "rewrite"
    """The link leads to the house's own page, which is told the target."""
    REMOVE = "remove"
