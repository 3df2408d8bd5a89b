"""What an EHLO answer offers: read from the next hop, cut down to what the gateway can keep.

Purpose: the client is offered exactly what both the next hop and the gateway hold; an extension
nobody here knows is not passed on, because a promise passed on unread cannot be kept.
Must never: offer 8BITMIME, SMTPUTF8 or DSN the next hop lacks (there is no way to keep them).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.smtp.limits import CHUNK_SIZE_DIGITS, MESSAGE
from gateway.smtp.replies import Reply


class Extension(StrEnum):
    """Every service extension the gateway knows; all others are stripped."""

    PIPELINING = "PIPELINING"  # RFC 2920
    SIZE = "SIZE"  # RFC 1870
    EIGHT_BIT_MIME = "8BITMIME"  # RFC 6152
    SMTPUTF8 = "SMTPUTF8"  # RFC 6531
    DSN = "DSN"  # RFC 3461
    ENHANCED_STATUS_CODES = "ENHANCEDSTATUSCODES"  # RFC 2034
    CHUNKING = "CHUNKING"  # RFC 3030
    AUTH = "AUTH"  # RFC 4954
    STARTTLS = "STARTTLS"  # RFC 3207


_KNOWN: Final = {extension.value: extension for extension in Extension}

_PASSED: Final = (
    Extension.EIGHT_BIT_MIME,
    Extension.SMTPUTF8,
    Extension.DSN,
    Extension.ENHANCED_STATUS_CODES,
)
"""Offered exactly when the next hop offers them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The extensions one side offers, in the order they are written.

    `size`: octets, None for "no limit told". `mechanisms`: of AUTH, as written.
    """

    extensions: tuple[Extension, ...] = ()
    size: int | None = None
    mechanisms: str = ""

    def has(self, extension: Extension) -> bool:
        """Whether `extension` is offered."""
        return extension in self.extensions

    def lines(self) -> tuple[bytes, ...]:
        """The EHLO lines that say so."""
        return tuple(self._line(extension).encode("ascii") for extension in self.extensions)

    def _line(self, extension: Extension) -> str:
        if extension is Extension.SIZE and self.size is not None:
            return f"SIZE {self.size}"
        if extension is Extension.AUTH:
            return f"AUTH {self.mechanisms}"
        return extension.value


NOTHING: Final = Offer()
"""What a HELO session has."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the gateway can keep on this connection.

    `max_size`: largest mail in octets. `start_tls`: it has a certificate, or lets TLS pass.
    `auth`: AUTH may pass on this port and at this protection (see RelayPolicy).
    """

    max_size: int = MESSAGE
    start_tls: bool = False
    auth: bool = False


def read_offer(reply: Reply) -> Offer:
    """The offer in a next hop's 2xx answer to EHLO. Unknown or malformed lines are left out."""
    extensions: dict[Extension, None] = {}
    size: int | None = None
    mechanisms = ""
    for untrusted_line in reply.lines[1:]:
        words = untrusted_line.decode("ascii", "replace").replace("AUTH=", "AUTH ", 1).split()
        extension = _KNOWN.get(words[0].upper()) if words else None
        if extension is None:
            continue
        if extension is Extension.AUTH:
            mechanisms = _mechanisms(words[1:]) or mechanisms
            if not mechanisms:
                continue
        if extension is Extension.SIZE:
            size = _size(words[1:])
        extensions[extension] = None
    return Offer(tuple(extensions), size, mechanisms)


def _size(words: list[str]) -> int | None:
    """SIZE's number; 0 and nothing both mean that no limit is told (RFC 1870 section 4)."""
    if not words or not words[0].isdecimal() or len(words[0]) > CHUNK_SIZE_DIGITS:
        return None
    return int(words[0]) or None


def _mechanisms(words: list[str]) -> str:
    """SASL names only (RFC 4422 3.1): the text goes back out in our own EHLO answer."""
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    return " ".join(word.upper() for word in words if set(word.upper()) <= allowed)


def combine(next_hop: Offer, keeping: Keeping) -> Offer:
    """What the client is offered.

    PIPELINING and CHUNKING always: the gateway does both by itself and turns them into what the
    next hop knows. SIZE always: the smaller of the two limits.
    """
    chosen = [Extension.PIPELINING, Extension.SIZE, Extension.CHUNKING]
    chosen += [extension for extension in _PASSED if next_hop.has(extension)]
    if keeping.start_tls:
        chosen.append(Extension.STARTTLS)
    auth = keeping.auth and next_hop.has(Extension.AUTH)
    if auth:
        chosen.append(Extension.AUTH)
    size = min(keeping.max_size, next_hop.size or keeping.max_size)
    return Offer(tuple(chosen), size, next_hop.mechanisms if auth else "")


def ehlo_reply(next_hop: Reply, offer: Offer) -> Reply:
    """The client's EHLO answer: the next hop's own first line, then the offer."""
    return Reply(next_hop.code, (next_hop.cleaned().lines[0], *offer.lines()))
