"""The machine between the client and the next hop: both dialogues tied into one.

Purpose: events of both sides and decisions of the worker in; actions out. Commands are relayed as
they come, so that the client hears the next hop's own words; only the mail itself stops here: the
gateway answers DATA with 354, gives the body to the worker, and sends DATA to the next hop only
when told to forward.
Must never: send a final dot that the worker did not ask for; answer 2xx to a mail before the next
hop did; pass a line it has not parsed; offer what `offer.py` does not keep.

Each public method returns the actions to carry out, in order. The rules of a broken connection:
- the next hop is lost: the client gets 421 (or 451 for the mail it is waiting for) and is closed;
- the client is lost: a mail whose dot is not out is cut off, one whose dot is out gets its receipt,
  then the next hop is left with QUIT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

from gateway.smtp import replies
from gateway.smtp.actions import (
    AbandonInspection,
    Action,
    AwaitDrain,
    BecomeOpaque,
    CloseClient,
    CloseServer,
    Delivery,
    DiscardBody,
    Envelope,
    Inspect,
    Log,
    ReportReceipts,
    SendToClient,
    SendToServer,
    StartTlsClient,
    StartTlsServer,
    StoreBody,
)
from gateway.smtp.client import Client
from gateway.smtp.commands import (
    Auth,
    AuthLine,
    Bdat,
    Command,
    Data,
    Ehlo,
    Help,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTls,
    Vrfy,
)
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.events import (
    BodyChunkReceived,
    BodyEnded,
    ClientEvent,
    CommandReceived,
    CommandRefused,
    ConnectionClosed,
    ProtocolViolated,
    ReplyReceived,
    ServerEvent,
    UnaskedReplyReceived,
)
from gateway.smtp.forwarding import FORWARD_TAG, Forwarding
from gateway.smtp.limits import DATA_BLOCK_TIMEOUT, SERVER_TIMEOUT, TLS_TIMEOUT
from gateway.smtp.offer import NOTHING, Extension, Keeping, combine, ehlo_reply
from gateway.smtp.replies import Reply
from gateway.smtp.server import GREETING_TICKET, Server, ServerPolicy
from gateway.smtp.states import Phase, State, Turn, Verb, turned
from gateway.smtp.text import printable

_OWN_TAG: Final = -1
"""The tag of commands the relay sends by itself; tickets of the client's commands are positive."""


class TlsMode(StrEnum):
    """What STARTTLS of the client means."""

    TERMINATE = "terminate"  # TLS ends here, with the appliance's certificate
    PASS = "pass"  # TLS passes unseen; its mails are unscanned


class NextHopTls(StrEnum):
    """When the gateway uses a next hop's STARTTLS (tls = terminate)."""

    WHERE_OFFERED = "where-offered"
    AS_CLIENT = "as-client"  # only when the client's leg is encrypted
    NEVER = "never"


