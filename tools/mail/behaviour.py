"""How the recording server behaves: what it offers, and where it misbehaves. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """Where in a conversation something happens."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """The command DATA, answered 354 when all is well."""
    BODY = "body"
    """The end of the mail: after the dot, or after the last BDAT chunk."""
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers `step` with `reply` (code and text, lines joined by `\\n`) instead of success.

    argument: only for commands whose argument holds this text, such as one recipient.
    times: only the first so many times; 0 means always.
    """

    step: Step
    reply: str
    argument: str = ""
    times: int = 0


@dataclass(frozen=True, slots=True)
class Delay:
    """Waits `seconds` before answering `step`."""

    step: Step
    seconds: float
    argument: str = ""
    times: int = 0


@dataclass(frozen=True, slots=True)
class Drop:
    """Closes the connection instead of answering `step`; `reset` sends RST instead of FIN.

    At BODY the mail was received whole: it is recorded with accepted=False, the window that
    RFC 1047 writes of.
    """

    step: Step
    argument: str = ""
    times: int = 0
    reset: bool = False


Fault = Answer | Delay | Drop

ALL_EXTENSIONS = (
    "PIPELINING",
    "SIZE 104857600",
    "8BITMIME",
    "SMTPUTF8",
    "DSN",
    "ENHANCEDSTATUSCODES",
    "CHUNKING",
)
BARE_EXTENSIONS: tuple[str, ...] = ()
"""A server of 1982: EHLO is answered, nothing is offered."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A server's manners. `faults` apply in order; the first fitting Answer or Drop decides.

    knows_ehlo=False answers EHLO with 502, as servers before RFC 1869 do. AUTH is offered by
    putting `AUTH PLAIN LOGIN` into extensions, STARTTLS by `STARTTLS` (a self-signed certificate
    is made). Every AUTH is accepted unless a fault says otherwise.
    """

    extensions: tuple[str, ...] = ALL_EXTENSIONS
    faults: tuple[Fault, ...] = ()
    greeting: str = "220 recorder.example ESMTP"
    knows_ehlo: bool = True
