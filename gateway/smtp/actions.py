"""What the relay wants done, imperative; and what it is given to do it with.

Purpose: the closed union Action. Whoever drives the relay carries the actions out in their order.
Must never: do anything; these are values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.smtp.body import BodyFacts
from gateway.smtp.commands import Mail, Rcpt
from gateway.smtp.replies import Reply


@dataclass(frozen=True, slots=True)
class Envelope:
    """The sender and the recipients the next hop has accepted, in order, with all parameters."""

    mail: Mail
    recipients: tuple[Rcpt, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body for some recipients of the envelope.

    `body`: the octets in chunks of any size, CRLF line ends, no dot-stuffing; read once, a window
    at a time, from within calls of the relay, so it may read a file. `size`: its octets, if known.
    """

    recipients: tuple[Rcpt, ...]
    body: Iterable[bytes] = field(repr=False)
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one body for some recipients.

    `group`: index of the Delivery. `uncertain`: the final dot went out and no answer came, so the
    next hop may or may not have the mail (RFC 1047); `reply` is then the gateway's own.
    """

    group: int
    recipients: tuple[Rcpt, ...]
    reply: Reply
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class SendToClient:
    """Write to the client."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendToServer:
    """Write to the next hop."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AwaitDrain:
    """A window of a body was given out: call `drained` once the next hop's socket took it."""


@dataclass(frozen=True, slots=True)
class StoreBody:
    """The next octets of the mail being received."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DiscardBody:
    """The mail being received will not be completed, or is refused: forget what was stored."""


@dataclass(frozen=True, slots=True)
class Inspect:
    """The mail is complete and stored. Answer with `forward` or `answer`.

    `helo`: the client's own word. `client_tls`, `server_tls`: which leg is encrypted.
    """

    envelope: Envelope
    facts: BodyFacts
    helo: str
    client_tls: bool
    server_tls: bool
    authenticated: bool


@dataclass(frozen=True, slots=True)
class AbandonInspection:
    """Nobody waits for the answer any more: the client is gone. Nothing (more) will be forwarded;
    receipts of what is already under way may still come."""


@dataclass(frozen=True, slots=True)
class ReportReceipts:
    """All that was to be forwarded is answered; comes before the client's answer is sent.

    `answered`: the relay gives the client the next hop's words itself; otherwise it waits for
    `answer`. `client_lost`: the client will not get the answer and may send the mail again.
    """

    receipts: tuple[Receipt, ...]
    answered: bool
    client_lost: bool = False


@dataclass(frozen=True, slots=True)
class StartTlsClient:
    """Do the server's part of a TLS handshake with the client, then call `client_tls_started`."""


@dataclass(frozen=True, slots=True)
class StartTlsServer:
    """Do the client's part of a TLS handshake with the next hop, then call `server_tls_started`."""


@dataclass(frozen=True, slots=True)
class BecomeOpaque:
    """TLS passes unseen: copy octets both ways from here on; the relay has nothing more to do.
    Whatever goes over this connection is `unscanned` with `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class CloseClient:
    """Close the client's connection once everything is written."""


@dataclass(frozen=True, slots=True)
class CloseServer:
    """Close the next hop's connection once everything is written."""


@dataclass(frozen=True, slots=True)
class Log:
    """Something an administrator may want to know; `detail` is printable."""

    what: str
    detail: str = ""


Action = (
    SendToClient
    | SendToServer
    | AwaitDrain
    | StoreBody
    | DiscardBody
    | Inspect
    | AbandonInspection
    | ReportReceipts
    | StartTlsClient
    | StartTlsServer
    | BecomeOpaque
    | CloseClient
    | CloseServer
    | Log
)
