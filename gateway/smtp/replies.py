"""SMTP replies: the type, and every reply the gateway itself gives, as named constants.

Purpose: what the gateway says to a client stands here, with its code and its enhanced code
(RFC 5321 4.2, RFC 3463), so that no module writes a number.
Must never: carry an internal error text; a reply says what the peer needs, the log says the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.smtp.states import Kind
from gateway.smtp.text import printable, without_controls

_ENHANCED: Final = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?= |$)")
_KINDS: Final = {2: Kind.OK, 3: Kind.MORE, 4: Kind.NO, 5: Kind.NO}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: a code and one or more lines of text (without code, separator and CRLF).

    Raises ValueError when built with a code outside 200..599, no line, or a line end in a line: an
    invalid reply cannot exist, so it cannot be sent.
    """

    code: int
    lines: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 200 <= self.code <= 599:
            raise ValueError(f"reply code {self.code} is outside 200..599")
        if not self.lines:
            raise ValueError("a reply has at least one line")
        for line in self.lines:
            if b"\r" in line or b"\n" in line:
                raise ValueError("a line of a reply holds a line end")

    @property
    def kind(self) -> Kind:
        """What the reply means for the state of the dialogue."""
        return Kind.BYE if self.code == 421 else _KINDS[self.code // 100]

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return self.code < 300

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code the text begins with ("5.7.1"), or None."""
        found = _ENHANCED.match(self.lines[0])
        return found[0].decode("ascii") if found else None

    def to_bytes(self) -> bytes:
        """The reply as it goes over the wire."""
        if len(self.lines) == 1:
            return b"%d %b\r\n" % (self.code, self.lines[0])
        head = [b"%d-%b\r\n" % (self.code, line) for line in self.lines[:-1]]
        return b"".join(head) + b"%d %b\r\n" % (self.code, self.lines[-1])

    def saying(self, text: str) -> Reply:
        """The same codes with another text; what could break the line becomes an escape."""
        first = printable(text, limit=400)
        enhanced = self.enhanced
        return Reply(self.code, (f"{enhanced} {first}".encode() if enhanced else first.encode(),))

    def cleaned(self) -> Reply:
        """The same reply without control octets, fit to be relayed to a client."""
        return Reply(self.code, tuple(without_controls(line) for line in self.lines))

    def __str__(self) -> str:
        return printable(b"%d %b" % (self.code, b" / ".join(self.lines)))


def own(code: int, enhanced: str, text: str) -> Reply:
    """A reply of the gateway's own; `enhanced` is empty where RFC 2034 wants none (220, 354)."""
    return Reply(code, (f"{enhanced} {text}".lstrip().encode("ascii"),))


# --- good answers --------------------------------------------------------------------------------
START_TLS: Final = own(220, "2.0.0", "Ready to start TLS")
GOODBYE: Final = own(221, "2.0.0", "Bye")
OK: Final = own(250, "2.0.0", "Ok")
CHUNK_OK: Final = own(250, "2.0.0", "Chunk received")
HELP: Final = own(214, "2.0.0", "See RFC 5321")
NOT_VERIFIED: Final = own(252, "2.5.0", "Cannot verify, but will accept the mail and try")
START_DATA: Final = own(354, "", "End data with <CR><LF>.<CR><LF>")

# --- not now -------------------------------------------------------------------------------------
CLOSING: Final = own(421, "4.3.2", "Service closing, try again later")
NEXT_HOP_UNREACHABLE: Final = own(421, "4.4.1", "Mail server cannot be reached, try again later")
NEXT_HOP_LOST: Final = own(421, "4.4.2", "Connection to the mail server was lost")
TOO_MANY_CONNECTIONS: Final = own(421, "4.7.0", "Too many connections, try again later")
TIMED_OUT: Final = own(421, "4.4.2", "Timeout, closing the connection")
TOO_MANY_ERRORS: Final = own(421, "4.7.0", "Too many errors")
INSPECTION_PENDING: Final = own(451, "4.7.1", "Inspection is not finished, try again later")
NOT_DELIVERED: Final = own(451, "4.4.2", "Mail was not delivered, try again later")
LOCAL_ERROR: Final = own(451, "4.3.0", "Local error, try again later")
TOO_MANY_RECIPIENTS: Final = own(452, "4.5.3", "Too many recipients")
TLS_NOT_NOW: Final = own(454, "4.7.0", "TLS not available now")

# --- not like that -------------------------------------------------------------------------------
LINE_TOO_LONG: Final = own(500, "5.5.2", "Line too long")
BAD_LINE_END: Final = own(500, "5.5.2", "Lines end with <CR><LF> only")
UNKNOWN_COMMAND: Final = own(500, "5.5.2", "Command not recognised")
BAD_CHARACTER: Final = own(501, "5.5.2", "Character not allowed in a command")
BAD_ARGUMENT: Final = own(501, "5.5.4", "Syntax error in the argument")
BAD_CHUNK_SIZE: Final = own(501, "5.5.4", "BDAT needs a size, closing the connection")
BAD_SENDER: Final = own(501, "5.1.7", "Syntax error in the sender's address")
BAD_RECIPIENT: Final = own(501, "5.1.3", "Syntax error in the recipient's address")
NOT_IMPLEMENTED: Final = own(502, "5.5.1", "Command not implemented")
BAD_SEQUENCE: Final = own(503, "5.5.1", "Command not allowed here")
BAD_PARAMETER: Final = own(555, "5.5.4", "Parameter not recognised or not offered")
UNEXPECTED_INPUT: Final = own(554, "5.5.0", "Input before the answer, closing the connection")
NO_RECIPIENTS: Final = own(554, "5.5.1", "No valid recipients")
NON_ASCII_ADDRESS: Final = own(553, "5.6.7", "Address needs SMTPUTF8")

# --- not this mail -------------------------------------------------------------------------------
MAIL_TOO_LARGE: Final = own(552, "5.3.4", "Mail exceeds the size limit")
BARE_LINE_END: Final = own(550, "5.6.11", "Bare <CR> or <LF> in the mail")
TEXT_LINE_TOO_LONG: Final = own(550, "5.6.0", "A line of the mail exceeds 998 octets")
NUL_IN_MAIL: Final = own(550, "5.6.0", "The mail holds a NUL octet")
EIGHT_BIT_HEADER: Final = own(550, "5.6.7", "Non-ASCII header without SMTPUTF8")
HEADER_TOO_LARGE: Final = own(552, "5.3.4", "The header section is too large")
REFUSED_CONTENT: Final = own(550, "5.7.1", "Mail refused by content inspection")
REFUSED_BY_NEXT_HOP: Final = own(550, "5.0.0", "Mail refused by the mail server")
