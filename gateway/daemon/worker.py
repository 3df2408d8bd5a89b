"""A worker: SMTP on both sides for the flows steered to it, and the plan for their mails.

It has no privilege: its listening sockets, its connections onward and its inspector were made by
the supervisor. Of a mail it reads SMTP lines only; everything else is the inspector's work.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import socket
import sys
import time
from pathlib import Path

import structlog

from gateway.daemon import tls
from gateway.daemon.channel import (
    Beat,
    Drain,
    Drained,
    InspectorReady,
    Onward,
    ToProcess,
    WantInspector,
    WantOnward,
)
from gateway.daemon.emulatorclient import EmulatorClient
from gateway.daemon.inspection import PlanInspection
from gateway.daemon.jobs import Jobs
from gateway.daemon.launch import Launch, read_launch
from gateway.daemon.logs import set_up_logs
from gateway.daemon.mailservices import Shared
from gateway.daemon.member import Member, run, settle
from gateway.daemon.onward import OnwardError, OnwardSockets
from gateway.daemon.peer import Peer
from gateway.daemon.privileges import drop
from gateway.daemon.probe import HERE, NoMail, is_probe
from gateway.daemon.relaypolicy import relay_policy
from gateway.daemon.resolving import resolver_of
from gateway.daemon.session import Session, SessionSettings
from gateway.daemon.spool import BodyBuffer
from gateway.daemon.upkeep import HOUR, Upkeep
from gateway.engines.antivirus import Clamd
from gateway.engines.reputation import Feeds
from gateway.model import Flow
from gateway.policy import TlsMode
from gateway.sandbox import Inspector
from gateway.smtp import replies
from gateway.store import Originals, Quarantine, SqliteCache, SqliteJournal, open_database

log = structlog.get_logger()

REFUSED = "connections refused: limits.connections"
"""The counter of connections beyond the limit."""

_COLLECT_AFTER = 20_000
"""New containers before Python looks for cycles. A mail makes thousands, hardly any in a cycle;
Python's own 700 would have it look several times in each mail."""

MAX_PROBES = 8
"""Probes at a time. The supervisor has one under way, beside those that it has given up."""

PING_SECONDS = 1.0
"""Between two questions to the inspector whether it still answers."""

PATIENCE_SECONDS = 3.0
"""How long its answer may take. It comes within a millisecond; but giving an inspector up costs
every guest at work in it, and a machine under load answers late."""


