"""One inspected mail on its way to the next hop, in one body or several.

Purpose: the recipients of one mail may get different bodies. One body for all accepted recipients
goes into the transaction that is open already; anything else restarts: RSET, then MAIL, RCPT and
DATA for each body in turn.
Must never: send a final dot after `stop`, or for a body that was not given whole; keep more of a
body than a window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gateway.smtp.actions import Delivery, Envelope, Receipt
from gateway.smtp.client import Client
from gateway.smtp.commands import Data, Mail, Rcpt, Rset
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.events import ReplyReceived
from gateway.smtp.limits import FORWARD_WINDOW
from gateway.smtp.offer import Extension
from gateway.smtp.replies import LOCAL_ERROR, NOT_DELIVERED, Reply
from gateway.smtp.states import Kind, State, Verb

FORWARD_TAG: Final = -2
"""The tag of commands sent from here; the client machine gives it back with the reply."""


class Forwarding:
    """Drives the client machine until every delivery (at least one) has its receipts."""

    def __init__(
        self, client: Client, envelope: Envelope, deliveries: tuple[Delivery, ...]
    ) -> None:
        self._client = client
        self._envelope = envelope
        self._deliveries = deliveries
        self._group = 0
        # Recipients of the current group that have no receipt yet.
        self._open: list[Rcpt] = list(deliveries[0].recipients)
        self._unanswered = 0
        self._body: Iterator[bytes] | None = None
        self._dot_sent = False
        self._stopped = False
        self.receipts: list[Receipt] = []
        self._needs_drain = False

    @property
    def done(self) -> bool:
        """Whether every recipient of every delivery has a receipt."""
        return self._group == len(self._deliveries)

    @property
    def sending(self) -> bool:
        """Whether a body is on its way and its dot is not out."""
        return self._body is not None

    def take_drain(self) -> bool:
        """Whether a window was given out since the last call and has to be written first."""
        needed, self._needs_drain = self._needs_drain, False
        return needed

    def start(self) -> None:
        """Begin with the first delivery."""
        whole = self._deliveries[0].recipients == self._envelope.recipients
        if len(self._deliveries) == 1 and whole:
            self._send_data()
        else:
            self._begin()

    def on_reply(self, event: ReplyReceived) -> None:
        """The next hop answered one of our commands."""
        if event.verb is Verb.RSET or self.done:
            return
        if event.verb is Verb.DATA:
            self._on_data_reply(event.reply)
        elif event.verb is Verb.BODY:
            self._dot_sent = False
            self._settle(event.reply)
        else:
            self._on_envelope_reply(event)

    def drained(self) -> None:
        """The window given out last is written: give out the next."""
        self._send_window()

    def stop(self) -> None:
        """Begin nothing new. A body not given whole is cut off with its connection; one whose dot
        is out gets its receipt when the answer comes."""
        self._stopped = True
        if not self._dot_sent:
            self.lost(NOT_DELIVERED)

    def lost(self, reply: Reply) -> None:
        """The next hop is gone: what has no receipt yet gets `reply`."""
        self._body = None
        while not self.done:
            self._record(self._open, reply, uncertain=self._dot_sent)
            self._dot_sent = False
            self._next_group()

    # --- one delivery -----------------------------------------------------------------------

    def _begin(self) -> None:
        """MAIL and all RCPTs of the current delivery, in one flight if the next hop pipelines."""
        delivery = self._deliveries[self._group]
        if self._client.ahead is not State.READY:
            self._client.send(Rset(), FORWARD_TAG)
        self._client.send(self._mail(delivery), FORWARD_TAG)
        for recipient in delivery.recipients:
            self._client.send(recipient, FORWARD_TAG)
        self._unanswered = 1 + len(delivery.recipients)

    def _mail(self, delivery: Delivery) -> Mail:
        """MAIL as the client gave it, with this body's own size."""
        mail = self._envelope.mail
        size = delivery.size if self._client.offer.has(Extension.SIZE) else None
        return replace(mail, size=size)

    def _on_envelope_reply(self, event: ReplyReceived) -> None:
        self._unanswered -= 1
        if not event.reply.ok:
            refused = [event.command] if isinstance(event.command, Rcpt) else list(self._open)
            self._refused([each for each in refused if each in self._open], event.reply)
        if self._unanswered or self._client.state is State.CLOSED:
            return
        if self._open:
            self._send_data()
        else:
            self._begin_next()

    def _refused(self, recipients: list[Rcpt], reply: Reply) -> None:
        """Receipts for some. After a refused MAIL nobody is left: what RCPT gets says nothing."""
        if recipients:
            self._record(recipients, reply)
        for recipient in recipients:
            self._open.remove(recipient)

    def _send_data(self) -> None:
        self._client.send(Data(), FORWARD_TAG)

    def _on_data_reply(self, reply: Reply) -> None:
        if reply.kind is not Kind.MORE:
            self._settle(reply)
            return
        self._body = iter(self._deliveries[self._group].body)
        self._send_window()

    def _send_window(self) -> None:
        """Give out up to a window of the body; the dot only when the body is whole."""
        if self._body is None:
            return
        given = 0
        try:
            for chunk in self._body:
                self._client.send_body(chunk)
                given += len(chunk)
                if given >= FORWARD_WINDOW:
                    self._needs_drain = True
                    return
            self._client.end_body(FORWARD_TAG)
        except LocalProtocolError:
            # Our own rebuild made a body that must not leave. Closing without the dot is the only
            # way to take back a DATA that was begun (RFC 5321 4.1.1.4).
            self._client.close()
            self.lost(LOCAL_ERROR)
            return
        self._body = None
        self._dot_sent = True

    def _settle(self, reply: Reply) -> None:
        """The whole delivery is answered."""
        self._record(self._open, reply)
        self._begin_next()

    def _begin_next(self) -> None:
        self._next_group()
        if self.done:
            return
        if self._stopped or self._client.state is State.CLOSED:
            self.lost(NOT_DELIVERED)
        else:
            self._begin()

    def _next_group(self) -> None:
        self._group += 1
        self._open = [] if self.done else list(self._deliveries[self._group].recipients)

    def _record(self, recipients: list[Rcpt], reply: Reply, *, uncertain: bool = False) -> None:
        self.receipts.append(Receipt(self._group, tuple(recipients), reply, uncertain))
