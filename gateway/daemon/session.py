"""One client connection and its next hop: sockets on one side, the relay machine on the other.

The relay decides, this carries its actions out in their order. It holds the mail that is being
received and starts its inspection; from there on the mail is `underway`. All bytes of a large mail
stay in its file; both sockets' flow control reaches through to the other side.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, assert_never

import structlog

from gateway.daemon.clocks import Clocks
from gateway.daemon.jobs import Jobs
from gateway.daemon.peer import Peer
from gateway.daemon.spool import BodyBuffer
from gateway.daemon.underway import Inspection, Underway, envelope_of
from gateway.model import Envelope, Flow
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
from gateway.smtp.policy import RelayPolicy
from gateway.smtp.relay import Relay
from gateway.smtp.replies import Reply
from gateway.smtp.session import Side
from gateway.smtp.states import Phase

log = structlog.get_logger()

OPAQUE_IDLE_SECONDS = 1200.0
"""How long an encrypted connection that passes unseen may be silent: twice the longest time that
RFC 5321 section 4.5.3.2 lets one side wait for the other."""

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What all sessions of a worker share. `client_tls` is None when STARTTLS is not offered."""

    relay: RelayPolicy
    client_tls: ssl.SSLContext | None
    server_tls: ssl.SSLContext
    deadline_seconds: float


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
        self._unstored = False
        self._opaque = False
        self._running = self._stopping = False
        self._over = asyncio.Event()
        self._clocks = Clocks(self._guarded(self._ring))
        self._jobs = Jobs(self._broke)

    # --- life -------------------------------------------------------------------------------

    async def run(self, client: Peer, server: Peer | None) -> None:
        """Serve the two connections until both are over; `server` is None when it is not there."""
        self._client, self._server = client, server
        if server is None:
            self._act(self._relay.server_closed())
        else:
            on_data, on_closed = self._on_server_data, self._on_server_closed
            server.attach(self._guarded(on_data), self._guarded(on_closed), self._mind_flow)
        on_data, on_closed = self._on_client_data, self._on_client_closed
        client.attach(self._guarded(on_data), self._guarded(on_closed), self._mind_flow)
        self._running = True
        if self._stopping:
            self.stop()
        await self._over.wait()
        await self._jobs.finished()

    def stop(self) -> None:
        """Finish the mail under way, then say 421; before `run`, as soon as it runs."""
        self._stopping = True
        if self._running and not self._opaque:
            self._act(self._relay.stop())

    # --- the border -------------------------------------------------------------------------

    def _guarded(self, handler: Callable[P, None]) -> Callable[P, None]:
        """`handler`, such that an error of ours ends this session and nothing else."""

        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                handler(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the session's border
                self._broke(error)

        return guarded

    def _broke(self, error: BaseException) -> None:
        """Both connections end without another word: the client has no answer, so it tries again,
        and a body whose dot is not out is cut off."""
        log.error("the session broke", error=repr(error), client=self.flow.source)
        self._client.abort()
        if self._server is not None:
            self._server.abort()
        self._end()

    # --- events of the sockets --------------------------------------------------------------

    def _on_client_data(self, data: bytes) -> None:
        if self._opaque:
            self._pass_on(self._server, data)
        else:
            self._act(self._relay.client_data(data))

    def _on_server_data(self, data: bytes) -> None:
        if self._opaque:
            self._pass_on(self._client, data)
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
                self._jobs.start(self._drain())
            case StoreBody(data):
                self._store(data)
            case DiscardBody():
                self._discard()
            case Inspect():
                self._jobs.start(self._inspect(action))
            case AbandonInspection():
                pass  # the analysis goes on: it fills the cache for the client's retry
            case ReportReceipts():
                self._report(action)
            case StartTlsClient():
                self._jobs.start(self._tls_with_client())
            case StartTlsServer():
                self._jobs.start(self._tls_with_server())
            case BecomeOpaque(reason):
                self._opaque = True
                self._inspection.unseen(self.flow, reason)
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
        self._clocks.stop()
        self._over.set()

    def _pass_on(self, peer: Peer | None, data: bytes) -> None:
        self._write(peer, data)
        self._mind_flow()

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

    # --- flow control and time-outs -----------------------------------------------------------

    def _mind_flow(self) -> None:
        """Pause a side that sends faster than it is read, and set the sides' clocks."""
        if self._over.is_set():
            return
        if self._opaque:
            self._client.reading(self._server is None or not self._server.full)
            if self._server is not None:
                self._server.reading(not self._client.full)
            self._clocks.set(Side.CLIENT, OPAQUE_IDLE_SECONDS)
            self._clocks.set(Side.SERVER, None)
            return
        # A client that reads no replies is not read either: they would pile up here.
        self._client.reading(self._relay.wants_client_data and not self._client.full)
        self._clocks.set(Side.CLIENT, self._relay.client_timeout)
        self._clocks.set(Side.SERVER, self._relay.server_timeout)

    def _ring(self, side: Side) -> None:
        if self._opaque:
            self._end_opaque()
        else:
            self._act(self._relay.timed_out(side))

    # --- TLS ----------------------------------------------------------------------------------

    async def _tls_with_client(self) -> None:
        context = self._settings.client_tls
        if context is not None and await self._handshake(self._client, context, server_side=True):
            self._act(self._relay.client_tls_started())
        else:
            self._client.abort()
            self._on_client_closed()  # after a failed handshake asyncio does not say so itself

    async def _tls_with_server(self) -> None:
        peer = self._server
        if peer is None:
            return
        if await self._handshake(peer, self._settings.server_tls, server_side=False):
            self._act(self._relay.server_tls_started())
            peer.acknowledge_quickly()
        else:
            peer.abort()
            self._on_server_closed()

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
            self._analyse(
                mail,
                envelope_of(action, self.flow, submission=self._settings.relay.relay_auth),
            )
        )
        reply = await mail.answer(analysis, self._settings.deadline_seconds)
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

    def _report(self, report: ReportReceipts | None) -> None:
        if self._waiting is not None:
            self._waiting.report(report)

    # --- what a mail under way asks for: see `underway.Conversation` --------------------------

    def awaits(self, mail: Underway) -> bool:
        return self._waiting is mail and self._relay.phase is Phase.INSPECTING

    def forward(self, deliveries: Sequence[Delivery], *, hold_reply: bool) -> None:
        self._act(self._relay.forward(deliveries, hold_reply=hold_reply))

    def keep_alive(self) -> None:
        self._act(self._relay.keep_alive())