class Side(StrEnum):
    """One of the two connections."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class RelayPolicy:
    """How one connection is relayed.

    `has_certificate`: STARTTLS can be terminated. `relay_auth`: AUTH may pass (submission port, or
    configured). `relay_vrfy`: VRFY goes to the next hop; otherwise it gets 252.
    """

    server: ServerPolicy = field(default_factory=ServerPolicy)
    tls: TlsMode = TlsMode.TERMINATE
    has_certificate: bool = False
    next_hop_tls: NextHopTls = NextHopTls.WHERE_OFFERED
    relay_auth: bool = False
    relay_vrfy: bool = True


class Relay:
    """One client connection and its next hop."""

    def __init__(self, policy: RelayPolicy) -> None:
        self._policy = policy
        self._server = Server(policy.server)
        self._client = Client()
        self._phase = Phase.GREETING
        self._actions: list[Action] = []
        self._helo = ""
        self._client_tls = self._server_tls = self._authenticated = False
        self._tls_asked: set[Side] = set()
        self._closed: set[Side] = set()
        self._client_lost = False
        self._held_ehlo: tuple[int, Ehlo, Reply] | None = None
        self._data_ticket: int | None = None
        self._final_ticket: int | None = None
        self._mail: Mail | None = None
        self._recipients: list[Rcpt] = []
        self._forwarding: Forwarding | None = None
        self._hold_reply = False
        self._stopping = False

    # --- what the driver sees ---------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the relay stands."""
        return self._phase

    @property
    def wants_client_data(self) -> bool:
        """False: pause reading the client, enough unread input is kept."""
        return self._server.wants_input

    @property
    def client_timeout(self) -> float | None:
        """Seconds the client has to be heard of again; None while it waits for us."""
        if self._server.state is State.TLS:
            return TLS_TIMEOUT
        if self._server.state in (State.DATA, State.CHUNKS) and not self._server.owes:
            return DATA_BLOCK_TIMEOUT
        return None if self._server.owes else SERVER_TIMEOUT

    @property
    def server_timeout(self) -> float | None:
        """Seconds the next hop has to be heard of again; None while it owes nothing."""
        if self._client.state is State.TLS:
            return TLS_TIMEOUT
        if self._forwarding is not None and self._forwarding.sending:
            return DATA_BLOCK_TIMEOUT
        return self._client.timeout

    def client_data(self, data: bytes) -> list[Action]:
        """Octets from the client."""
        self._server.receive(data)
        return self._finish()

    def client_closed(self) -> list[Action]:
        """The client closed, or its connection broke."""
        self._server.receive_eof()
        return self._finish()

    def server_data(self, data: bytes) -> list[Action]:
        """Octets from the next hop."""
        self._client.receive(data)
        return self._finish()

    def server_closed(self) -> list[Action]:
        """The next hop closed, its connection broke, or could not be made."""
        self._client.receive_eof()
        return self._finish()

    def client_tls_started(self) -> list[Action]:
        """The handshake with the client ended well; `client_closed` says that it did not."""
        self._server.tls_started()
        self._client_tls = True
        return self._finish()

    def server_tls_started(self) -> list[Action]:
        """The handshake with the next hop ended well; `server_closed` says that it did not."""
        self._client.tls_started()
        self._server_tls = True
        if self._held_ehlo is not None:
            ticket, ehlo, _ = self._held_ehlo
            self._held_ehlo = None
            self._client.send(ehlo, ticket)
        return self._finish()

    def timed_out(self, side: Side) -> list[Action]:
        """The time of `client_timeout` or `server_timeout` is over."""
        self._log("timed out", side)
        if side is Side.CLIENT:
            self._server.farewell(replies.TIMED_OUT)
            self._client_gone()
        else:
            self._client.close()
            self._next_hop_gone()
        return self._finish()

    def stop(self) -> list[Action]:
        """Graceful end: the mail under way is finished, then the client gets 421."""
        self._stopping = True
        return self._finish()

    def keep_alive(self) -> list[Action]:
        """Keep the next hop's open transaction from timing out during a long inspection."""
        idle = self._client.awaited is None and self._client.state is State.RCPT
        if idle and self._phase is Phase.INSPECTING:
            self._client.send(Noop(), _OWN_TAG)
        return self._finish()

    def drained(self) -> list[Action]:
        """The next hop's socket took what was given out before AwaitDrain."""
        if self._forwarding is not None and self._phase is Phase.FORWARDING:
            self._forwarding.drained()
            self._check_forwarding()
        return self._finish()

    def forward(self, deliveries: Sequence[Delivery], *, hold_reply: bool = False) -> list[Action]:
        """The mail may go on, in these bodies. With one delivery its answer is relayed at once
        unless `hold_reply`; otherwise `answer` is due after ReportReceipts.

        Raises LocalProtocolError when no mail is inspected or there is no delivery. An error of a
        body's iterator passes through: call `answer` then.
        """
        if self._phase is Phase.CLOSED:
            return self._finish()
        if self._phase is not Phase.INSPECTING or not deliveries:
            raise LocalProtocolError(f"nothing to forward in phase {self._phase}")
        self._turn(Turn.FORWARD)
        self._hold_reply = hold_reply or len(deliveries) > 1
        self._forwarding = Forwarding(self._client, self._envelope(), tuple(deliveries))
        if self._client.state is State.CLOSED:
            self._forwarding.lost(replies.NOT_DELIVERED)
        else:
            self._forwarding.start()
        self._check_forwarding()
        return self._finish()

    def answer(self, reply: Reply) -> list[Action]:
        """The client's final answer. Before the final dot it takes the mail back: nothing of it is
        delivered. Ignored when the connection is over."""
        if self._phase is Phase.CLOSED or self._client_lost:
            return self._finish()
        if self._phase not in (Phase.INSPECTING, Phase.FORWARDING, Phase.DECIDING):
            raise LocalProtocolError(f"no mail waits for an answer in phase {self._phase}")
        if self._phase is Phase.FORWARDING and self._forwarding is not None:
            # DATA cannot be taken back but by closing (RFC 5321 4.1.1.4).
            self._client.close()
            self._forwarding.lost(replies.NOT_DELIVERED)
            self._actions.append(ReportReceipts(tuple(self._forwarding.receipts), answered=True))
        self._answer(reply)
        return self._finish()

    # --- the pump ---------------------------------------------------------------------------

    def _finish(self) -> list[Action]:
        """Work off all events, then collect what is to be sent and done."""
        while self._pump():
            pass
        self._collect()
        actions, self._actions = self._actions, []
        return actions

    def _pump(self) -> bool:
        server_events = self._server.events()
        for server_event in server_events:
            self._on_server_event(server_event)
        client_events = self._client.events()
        for client_event in client_events:
            self._on_client_event(client_event)
        decided = self._decide_data()
        self._stop_if_idle()
        return decided or bool(server_events or client_events)

    def _collect(self) -> None:
        """What the machines want sent; then what their states ask for."""
        if data := self._client.take_output():
            self._actions.append(SendToServer(data))
        if data := self._server.take_output():
            self._actions.append(SendToClient(data))
        if self._forwarding is not None and self._forwarding.needs_drain:
            self._actions.append(AwaitDrain())
        self._ask_for_tls()
        if self._server.state is State.CLOSED and self._phase is not Phase.CLOSED:
            self._client_gone()
            if data := self._client.take_output():
                self._actions.append(SendToServer(data))
        self._close_side(Side.CLIENT, self._server.state, CloseClient())
        self._close_side(Side.SERVER, self._client.state, CloseServer())

    def _close_side(self, side: Side, state: State, action: Action) -> None:
        if state is State.CLOSED and side not in self._closed:
            self._closed.add(side)
            self._actions.append(action)

    def _ask_for_tls(self) -> None:
        both = self._server.state is State.TLS and self._client.state is State.TLS
        if both and self._policy.tls is TlsMode.PASS:
            if self._phase is not Phase.OPAQUE:
                self._turn(Turn.TLS_PASSED)
                self._actions.append(BecomeOpaque("tls = pass"))
            return
        self._ask_side(Side.CLIENT, self._server.state, self._client_tls, StartTlsClient())
        self._ask_side(Side.SERVER, self._client.state, self._server_tls, StartTlsServer())

    def _ask_side(self, side: Side, state: State, done: bool, action: Action) -> None:
        if state is State.TLS and not done and side not in self._tls_asked:
            self._tls_asked.add(side)
            self._actions.append(action)

    # --- events of the client ---------------------------------------------------------------

    def _on_server_event(self, event: ServerEvent) -> None:
        match event:
            case CommandReceived(ticket, command):
                self._on_command(ticket, command)
            case BodyChunkReceived(data):
                self._actions.append(StoreBody(data))
            case BodyEnded():
                self._on_body_ended(event)
            case CommandRefused(reply, untrusted_line):
                self._log("command refused", f"{reply} to {printable(untrusted_line)}")
            case ProtocolViolated(reason):
                self._log("client broke the protocol", reason)
                self._client_gone()
            case ConnectionClosed(owed):
                self._log("client closed", "while waiting for a reply" if owed else "")
                self._client_gone()
            case _:
                assert_never(event)

    def _on_command(self, ticket: int, command: Command) -> None:
        if self._client.state is State.CLOSED:
            self._server.reply(ticket, replies.NEXT_HOP_LOST, closes=True)
            return
        match command:
            case Mail() | Rcpt() | Auth() | AuthLine() | Noop():
                self._client.send(command, ticket)
            case Ehlo() | Rset() | Quit():
                self._drop_body()
                self._client.send(command, ticket)
            case Data():
                self._data_ticket = ticket
            case Bdat():
                if self._phase is Phase.SESSION:
                    self._turn(Turn.BODY_BEGAN)
            case StartTls():
                self._on_starttls(ticket, command)
            case Vrfy():
                if self._policy.relay_vrfy:
                    self._client.send(command, ticket)
                else:
                    self._server.reply(ticket, replies.NOT_VERIFIED)
            case Help():
                self._server.reply(ticket, replies.HELP)
            case _:
                assert_never(command)

    def _on_starttls(self, ticket: int, command: StartTls) -> None:
        if self._policy.tls is TlsMode.PASS:
            self._client.send(command, ticket)
        else:
            self._server.reply(ticket, replies.START_TLS)

    def _decide_data(self) -> bool:
        """Answer DATA once every RCPT before it is answered; whether that was now."""
        if self._data_ticket is None or self._server.next_ticket != self._data_ticket:
            return False
        ticket, self._data_ticket = self._data_ticket, None
        if self._server.state is State.RCPT:
            self._server.reply(ticket, replies.START_DATA)
            self._turn(Turn.BODY_BEGAN)
        elif self._server.state is State.MAIL:
            self._server.reply(ticket, replies.NO_RECIPIENTS)
        else:
            self._server.reply(ticket, replies.BAD_SEQUENCE)
        return True

    def _on_body_ended(self, event: BodyEnded) -> None:
        self._final_ticket = event.ticket
        refusal = event.refusal
        if self._client.state is State.CLOSED and refusal is None:
            refusal = replies.NOT_DELIVERED
        self._turn(Turn.BODY_ENDED)
        if refusal is not None:
            self._log("mail refused", str(refusal))
            self._actions.append(DiscardBody())
            self._answer(refusal)
            return
        self._actions.append(
            Inspect(
                self._envelope(),
                event.facts,
                self._helo,
                self._client_tls,
                self._server_tls,
                self._authenticated,
            )
        )

    def _drop_body(self) -> None:
        """RSET, EHLO or QUIT between two chunks."""
        if self._phase is Phase.RECEIVING:
            self._turn(Turn.BODY_DROPPED)
            self._actions.append(DiscardBody())

    def _client_gone(self) -> None:
        """Nobody is left to be answered."""
        if self._phase in (Phase.CLOSED, Phase.OPAQUE) or self._client_lost:
            return
        self._client_lost = True
        phase = self._phase
        if phase is Phase.RECEIVING:
            self._actions.append(DiscardBody())
        elif phase in (Phase.INSPECTING, Phase.FORWARDING, Phase.DECIDING):
            self._actions.append(AbandonInspection())
        if phase is Phase.FORWARDING and self._forwarding is not None:
            if self._forwarding.sending:
                self._client.close()
            self._forwarding.stop()
            self._check_forwarding()
            if self._forwarding is not None:
                return
        self._end()

    def _end(self) -> None:
        """Both dialogues end; the next hop politely, if it is in a state to listen."""
        if self._phase is not Phase.CLOSED:
            self._turn(Turn.ENDED)
        if self._client.state is State.CLOSED:
            return
        if self._client.ahead in (State.CONNECTED, State.TLS, State.AUTH, State.DATA):
            self._client.close()
        elif self._client.ahead is not State.CLOSED:
            self._client.send(Quit(), _OWN_TAG)

    # --- events of the next hop -------------------------------------------------------------

    def _on_client_event(self, event: ClientEvent) -> None:
        match event:
            case ReplyReceived(tag, verb, command, reply):
                if tag == FORWARD_TAG:
                    self._on_forward_reply(event)
                elif tag == _OWN_TAG:
                    self._on_own_reply(verb, reply)
                elif verb is Verb.CONNECT:
                    self._turn(Turn.GREETED)
                    self._server.reply(GREETING_TICKET, reply.cleaned())
                else:
                    self._on_relayed_reply(tag, command, reply)
            case UnaskedReplyReceived(reply):
                self._log("next hop closes", str(reply))
            case ProtocolViolated(reason):
                self._log("next hop broke the protocol", reason)
                self._next_hop_gone()
            case ConnectionClosed(owed):
                self._log("next hop closed", "while owing a reply" if owed else "")
                self._next_hop_gone()
            case _:
                assert_never(event)

    def _on_relayed_reply(self, ticket: int, command: Command | None, reply: Reply) -> None:
        match command:
            case Ehlo() if reply.ok:
                self._on_ehlo_reply(ticket, command, reply)
                return
            case Mail() if reply.ok:
                self._mail = command
                self._recipients.clear()
            case Rcpt() if reply.ok:
                self._recipients.append(command)
            case Auth() | AuthLine() if reply.ok:
                self._authenticated = True
            case _:
                pass
        self._server.reply(ticket, reply.cleaned())

    def _on_ehlo_reply(self, ticket: int, ehlo: Ehlo, reply: Reply) -> None:
        self._helo = ehlo.domain
        if not ehlo.extended:
            self._server.offer(NOTHING)
            self._server.reply(ticket, reply.cleaned())
        elif self._wants_server_tls():
            self._held_ehlo = (ticket, ehlo, reply)
            self._client.send(StartTls(), _OWN_TAG)
        else:
            self._answer_ehlo(ticket, reply)

    def _answer_ehlo(self, ticket: int, reply: Reply) -> None:
        offer = combine(self._client.offer, self._keeping())
        self._server.offer(offer)
        self._server.reply(ticket, ehlo_reply(reply, offer))

    def _wants_server_tls(self) -> bool:
        if self._server_tls or self._policy.tls is TlsMode.PASS:
            return False
        if not self._client.offer.has(Extension.STARTTLS):
            return False
        match self._policy.next_hop_tls:
            case NextHopTls.WHERE_OFFERED:
                return True
            case NextHopTls.AS_CLIENT:
                return self._client_tls
            case NextHopTls.NEVER:
                return False

    def _keeping(self) -> Keeping:
        if self._policy.tls is TlsMode.PASS:
            start_tls = self._client.offer.has(Extension.STARTTLS)
        else:
            start_tls = self._policy.has_certificate and not self._client_tls
        # A next hop that offers AUTH only because our leg is encrypted must not make a client
        # whose leg is not encrypted send its password in the clear.
        protected = self._client_tls or not self._server_tls
        return Keeping(
            max_size=self._policy.server.body.max_size,
            start_tls=start_tls,
            auth=self._policy.relay_auth and protected,
        )

    def _on_own_reply(self, verb: Verb, reply: Reply) -> None:
        if verb is Verb.STARTTLS and not reply.ok and self._held_ehlo is not None:
            self._log("next hop refused STARTTLS", str(reply))
            ticket, _, ehlo_answer = self._held_ehlo
            self._held_ehlo = None
            self._answer_ehlo(ticket, ehlo_answer)

    def _on_forward_reply(self, event: ReplyReceived) -> None:
        if self._forwarding is not None:
            self._forwarding.on_reply(event)
            self._check_forwarding()

    def _next_hop_gone(self) -> None:
        """Nothing more can be delivered on this connection."""
        if self._phase in (Phase.CLOSED, Phase.OPAQUE):
            return
        match self._phase:
            case Phase.FORWARDING:
                if self._forwarding is not None:
                    self._forwarding.lost(replies.NOT_DELIVERED)
                    self._check_forwarding()
            case Phase.RECEIVING | Phase.INSPECTING | Phase.DECIDING:
                pass  # The client's mail is answered first; that answer closes.
            case Phase.GREETING:
                self._server.farewell(replies.NEXT_HOP_UNREACHABLE)
            case _:
                self._server.farewell(replies.NEXT_HOP_LOST)

    # --- the mail ---------------------------------------------------------------------------

    def _envelope(self) -> Envelope:
        if self._mail is None:
            raise LocalProtocolError("a mail without MAIL")
        return Envelope(self._mail, tuple(self._recipients))

    def _check_forwarding(self) -> None:
        """Report and answer once every receipt is in."""
        forwarding = self._forwarding
        if forwarding is None or not forwarding.done:
            return
        self._forwarding = None
        receipts = tuple(forwarding.receipts)
        client_lost = self._client_lost
        answered = not self._hold_reply and not client_lost
        self._actions.append(ReportReceipts(receipts, answered, client_lost))
        self._turn(Turn.RECEIPTS_IN)
        if client_lost:
            self._end()
        elif answered:
            self._answer(receipts[-1].reply.cleaned())

    def _answer(self, reply: Reply) -> None:
        """The client's final answer; the next hop is brought back to where the client is."""
        ticket, self._final_ticket = self._final_ticket, None
        if ticket is None:
            raise LocalProtocolError("no mail waits for an answer")
        self._forwarding = None
        self._mail = None
        self._recipients.clear()
        self._turn(Turn.ANSWERED)
        self._server.reply(ticket, reply, closes=self._client.state is State.CLOSED)
        if self._client.ahead in (State.MAIL, State.RCPT):
            self._client.send(Rset(), _OWN_TAG)

    def _stop_if_idle(self) -> None:
        if self._stopping and self._phase in (Phase.GREETING, Phase.SESSION):
            idle = self._server.state in (State.GREETED, State.READY) and not self._server.owes
            if idle or self._phase is Phase.GREETING:
                self._server.farewell(replies.CLOSING)

    def _turn(self, turn: Turn) -> None:
        self._phase = turned(self._phase, turn)

    def _log(self, what: str, detail: str) -> None:
        self._actions.append(Log(what, detail))
