"""Handing a kept mail to the next hop once more: the connection and the envelope it came with.

Used by whoever an administrator asks for a release. The connection is made from this machine, past
the interceptor, so that the mail is not inspected again by a decision made here, and by nothing
that stands in the mail. With a NIC pair it comes from the client's own address, as a worker's
connections do. The body is not touched; SMTP itself only doubles leading dots.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import drivers
from drivers import DriverError
from drivers.marks import Marks
from gateway.daemon import tls
from gateway.daemon.machine import MachineError, pair_config
from gateway.model import Receipt
from gateway.policy import GatewayConfig

CONNECT_SECONDS = 15.0
RELAY_PORT = 25
TALK_SECONDS = 120.0
"""For each answer. RFC 5321 section 4.5.3.2 allows a server minutes after the mail's end."""


class NotTakenError(Exception):
    """The next hop did not take the mail. One sentence, with its own words."""


@dataclass(frozen=True, slots=True)
class Journey:
    """The connection a mail came on: addresses of both ends, and the server's port."""

    client: str
    server: str
    port: int


def redeliver(
    config: GatewayConfig, journey: Journey, sender: str, recipients: Sequence[str], body: bytes
) -> Receipt:
    """Hand `body` to the server of `journey` for `recipients`; to the machine's relay when that one
    cannot be reached. Raises NotTakenError."""
    try:
        sock, server = _way(config, journey)
        with _Conversation(sock, server) as hop:
            return hop.hand_over(sender, recipients, body)
    except smtplib.SMTPResponseException as error:
        raise NotTakenError(f"{error.smtp_code} {_words(error.smtp_error)}") from None
    except (smtplib.SMTPException, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise NotTakenError(f"{journey.server} port {journey.port}: {reason}") from None


class _Conversation(smtplib.SMTP):
    """SMTP over a socket that was connected before."""

    def __init__(self, sock: socket.socket, server: str) -> None:
        super().__init__(local_hostname=socket.gethostname(), timeout=TALK_SECONDS)
        self._host = server  # what TLS names the server by
        sock.settimeout(TALK_SECONDS)
        self.sock, self.file = sock, None
        code, words = self.getreply()
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, words)

    def hand_over(self, sender: str, recipients: Sequence[str], body: bytes) -> Receipt:
        """One transaction: all of `recipients` or none."""
        self.ehlo_or_helo_if_needed()
        if self.has_extn("starttls"):
            self.starttls(context=tls.next_hop_side())
            self.ehlo()
        _expect(250, self.mail(sender, self._options(sender, recipients, body)))
        for recipient in recipients:
            _expect(250, self.rcpt(recipient))
        code, words = self.data(body)
        _expect(250, (code, words))
        return Receipt(tuple(recipients), code, f"{code} {_words(words)}")

    def _options(self, sender: str, recipients: Sequence[str], body: bytes) -> list[str]:
        """What MAIL has to say for this mail, as far as the server knows it."""
        options = []
        if not body.isascii() and self.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if not all(address.isascii() for address in (sender, *recipients)):
            self.command_encoding = "utf-8"
            options.append("SMTPUTF8")
        return options


def _expect(wanted: int, answer: tuple[int, bytes]) -> None:
    code, words = answer
    if code // 10 != wanted // 10:  # 251 is "will forward": taken as well
        raise smtplib.SMTPResponseException(code, words)


def _way(config: GatewayConfig, journey: Journey) -> tuple[socket.socket, str]:
    """A connection to the mail's own server, else to the relay; and whose it is. Raises OSError,
    NotTakenError. A server that answers and refuses is not passed by."""
    relay = config.release.relay
    if not journey.server and not relay:
        raise NotTakenError("it is not known which server the mail was on its way to")
    if journey.server:
        try:
            return _connected(config, journey), journey.server
        except OSError:
            if not relay:
                raise
    own = Journey("", relay, RELAY_PORT)  # from this machine's own address: a relay trusts that one
    try:
        return _connected(config, own), relay
    except OSError as error:
        raise NotTakenError(
            f"neither {journey.server or 'a server'} nor the relay {relay} can be reached:"
            f" {error.strerror or error}"
        ) from None


def _connected(config: GatewayConfig, journey: Journey) -> socket.socket:
    """A connection to the server: from the client's address where that can be had."""
    failure: OSError = OSError("no address to connect to")
    for sock in _sockets(config, journey):
        sock.settimeout(CONNECT_SECONDS)
        try:
            sock.connect((journey.server, journey.port))
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _sockets(config: GatewayConfig, journey: Journey) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in journey.server else socket.AF_INET
    try:
        marks = Marks(pair_config(config, 1).mark_base)
        sock = drivers.make_onward_socket(family, marks)
    except (MachineError, DriverError):
        pass  # no NIC pair here, or no right to it: there is still this machine's own address
    else:
        try:
            sock.bind((journey.client, 0))
        except OSError:
            sock.close()
        else:
            yield sock
    yield socket.socket(family, socket.SOCK_STREAM)


def _words(untrusted_words: bytes | str) -> str:
    """A server's answer on one line."""
    text = (
        untrusted_words
        if isinstance(untrusted_words, str)
        else untrusted_words.decode("ascii", "replace")
    )
    return " ".join("".join(s if s.isprintable() else " " for s in text).split())[:300]
