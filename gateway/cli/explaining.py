"""explain: the whole plan on a mail, with the engines of this machine, and nothing delivered.

Hostile bytes are parsed by an inspector of our own, in its confinement, never in this process.
Nothing is left behind: no journal row, no cached verdict, no quarantine.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Never

from gateway.cli.inspecting import inspector_host
from gateway.daemon.detonator import Detonator
from gateway.daemon.inspection import new_case
from gateway.daemon.mailservices import MailServices, Shared
from gateway.engines.antivirus import Clamd
from gateway.engines.reputation import load_feeds
from gateway.model import Content, Envelope
from gateway.pipeline import Body, Case, Report, execute, report_of
from gateway.policy import GatewayConfig, Policy
from gateway.sandbox import Inspector, content_from_bytes
from gateway.stages import PLAN
from gateway.stages.services import Emulator
from gateway.store import Kept, MemoryCache, NullJournal, Original


class NowhereHop:
    """A next hop that is never reached."""

    delivers = False
    awaited = False

    async def forward(self, bodies: Sequence[Body], *, hold_reply: bool) -> Never:
        raise AssertionError("the stage `forward` does not run where nothing is delivered")


class NoQuarantine:
    """A quarantine that is never used, because nothing is delivered."""

    def keep(self, kept: Kept, body: Content) -> None:
        raise AssertionError("nothing is kept of a mail that is only explained")

    def drop(self, kept_id: str) -> None:
        raise AssertionError("nothing was kept of a mail that is only explained")


class NoOriginals:
    """Originals that are never kept, because nothing is delivered."""

    def keep(self, original: Original, body: Content) -> None:
        raise AssertionError("no original is kept of a mail that is only explained")

    def drop(self, original_id: str) -> None:
        raise AssertionError("no original was kept of a mail that is only explained")

    def token(self, original_id: str, recipient: str) -> str:
        return f"{original_id}.explained"


def explain(mail: bytes, envelope: Envelope, config: GatewayConfig, policy: Policy) -> Report:
    """What the gateway would do with `mail`. Raises CliError when the inspector cannot start."""
    with (
        inspector_host(config) as host,
        tempfile.TemporaryDirectory(prefix="sluice-explain-") as directory,
        closing(Detonator(config, Path(directory))) as emulator,
    ):
        return asyncio.run(_explain(mail, envelope, config, policy, host.socket, emulator))


async def _explain(
    mail: bytes,
    envelope: Envelope,
    config: GatewayConfig,
    policy: Policy,
    host: socket.socket,
    emulator: Detonator,
) -> Report:
    inspector = Inspector(host)
    try:
        shared = engines_of(config, inspector, emulator)
        return report_of(await explained(mail, envelope, policy, shared))
    finally:
        inspector.close()


def engines_of(config: GatewayConfig, inspector: Inspector, emulator: Emulator) -> Shared:
    """This machine's engines, with a cache, a quarantine and a journal that keep nothing."""
    return Shared(
        inspector=inspector,
        antivirus=Clamd(Path(config.antivirus.socket)),
        emulator=emulator,
        feeds=load_feeds(Path(config.reputation.feeds)),
        cache=MemoryCache(),
        quarantine=NoQuarantine(),
        originals=NoOriginals(),
        journal=NullJournal(),
    )


async def explained(mail: bytes, envelope: Envelope, policy: Policy, shared: Shared) -> Case:
    """The finished case of `mail`: the plan has run, and nothing was delivered."""
    case = new_case(content_from_bytes(mail), envelope, policy, PLAN.version())
    return await execute(PLAN, case, MailServices(shared, NowhereHop()))
