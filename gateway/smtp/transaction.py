"""One mail between its MAIL and its final answer: received, held, decided, forwarded.

Purpose: the part of the relay that stands between "the client sent a mail" and "the client has an
answer", with the worker's decision in between.
Must never: give the client a 2xx that did not come from the next hop or the worker; let a next hop
have a final dot the worker did not ask for.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.smtp import replies
from gateway.smtp.actions import (
    AbandonInspection,
    AwaitDrain,
    Delivery,
    DiscardBody,
    Envelope,
    Inspect,
    ReportReceipts,
)
from gateway.smtp.commands import Mail, Rcpt, Rset
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.events import BodyEnded, ReplyReceived
from gateway.smtp.forwarding import Forwarding
from gateway.smtp.greeting import Greeting
from gateway.smtp.replies import Reply
from gateway.smtp.session import OWN_TAG, Session
from gateway.smtp.states import Phase, State, Turn


class Transaction:
    """The mail of the moment; used again for each mail of a connection."""

    def __init__(self, session: Session, greeting: Greeting) -> None:
        self._session = session
        self._greeting = greeting
        self._mail: Mail | None = None
        self._recipients: list[Rcpt] = []
        self._data_ticket: int | None = None
        self._final_ticket: int | None = None
        self._forwarding: Forwarding | None = None
        self._hold_reply = False
        self.authenticated = False

    # --- the envelope -----------------------------------------------------------------------

    def begin(self, mail: Mail) -> None:
        """The next hop accepted MAIL."""
        self._mail = mail
        self._recipients.clear()

    def add(self, recipient: Rcpt) -> None:
        """The next hop accepted a recipient."""
        self._recipients.append(recipient)

    def _envelope(self) -> Envelope:
        if self._mail is None:
            raise LocalProtocolError("a mail without MAIL")
        return Envelope(self._mail, tuple(self._recipients))

    # --- the body comes in ------------------------------------------------------------------

    def on_data(self, ticket: int) -> None:
        """The client wants to send the body; whether it may depends on its RCPTs' answers."""
        self._data_ticket = ticket

    def decide_data(self) -> bool:
        """Answer DATA if every command before it is answered; whether that was now."""
        server = self._session.server
        if self._data_ticket is None or server.next_ticket != self._data_ticket:
            return False
        ticket, self._data_ticket = self._data_ticket, None
        if server.state is State.RCPT:
            server.reply(ticket, replies.START_DATA)
            self._session.turn(Turn.BODY_BEGAN)
        elif server.state is State.MAIL:
            server.reply(ticket, replies.NO_RECIPIENTS)
        else:
            server.reply(ticket, replies.BAD_SEQUENCE)
        return True

    def on_chunk(self) -> None:
        """A chunk was accepted; the first one begins the body."""
        if self._session.phase is Phase.SESSION:
            self._session.turn(Turn.BODY_BEGAN)

    def drop_body(self) -> None:
        """RSET, EHLO or QUIT between two chunks."""
        if self._session.phase is Phase.RECEIVING:
            self._session.turn(Turn.BODY_DROPPED)
            self._session.do(DiscardBody())

    def on_body_ended(self, event: BodyEnded) -> None:
        """The body is complete: have it inspected, or refuse it for how it was sent."""
        self._final_ticket = event.ticket
        self._session.turn(Turn.BODY_ENDED)
        refusal = event.refusal
        if refusal is None and self._session.next_hop_lost:
            refusal = replies.NOT_DELIVERED
        if refusal is not None:
            self._session.log("mail refused", str(refusal))
            self._session.do(DiscardBody())
            self._answer(refusal)
            return
        self._session.do(
            Inspect(
                envelope=self._envelope(),
                facts=event.facts,
                helo=self._greeting.helo,
                client_tls=self._greeting.client_tls,
                server_tls=self._greeting.server_tls,
                authenticated=self.authenticated,
            )
        )

    # --- the worker decides -----------------------------------------------------------------

    def forward(self, deliveries: Sequence[Delivery], *, hold_reply: bool) -> None:
        """See Relay.forward."""
        session = self._session
        if session.client_lost:
            return
        if session.phase is not Phase.INSPECTING or not deliveries:
            raise LocalProtocolError(f"nothing to forward in phase {session.phase}")
        session.turn(Turn.FORWARD)
        self._hold_reply = hold_reply or len(deliveries) > 1
        self._forwarding = Forwarding(session.client, self._envelope(), tuple(deliveries))
        if session.next_hop_lost:
            self._forwarding.lost(replies.NOT_DELIVERED)
        else:
            self._forwarding.start()
        self._check_receipts()

    def answer(self, reply: Reply) -> None:
        """See Relay.answer."""
        session = self._session
        if session.client_lost:
            return
        if session.phase not in (Phase.INSPECTING, Phase.FORWARDING, Phase.DECIDING):
            raise LocalProtocolError(f"no mail waits for an answer in phase {session.phase}")
        if self._forwarding is not None:
            # DATA cannot be taken back but by closing (RFC 5321 4.1.1.4).
            session.client.close()
            self._forwarding.lost(replies.NOT_DELIVERED)
            session.do(ReportReceipts(tuple(self._forwarding.receipts), answered=True))
        self._answer(reply)

    # --- the next hop answers ---------------------------------------------------------------

    def on_forward_reply(self, event: ReplyReceived) -> None:
        """The next hop answered a command of the forwarding."""
        if self._forwarding is not None:
            self._forwarding.on_reply(event)
            self._check_receipts()

    def drained(self) -> None:
        """The next hop's socket took the last window."""
        if self._forwarding is not None:
            self._forwarding.drained()
            self._check_receipts()

    @property
    def sending(self) -> bool:
        """Whether a body is on its way to the next hop."""
        return self._forwarding is not None and self._forwarding.sending

    def ask_drain(self) -> None:
        """Ask for a call of `drained`, if a window was given out."""
        if self._forwarding is not None and self._forwarding.take_drain():
            self._session.do_last(AwaitDrain())

    def next_hop_gone(self) -> None:
        """Nothing more can be delivered; while the worker thinks, its decision still counts."""
        if self._forwarding is not None:
            self._forwarding.lost(replies.NOT_DELIVERED)
            self._check_receipts()

    def client_gone(self) -> bool:
        """Nobody waits for the answer; whether the next hop still owes one worth waiting for."""
        session = self._session
        if session.phase is Phase.RECEIVING:
            session.do(DiscardBody())
        elif session.phase in (Phase.INSPECTING, Phase.FORWARDING, Phase.DECIDING):
            session.do(AbandonInspection())
        if self._forwarding is None:
            return False
        if self._forwarding.sending:
            session.client.close()
        self._forwarding.stop()
        self._check_receipts()
        return self._forwarding is not None

    def _check_receipts(self) -> None:
        """Report and answer once every receipt is in."""
        if self._forwarding is None or not self._forwarding.done:
            return
        receipts = tuple(self._forwarding.receipts)
        self._forwarding = None
        session = self._session
        answered = not self._hold_reply and not session.client_lost
        session.do(ReportReceipts(receipts, answered, session.client_lost))
        session.turn(Turn.RECEIPTS_IN)
        if session.client_lost:
            session.end()
        elif answered:
            self._answer(receipts[-1].reply.cleaned())

    def _answer(self, reply: Reply) -> None:
        """The client's final answer; the next hop is brought back to where the client is."""
        ticket, self._final_ticket = self._final_ticket, None
        if ticket is None:
            raise LocalProtocolError("no mail waits for an answer")
        session = self._session
        self._forwarding = None
        self._mail = None
        self._recipients.clear()
        session.turn(Turn.ANSWERED)
        session.server.reply(ticket, reply, closes=session.next_hop_lost)
        if session.client.ahead in (State.MAIL, State.RCPT):
            session.client.send(Rset(), OWN_TAG)
