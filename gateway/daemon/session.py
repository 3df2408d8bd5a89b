"""One client connection and its next hop: sockets on one side, the relay machine on the other.

The relay decides, this carries its actions out in their order. It holds the mail that is being
received, starts its inspection, and gives the relay the bodies to forward. All bytes of a large
mail stay in its file; both sockets' flow control reaches through to the other side.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

import structlog

from gateway.daemon.peer import Peer
from gateway.daemon.spool import BodyBuffer
from gateway.model import Content, Envelope, Flow, Receipt, chunks
from gateway.pipeline import Body
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
    Inspect,
    Log,
    ReportReceipts,
    SendToClient,
    SendToServer,
    StartTlsClient,
    StartTlsServer,
    StoreBody,
)
from gateway.smtp.commands import Rcpt
from gateway.smtp.policy import RelayPolicy
from gateway.smtp.relay import Relay
from gateway.smtp.replies import Reply
from gateway.smtp.session import Side
from gateway.smtp.states import Phase

log = structlog.get_logger()

KEEP_ALIVE_SECONDS = 60.0
"""Between two signs of life to a next hop whose transaction waits for an inspection; Postfix and
Exim give up after 300 s."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What the next hop answered, and whether the client was given that answer already."""

    receipts: tuple[Receipt, ...]
    client_answered: bool


