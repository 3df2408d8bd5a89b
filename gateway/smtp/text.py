"""Peers' octets made safe to show.

Purpose: the only way a peer's text gets into a log line or a terminal, and the only cleaning a next
hop's reply gets before the client sees it.
Must never: be used to change a mail.
"""

from __future__ import annotations

from typing import Final

from gateway.smtp.limits import LOGGED_TEXT

_CONTROLS: Final = bytes([*range(9), *range(10, 32), 127])
_NO_CONTROLS: Final = bytes.maketrans(_CONTROLS, b"?" * len(_CONTROLS))


def printable(untrusted: bytes | str, limit: int = LOGGED_TEXT) -> str:
    """`untrusted` as one line of printable text, at most `limit` characters and an ellipsis.

    Controls, line ends, escape sequences and octets that are no UTF-8 become backslash escapes, so
    a peer cannot forge log lines or drive a terminal.
    """
    text = (
        untrusted.decode("utf-8", "backslashreplace") if isinstance(untrusted, bytes) else untrusted
    )
    cut = text[:limit]
    if not cut.isprintable():
        cut = "".join(_escape(char) for char in cut)
    return cut + "…" if len(text) > limit else cut


def _escape(char: str) -> str:
    if char.isprintable():
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def without_controls(untrusted: bytes) -> bytes:
    """`untrusted` with every control octet but TAB replaced by a question mark."""
    return untrusted.translate(_NO_CONTROLS)