class Worker:
    """The sessions of one worker and what they share."""

    def __init__(self, launch: Launch) -> None:
        """Everything that needs privilege or the settings files' directories happens here."""
        self._launch = launch
        self._config = launch.config()
        self._policy = launch.policy()
        self._state = Path(self._config.paths.state)
        self._sessions: set[Session] = set()
        self._jobs = Jobs()
        self._probes = Jobs()
        self._watches = Jobs()
        self._draining = False
        self._servers: list[asyncio.Server] = []
        self._member: Member
        self._onward: OnwardSockets
        self._inspector: Inspector
        self._settings = self._session_settings()

    def _session_settings(self) -> SessionSettings:
        terminate = self._config.tls.mode is TlsMode.TERMINATE
        certificate = tls.certificate_files(self._config)
        return SessionSettings(
            relay=relay_policy(self._config, self._policy),
            client_tls=tls.client_side(*certificate) if terminate else None,
            server_tls=tls.next_hop_side(),
            deadline_seconds=self._config.deadline.through_seconds,
        )

    async def main(self) -> None:
        """Serve until drained or told to end."""
        self._member = Member(self._launch, self._hear, self._beat)
        self._onward = OnwardSockets(self._ask_sockets)
        self._inspector = Inspector(
            socket.socket(fileno=self._launch.inspector), self._state / "spool", self._on_lost
        )
        self._inspection = PlanInspection(self._shared(), self._policy)
        self._inspection.afterwards.on_idle = self._leave_when_done
        await self._inspector.warm_up()
        upkeep = Upkeep(self._inspection, self._config, self._policy)
        await upkeep.look()
        self._onward.fill()
        await self._listen()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)
        self._watches.start(self._keep_asking())
        self._watches.start(upkeep.keep_looking())
        if self._launch.slot == 0:  # one worker does it for all
            self._watches.start(upkeep.keep_house())
        await self._member.live()

    def _shared(self) -> Shared:
        database = open_database(self._state / "journal.db")
        max_age = self._policy.cache.max_age_hours * HOUR
        return Shared(
            inspector=self._inspector,
            antivirus=Clamd(Path(self._config.antivirus.socket)),
            emulator=EmulatorClient(self._config),
            feeds=Feeds(),
            cache=SqliteCache(database, max_age, time.time),
            quarantine=Quarantine(self._state / "quarantine"),
            originals=Originals(self._state / "originals"),
            journal=SqliteJournal(database),
            resolver=resolver_of(self._config),
        )

    # --- connections ------------------------------------------------------------------------------

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in self._launch.listeners:
            listener = socket.socket(fileno=number)
            self._servers.append(await loop.create_server(self._new_peer, sock=listener))

    def _new_peer(self) -> Peer:
        return Peer(self._on_connection)

    def _on_connection(self, client: Peer) -> None:
        """Serve it, or say that there are too many; their mails under way count, too. Probes are
        not among them: a gateway that is busy is well."""
        try:
            flow = client.flow()
        except OSError:  # it came and went
            client.abort()
            return
        if is_probe(flow):
            self._on_probe(client, flow)
        elif len(self._jobs) < self._config.limits.connections:
            self._jobs.start(self._serve(client, flow))
        else:
            self._inspection.counters[REFUSED] += 1
            client.write(replies.TOO_MANY_CONNECTIONS.to_bytes())
            client.close()

    def _on_probe(self, client: Peer, flow: Flow) -> None:
        if len(self._probes) < MAX_PROBES:
            self._probes.start(self._answer_probe(client, flow))
        else:
            client.abort()

    async def _answer_probe(self, client: Peer, flow: Flow) -> None:
        """As `_serve`, with the supervisor's responder as the next hop, and uncounted."""
        buffer = BodyBuffer(self._state / "spool", self._config.limits.memory_body_bytes)
        session = Session(flow, self._settings, buffer, NoMail())
        server: Peer | None = None
        try:
            server = await self._connect(flow, (HERE, self._launch.probe_port))
            await session.run(client, server)
        finally:
            client.close()
            if server is not None:
                server.close()

    async def _serve(self, client: Peer, flow: Flow) -> None:
        buffer = BodyBuffer(self._state / "spool", self._config.limits.memory_body_bytes)
        session = Session(flow, self._settings_for(flow), buffer, self._inspection)
        self._sessions.add(session)
        if self._draining:  # it came while the listeners were closing
            session.stop()
        server: Peer | None = None
        try:
            server = await self._connect(flow, (flow.destination, flow.destination_port))
            await session.run(client, server)
        finally:
            self._sessions.discard(session)
            client.close()
            if server is not None:
                server.close()
            self._leave_when_done()

    def _settings_for(self, flow: Flow) -> SessionSettings:
        if flow.destination_port in self._config.smtp.submission_ports:
            return self._submission_settings
        return self._settings

    @functools.cached_property
    def _submission_settings(self) -> SessionSettings:
        relay = relay_policy(self._config, self._policy, submission=True)
        settings = self._settings
        return SessionSettings(
            relay, settings.client_tls, settings.server_tls, settings.deadline_seconds
        )

    async def _connect(self, flow: Flow, destination: tuple[str, int]) -> Peer | None:
        try:
            sock = await self._onward.connect(flow.source, destination)
        except OnwardError as error:
            log.warning("no next hop", why=str(error), client=flow.source)
            return None
        loop = asyncio.get_running_loop()
        try:
            _, server = await loop.create_connection(Peer, sock=sock)
        except OSError as error:
            sock.close()
            log.warning("no next hop", why=str(error), client=flow.source)
            return None
        return server

    # --- the supervisor's channel -----------------------------------------------------------------

    def _beat(self) -> Beat:
        return Beat(len(self._sessions), dict(self._inspection.counters))

    def _ask_sockets(self, message: WantOnward) -> None:
        self._member.send(message)

    def _on_lost(self) -> None:
        self._member.send(WantInspector("its host ended"))

    async def _keep_asking(self) -> None:
        """An inspector that hangs would have every mail time out: it is given up instead."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            if not self._inspector.alive:
                # Another one takes milliseconds to come: the supervisor could not send it.
                self._member.send(WantInspector("none has come"))
            elif not await self._inspector.ping(PATIENCE_SECONDS) and self._inspector.alive:
                self._member.send(WantInspector("it does not answer"))

    def _hear(self, message: ToProcess, descriptors: tuple[int, ...]) -> None:
        match message:
            case Onward():
                self._onward.take_delivery(message, descriptors)
            case InspectorReady() if descriptors:
                self._inspector.attach(socket.socket(fileno=descriptors[0]))
            case Drain():
                self._drain()
            case _:
                for descriptor in descriptors:
                    os.close(descriptor)

    def _drain(self) -> None:
        """Take no more connections; those there finish the mail under way, and what is emulated in
        the background is waited for."""
        self._draining = True
        for server in self._servers:
            server.close()
        for session in list(self._sessions):
            session.stop()
        self._leave_when_done()

    def _leave_when_done(self) -> None:
        if self._draining and not self._sessions and not self._inspection.afterwards.pending:
            self._member.send(Drained())


def main() -> None:
    """The process's entry."""
    launch = read_launch(sys.argv)
    settle(launch.cpus)
    set_up_logs(launch.config().log.level, f"worker@{launch.slot}")
    worker = Worker(launch)
    drop()
    run(worker.main)


if __name__ == "__main__":
    main()