class Inspection(Protocol):
    """Inspects one mail; it forwards through the `Underway` it is given."""

    async def inspect(self, message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        """Run the plan. The client's answer; None when it has it already."""
        ...


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What all sessions of a worker share. `client_tls` is None when STARTTLS is not offered."""

    relay: RelayPolicy
    client_tls: ssl.SSLContext | None
    server_tls: ssl.SSLContext
    deadline_seconds: float


class Underway:
    """One mail of a session, from its end to its answer. A session may have several: one whose
    client was told 451 is analysed on while the client goes on; nothing of it is delivered."""

    def __init__(self, session: Session, recipients: tuple[Rcpt, ...]) -> None:
        self._session = session
        self._recipients = recipients
        self.answered = False

    async def forward(self, bodies: Sequence[Body], *, hold_reply: bool) -> Forwarded | None:
        """Hand `bodies` to the next hop. None: nobody waits for this mail any more, and nothing of
        it was delivered (the client is gone, or was told 451 at the deadline)."""
        deliveries = [self._delivery(body) for body in bodies]
        forwarded = await self._session.forward(self, deliveries, hold_reply=hold_reply)
        if forwarded is not None:
            self.answered = forwarded.client_answered
        return forwarded

    def _delivery(self, body: Body) -> Delivery:
        wanted = set(body.recipients)
        recipients = tuple(rcpt for rcpt in self._recipients if rcpt.recipient in wanted)
        return Delivery(recipients, chunks(body.content), body.content.size)


class Session:
    """Drives one relay. `run` returns when both connections are over."""

    def __init__(
        self, flow: Flow, settings: SessionSettings, buffer: BodyBuffer, inspection: Inspection
    ) -> None:
        self.flow = flow
        self._settings = settings
        self._buffer = buffer
        self._inspection = inspection
        self._relay = Relay(settings.relay)
        self._client = Peer()
        self._server: Peer | None = None
        self._waiting: Underway | None = None
        self._receipts: asyncio.Future[ReportReceipts | None] | None = None
        self._unstored = False
        self._opaque = False
        self._over = asyncio.Event()
        self._timers: dict[Side, asyncio.TimerHandle] = {}
        self._deadlines: dict[Side, float | None] = {}
        self._jobs: set[asyncio.Task[None]] = set()

    # --- life -------------------------------------------------------------------------------

    async def run(self, client: Peer, server: Peer | None) -> None:
        """Serve the two connections until both are over; `server` is None when it is not there."""
        self._client, self._server = client, server
        if server is None:
            self._act(self._relay.server_closed())
        else:
            server.attach(self._on_server_data, self._on_server_closed)
        client.attach(self._on_client_data, self._on_client_closed)
        await self._over.wait()
        while self._jobs:
            await asyncio.wait(self._jobs)

    def stop(self) -> None:
        """Finish the mail under way, then say 421."""
        if not self._opaque:
            self._act(self._relay.stop())

    # --- events of the sockets --------------------------------------------------------------

    def _on_client_data(self, data: bytes) -> None:
        if self._opaque:
            self._write(self._server, data)
        else:
            self._act(self._relay.client_data(data))

    def _on_server_data(self, data: bytes) -> None:
        if self._opaque:
            self._write(self._client, data)
        else:
            self._act(self._relay.server_data(data))

    def _on_client_closed(self) -> None:
        if self._opaque:
            self._end_opaque()
        else:
            self._act(self._relay.client_closed())

    def _on_server_closed(self) -> None:
        if self._opaque:
            self._end_opaque()
        else:
            self._act(self._relay.server_closed())

    # --- the relay's actions ------------------------------------------------------------------

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self._carry_out(action)
        self._mind_flow()

    def _carry_out(self, action: Action) -> None:
        match action:
            case SendToClient(data):
                self._write(self._client, data)
            case SendToServer(data):
                self._write(self._server, data)
            case AwaitDrain():
                self._spawn(self._drain())
            case StoreBody(data):
                self._store(data)
            case DiscardBody():
                self._discard()
            case Inspect():
                self._spawn(self._inspect(action))
            case AbandonInspection():
                pass  # the analysis goes on: it fills the cache for the client's retry
            case ReportReceipts():
                self._report(action)
            case StartTlsClient():
                self._spawn(self._tls_with_client())
            case StartTlsServer():
                self._spawn(self._tls_with_server())
            case BecomeOpaque(reason):
                self._opaque = True
                log.warning("connection passes unscanned", reason=reason, client=self.flow.source)
            case CloseClient():
                self._close(self._client)
            case CloseServer():
                self._close(self._server)
            case Log(what, detail):
                log.info(what, detail=detail, client=self.flow.source)
            case _:
                assert_never(action)

    def _store(self, data: bytes) -> None:
        """Keep a piece of the mail; when the spool is full the rest is only read, and the client
        is told so at the end, where SMTP has a reply for it."""
        if self._unstored:
            return
        try:
            self._buffer.write(data)
        except OSError as error:
            log.error("the spool cannot be written", error=str(error), client=self.flow.source)
            self._buffer.discard()
            self._unstored = True

    def _discard(self) -> None:
        self._buffer.discard()
        self._unstored = False

    def _write(self, peer: Peer | None, data: bytes) -> None:
        if peer is not None:
            peer.write(data)

    def _close(self, peer: Peer | None) -> None:
        if peer is not None:
            peer.close()
        if self._client.closing and (self._server is None or self._server.closing):
            self._end()

    def _end(self) -> None:
        self._discard()
        self._report(None)
        self._over.set()

    def _end_opaque(self) -> None:
        self._close(self._client)
        self._close(self._server)

    async def _drain(self) -> None:
        if self._server is not None:
            await self._server.drain()
        try:
            self._act(self._relay.drained())
        except OSError as error:  # a body in the spool cannot be read to its end
            log.error("a body cannot be read", error=str(error), client=self.flow.source)
            self._report(None)  # the stage fails, and its answer takes the mail back

    def _spawn(self, job: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    # --- flow control and time-outs -----------------------------------------------------------

    def _mind_flow(self) -> None:
        """Pause a side that sends faster than we can use it, and set the sides' clocks."""
        over = self._opaque or self._over.is_set()
        self._client.reading(over or self._relay.wants_client_data)
        self._set_timer(Side.CLIENT, None if over else self._relay.client_timeout)
        self._set_timer(Side.SERVER, None if over else self._relay.server_timeout)

    def _set_timer(self, side: Side, seconds: float | None) -> None:
        """Move a side's deadline. The timer itself is only made when none runs: a session sees
        hundreds of events, and nearly all of them only move the deadline further away."""
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + seconds
        self._deadlines[side] = deadline
        if deadline is not None and side not in self._timers:
            self._timers[side] = loop.call_at(deadline, self._ring, side)
        if self._over.is_set() and (timer := self._timers.pop(side, None)) is not None:
            timer.cancel()

    def _ring(self, side: Side) -> None:
        del self._timers[side]
        deadline = self._deadlines.get(side)
        if deadline is None:
            return
        loop = asyncio.get_running_loop()
        if deadline > loop.time():
            self._timers[side] = loop.call_at(deadline, self._ring, side)
        else:
            self._act(self._relay.timed_out(side))

    # --- TLS ----------------------------------------------------------------------------------

    async def _tls_with_client(self) -> None:
        context = self._settings.client_tls
        if context is None or not await self._handshake(self._client, context, server_side=True):
            self._client.abort()
        else:
            self._act(self._relay.client_tls_started())

    async def _tls_with_server(self) -> None:
        peer = self._server
        if peer is None:
            return
        if await self._handshake(peer, self._settings.server_tls, server_side=False):
            self._act(self._relay.server_tls_started())
            peer.acknowledge_quickly()
        else:
            peer.abort()

    async def _handshake(self, peer: Peer, context: ssl.SSLContext, *, server_side: bool) -> bool:
        try:
            await peer.start_tls(context, server_side=server_side)
        except (TimeoutError, OSError) as error:  # ssl.SSLError is an OSError
            whom = "the client" if server_side else "the next hop"
            log.warning(f"tls with {whom} failed", error=str(error)[:200])
            return False
        return True

    # --- inspection ---------------------------------------------------------------------------

    async def _inspect(self, action: Inspect) -> None:
        mail = self._waiting = Underway(self, action.envelope.recipients)
        analysis = asyncio.get_running_loop().create_task(
            self._analyse(mail, self._envelope(action))
        )
        reply = await self._within_deadline(mail, analysis)
        if self._waiting is mail:
            self._waiting = None
        if reply is not None:
            self._act(self._relay.answer(reply))
        if not analysis.done():
            await asyncio.wait([analysis])

    async def _analyse(self, mail: Underway, envelope: Envelope) -> Reply | None:
        """Have the mail inspected; whatever breaks, the client gets an answer."""
        if self._unstored:
            self._unstored = False
            return replies.LOCAL_ERROR
        try:
            return await self._inspection.inspect(self._buffer.content(), envelope, mail)
        except Exception as error:  # noqa: BLE001 - the session's border: the client needs an answer
            log.error("the inspection broke", error=repr(error), client=self.flow.source)
            return None if mail.answered else replies.LOCAL_ERROR

    def _envelope(self, action: Inspect) -> Envelope:
        return Envelope(
            sender=action.envelope.mail.sender,
            recipients=tuple(rcpt.recipient for rcpt in action.envelope.recipients),
            client=self.flow.source,
            server=self.flow.destination,
            helo=action.helo,
            tls=action.client_tls,
            authenticated=action.authenticated,
        )

    async def _within_deadline(
        self, mail: Underway, analysis: asyncio.Task[Reply | None]
    ) -> Reply | None:
        """The analysis' answer, or 451 when the deadline passes first; the analysis goes on."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.deadline_seconds
        while (left := deadline - loop.time()) > 0:
            await asyncio.wait([analysis], timeout=min(left, KEEP_ALIVE_SECONDS))
            if analysis.done():
                return analysis.result()
            self._act(self._relay.keep_alive())
        if self._receipts is not None or mail.answered:
            return await analysis  # the next hop is answering: its own time-outs bound that
        return replies.INSPECTION_PENDING

    async def forward(
        self, mail: Underway, deliveries: Sequence[Delivery], *, hold_reply: bool
    ) -> Forwarded | None:
        """See `Underway.forward`, which is who calls this."""
        if self._waiting is not mail or self._relay.phase is not Phase.INSPECTING:
            return None
        self._receipts = asyncio.get_running_loop().create_future()
        self._act(self._relay.forward(deliveries, hold_reply=hold_reply))
        report = await self._receipts
        self._receipts = None
        if report is None:
            return None
        receipts = tuple(
            Receipt(
                tuple(rcpt.recipient for rcpt in receipt.recipients),
                receipt.reply.code,
                str(receipt.reply),
            )
            for receipt in report.receipts
        )
        return Forwarded(receipts, report.answered)

    def _report(self, report: ReportReceipts | None) -> None:
        if self._receipts is not None and not self._receipts.done():
            self._receipts.set_result(report)
