"""SMTP commands as values: what a client said, and what the gateway says to the next hop.

Purpose: one closed union for both directions. The server machine builds these from lines, the
client machine writes them back; nothing unparsed passes from one side to the other except what SMTP
defines as opaque (authentication).
Must never: show a credential; the opaque commands hide themselves in `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from gateway.smtp.states import Verb


class BodyType(StrEnum):
    """BODY of MAIL (RFC 6152). BINARYMIME (RFC 3030) is never offered."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"


class Ret(StrEnum):
    """RET of MAIL: what a delivery report gives back (RFC 3461 4.3)."""

    FULL = "FULL"
    HEADERS = "HDRS"


class _Plain:
    """A command that is its verb and nothing else."""

    __slots__ = ()
    verb: ClassVar[Verb]

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire."""
        return self.verb.value.encode("ascii") + b"\r\n"


@dataclass(frozen=True, slots=True)
class Ehlo:
    """EHLO, or HELO when `extended` is false. `domain` is the client's own word, ASCII."""

    domain: str
    extended: bool = True

    @property
    def verb(self) -> Verb:
        """EHLO or HELO."""
        return Verb.EHLO if self.extended else Verb.HELO

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire."""
        return f"{self.verb} {self.domain}\r\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class StartTls(_Plain):
    """STARTTLS (RFC 3207)."""

    verb: ClassVar[Verb] = Verb.STARTTLS


@dataclass(frozen=True, slots=True)
class Auth:
    """AUTH with its mechanism; whatever follows it is a credential and opaque (RFC 4954)."""

    mechanism: str
    initial: bytes = field(default=b"", repr=False)
    verb: ClassVar[Verb] = Verb.AUTH

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire; never log it."""
        initial = b" " + self.initial if self.initial else b""
        return b"AUTH " + self.mechanism.encode("ascii") + initial + b"\r\n"


@dataclass(frozen=True, slots=True)
class AuthLine:
    """A client's line within an authentication exchange: opaque."""

    line: bytes = field(repr=False)
    verb: ClassVar[Verb] = Verb.AUTH_LINE

    def to_bytes(self) -> bytes:
        """The line as it goes over the wire; never log it."""
        return self.line + b"\r\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """MAIL FROM with its parameters. An empty `sender` is the null path.

    `size` in octets (RFC 1870); `envid` and `auth` stay in their xtext form (RFC 3461, RFC 4954).
    """

    sender: str
    size: int | None = None
    body: BodyType | None = None
    smtputf8: bool = False
    ret: Ret | None = None
    envid: str | None = None
    auth: str | None = None
    verb: ClassVar[Verb] = Verb.MAIL

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire."""
        line = f"MAIL FROM:<{self.sender}>"
        if self.size is not None:
            line += f" SIZE={self.size}"
        if self.body is not None:
            line += f" BODY={self.body}"
        if self.smtputf8:
            line += " SMTPUTF8"
        if self.ret is not None:
            line += f" RET={self.ret}"
        if self.envid is not None:
            line += f" ENVID={self.envid}"
        if self.auth is not None:
            line += f" AUTH={self.auth}"
        return line.encode() + b"\r\n"


@dataclass(frozen=True, slots=True)
class Rcpt:
    """RCPT TO with its parameters (RFC 3461): `notify` as written, `orcpt` as "type;xtext"."""

    recipient: str
    notify: str | None = None
    orcpt: str | None = None
    verb: ClassVar[Verb] = Verb.RCPT

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire."""
        line = f"RCPT TO:<{self.recipient}>"
        if self.notify is not None:
            line += f" NOTIFY={self.notify}"
        if self.orcpt is not None:
            line += f" ORCPT={self.orcpt}"
        return line.encode() + b"\r\n"


@dataclass(frozen=True, slots=True)
class Data(_Plain):
    """DATA."""

    verb: ClassVar[Verb] = Verb.DATA


@dataclass(frozen=True, slots=True)
class Bdat:
    """BDAT: `size` octets follow the line (RFC 3030)."""

    size: int
    last: bool

    @property
    def verb(self) -> Verb:
        """BDAT, or BDAT LAST, which ends the mail."""
        return Verb.BDAT_LAST if self.last else Verb.BDAT

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire."""
        return b"BDAT %d%b\r\n" % (self.size, b" LAST" if self.last else b"")


@dataclass(frozen=True, slots=True)
class Rset(_Plain):
    """RSET."""

    verb: ClassVar[Verb] = Verb.RSET


@dataclass(frozen=True, slots=True)
class Noop(_Plain):
    """NOOP; an argument is dropped."""

    verb: ClassVar[Verb] = Verb.NOOP


@dataclass(frozen=True, slots=True)
class Help(_Plain):
    """HELP; an argument is dropped."""

    verb: ClassVar[Verb] = Verb.HELP


@dataclass(frozen=True, slots=True)
class Vrfy:
    """VRFY: `argument` is printable and holds no line end."""

    argument: str
    verb: ClassVar[Verb] = Verb.VRFY

    def to_bytes(self) -> bytes:
        """The command line as it goes over the wire."""
        return f"VRFY {self.argument}\r\n".encode()


@dataclass(frozen=True, slots=True)
class Quit(_Plain):
    """QUIT."""

    verb: ClassVar[Verb] = Verb.QUIT


Command = (
    Ehlo | StartTls | Auth | AuthLine | Mail | Rcpt | Data | Bdat | Rset | Noop | Help | Vrfy | Quit
)
