"""The machine between the client and the next hop: both dialogues tied into one.

Purpose: events of both sides and decisions of the worker in; actions out. Commands are relayed as
they come, so that the client hears the next hop's own words; only the mail itself stops here: the
gateway answers DATA with 354, gives the body to the worker, and sends DATA to the next hop only
when told to forward.
Must never: send a final dot that the worker did not ask for; answer 2xx to a mail before the next
hop did; pass a line it has not parsed; offer what `offer.py` does not keep.

The parts: `session.py` (what is shared), `greeting.py` (EHLO and TLS), `transaction.py` (the mail),
`forwarding.py` (bodies on their way out); here are the driver's methods and the dispatch.

The rules of a broken connection:
- the next hop is lost: the client gets 421 (or 451 for the mail it is waiting for) and is closed;
- the client is lost: a mail whose dot is not out is cut off, one whose dot is out gets its receipt,
  then the next hop is left with QUIT.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from gateway.smtp import replies
from gateway.smtp.actions import Action, Delivery, StoreBody
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
from gateway.smtp.forwarding import FORWARD_TAG
from gateway.smtp.greeting import Greeting
from gateway.smtp.limits import DATA_BLOCK_TIMEOUT, SERVER_TIMEOUT, TLS_TIMEOUT
from gateway.smtp.policy import RelayPolicy
from gateway.smtp.replies import Reply
from gateway.smtp.server import GREETING_TICKET
from gateway.smtp.session import OWN_TAG, Session, Side
from gateway.smtp.states import Phase, State, Turn, Verb
from gateway.smtp.text import printable
from gateway.smtp.transaction import Transaction


class Relay:
    """One client connection and its next hop.

    Each method that returns actions returns all there is to do now, in order.
    """

    def __init__(self, policy: RelayPolicy) -> None:
        self._session = Session(policy)
        self._greeting = Greeting(self._session)
        self._transaction = Transaction(self._session, self._greeting)
        self._stopping = False

    # --- what the driver sees ---------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the relay stands."""
        return self._session.phase

    @property
    def wants_client_data(self) -> bool:
        """False: pause reading the client, enough unread input is kept."""
        return self._session.server.wants_input

    @property
    def client_timeout(self) -> float | None:
        """Seconds the client has to be heard of again; None while it waits for us."""
        server = self._session.server
        if server.state is State.TLS:
            return TLS_TIMEOUT
        if server.owes:
            return None
        receiving = server.state in (State.DATA, State.CHUNKS)
        return DATA_BLOCK_TIMEOUT if receiving else SERVER_TIMEOUT

    @property
    def server_timeout(self) -> float | None:
        """Seconds the next hop has to be heard of again; None while it owes nothing."""
        if self._session.client.state is State.TLS:
            return TLS_TIMEOUT
        return DATA_BLOCK_TIMEOUT if self._transaction.sending else self._session.client.timeout

    def client_data(self, data: bytes) -> list[Action]:
        """Octets from the client."""
        self._session.server.receive(data)
        return self._finish()

    def client_closed(self) -> list[Action]:
        """The client closed, or its connection broke."""
        self._session.server.receive_eof()
        return self._finish()

    def server_data(self, data: bytes) -> list[Action]:
        """Octets from the next hop."""
        self._session.client.receive(data)
        return self._finish()

    def server_closed(self) -> list[Action]:
        """The next hop closed, its connection broke, or could not be made."""
        self._session.client.receive_eof()
        return self._finish()

    def client_tls_started(self) -> list[Action]:
        """The handshake with the client ended well; `client_closed` says that it did not."""
        self._greeting.client_encrypted()
        return self._finish()

    def server_tls_started(self) -> list[Action]:
        """The handshake with the next hop ended well; `server_closed` says that it did not."""
        self._greeting.server_encrypted()
        return self._finish()

    def timed_out(self, side: Side) -> list[Action]:
        """The time of `client_timeout` or `server_timeout` is over."""
        self._session.log("timed out", side)
        if side is Side.CLIENT:
            self._session.server.farewell(replies.TIMED_OUT)
        else:
            self._session.client.close()
            self._next_hop_gone()
        return self._finish()

    def stop(self) -> list[Action]:
        """Graceful end: the mail under way is finished, then the client gets 421."""
        self._stopping = True
        return self._finish()

    def keep_alive(self) -> list[Action]:
        """Keep the next hop's open transaction from timing out during a long inspection."""
        client = self._session.client
        if self.phase is Phase.INSPECTING and client.awaited is None and client.state is State.RCPT:
            client.send(Noop(), OWN_TAG)
        return self._finish()

    def drained(self) -> list[Action]:
        """The next hop's socket took what was given out before AwaitDrain."""
        self._transaction.drained()
        return self._finish()

    def forward(self, deliveries: Sequence[Delivery], *, hold_reply: bool = False) -> list[Action]:
        """The mail may go on, in these bodies. With one delivery its answer is relayed at once
        unless `hold_reply`; otherwise `answer` is due after ReportReceipts.

        Ignored when the client is gone. Raises LocalProtocolError when no mail is inspected or
        there is no delivery. An error of a body's iterator passes through: call `answer` then.
        """
        self._transaction.forward(deliveries, hold_reply=hold_reply)
        return self._finish()

    def answer(self, reply: Reply) -> list[Action]:
        """The client's final answer. Before the final dot it takes the mail back: nothing of it is
        delivered. Ignored when the client is gone."""
        self._transaction.answer(reply)
        return self._finish()

    # --- the pump ---------------------------------------------------------------------------

    def _finish(self) -> list[Action]:
        """Work off all events, then collect what is to be sent and done."""
        while self._pump():
            pass
        session = self._session
        if session.server.state is State.CLOSED:
            self._client_gone()
        self._transaction.ask_drain()
        self._greeting.check_opaque()
        return session.take_actions()

    def _pump(self) -> bool:
        server_events = self._session.server.events()
        for server_event in server_events:
            self._on_server_event(server_event)
        client_events = self._session.client.events()
        for client_event in client_events:
            self._on_client_event(client_event)
        decided = self._transaction.decide_data()
        self._stop_if_idle()
        return decided or bool(server_events or client_events)

    def _stop_if_idle(self) -> None:
        if not self._stopping or self.phase not in (Phase.GREETING, Phase.SESSION):
            return
        server = self._session.server
        idle = server.state in (State.GREETED, State.READY) and not server.owes
        if idle or self.phase is Phase.GREETING:
            server.farewell(replies.CLOSING)

    # --- events of the client ---------------------------------------------------------------

    def _on_server_event(self, event: ServerEvent) -> None:
        match event:
            case CommandReceived(ticket, command):
                self._on_command(ticket, command)
            case BodyChunkReceived(data):
                self._session.do(StoreBody(data))
            case BodyEnded():
                self._transaction.on_body_ended(event)
            case CommandRefused(reply, untrusted_line):
                shown = printable(untrusted_line) or "a line that is not shown"
                self._session.log("command refused", f"{reply} to {shown}")
            case ProtocolViolated(reason):
                self._session.log("client broke the protocol", reason)
                self._client_gone()
            case ConnectionClosed(owed):
                self._session.log("client closed", "while waiting for a reply" if owed else "")
                self._client_gone()
            case _:
                assert_never(event)

    def _on_command(self, ticket: int, command: Command) -> None:
        if self._session.next_hop_lost:
            self._session.server.reply(ticket, replies.NEXT_HOP_LOST, closes=True)
            return
        match command:
            case Mail() | Rcpt() | Auth() | AuthLine() | Noop():
                self._session.client.send(command, ticket)
            case Ehlo() | Rset() | Quit():
                self._transaction.drop_body()
                self._session.client.send(command, ticket)
            case Data():
                self._transaction.on_data(ticket)
            case Bdat():
                self._transaction.on_chunk()
            case StartTls():
                self._greeting.on_starttls(ticket, command)
            case Vrfy():
                self._on_vrfy(ticket, command)
            case Help():
                self._session.server.reply(ticket, replies.HELP)
            case _:
                assert_never(command)

    def _on_vrfy(self, ticket: int, command: Vrfy) -> None:
        if self._session.policy.relay_vrfy:
            self._session.client.send(command, ticket)
        else:
            self._session.server.reply(ticket, replies.NOT_VERIFIED)

    def _client_gone(self) -> None:
        """Nobody is left to be answered."""
        session = self._session
        if session.phase in (Phase.CLOSED, Phase.OPAQUE) or session.client_lost:
            return
        session.client_lost = True
        if not self._transaction.client_gone() and self.phase is not Phase.CLOSED:
            session.end()

    # --- events of the next hop -------------------------------------------------------------

    def _on_client_event(self, event: ClientEvent) -> None:
        match event:
            case ReplyReceived():
                self._on_reply(event)
            case UnaskedReplyReceived(reply):
                self._session.log("next hop closes", str(reply))
            case ProtocolViolated(reason):
                self._session.log("next hop broke the protocol", reason)
                self._next_hop_gone()
            case ConnectionClosed(owed):
                self._session.log("next hop closed", "while owing a reply" if owed else "")
                self._next_hop_gone()
            case _:
                assert_never(event)

    def _on_reply(self, event: ReplyReceived) -> None:
        """Whose reply it is, by its tag."""
        if event.tag == FORWARD_TAG:
            self._transaction.on_forward_reply(event)
        elif event.tag == OWN_TAG:
            self._on_own_reply(event.verb, event.reply)
        elif event.verb is Verb.CONNECT:
            self._session.turn(Turn.GREETED)
            self._session.server.reply(GREETING_TICKET, event.reply.cleaned())
        else:
            self._on_relayed_reply(event.tag, event.command, event.reply)

    def _on_own_reply(self, verb: Verb, reply: Reply) -> None:
        if verb is Verb.STARTTLS and not reply.ok:
            self._greeting.on_own_starttls_refused(reply)
        elif verb is Verb.QUIT:
            # Whatever it says to QUIT, this was the end.
            self._session.client.close()

    def _on_relayed_reply(self, ticket: int, command: Command | None, reply: Reply) -> None:
        match command:
            case Ehlo() if reply.ok:
                self._greeting.on_reply(ticket, command, reply)
                return
            case Mail() if reply.ok:
                self._transaction.begin(command)
            case Rcpt() if reply.ok:
                self._transaction.add(command)
            case Auth() | AuthLine() if reply.ok:
                self._transaction.authenticated = True
            case _:
                pass
        self._session.server.reply(ticket, reply.cleaned())

    def _next_hop_gone(self) -> None:
        """Nothing more can be delivered on this connection."""
        match self.phase:
            case Phase.CLOSED | Phase.OPAQUE:
                pass
            case Phase.GREETING:
                self._session.server.farewell(replies.NEXT_HOP_UNREACHABLE)
            case Phase.SESSION:
                self._session.server.farewell(replies.NEXT_HOP_LOST)
            case _:
                # The mail under way is answered first; that answer closes.
                self._transaction.next_hop_gone()
