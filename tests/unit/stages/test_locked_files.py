"""A single file behind a password: what cannot be locked again stays what it was, a locked file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.daemon.detonator import Detonator
from gateway.daemon.mailservices import MailServices, Shared
from gateway.engines.antivirus import Clamd
from gateway.model import Content
from gateway.policy import load_gateway_config, load_policy
from gateway.sandbox import GuestFailed, Inspector, content_from_bytes, start_host
from gateway.stages.files import ExtractedFile, FileStatus, extract_file
from gateway.stages.services import NoResolver
from gateway.store import MemoryCache, NullJournal
from tests.unit.extraction import legacy
from tests.unit.extraction.locked.lockedlegacy import locked_word
from tests.unit.stages.fakes import FakeOriginals
from tests.unit.stages.line import NO_FEEDS, NotingHop, NotingQuarantine

WORD = "Sommer"


class Unlocking(Inspector):
    """Opens locks, and closes none."""

    async def lock(self, *question: object) -> Content | GuestFailed:  # type: ignore[override]
        return GuestFailed("its place is taken")


def extracted(work: Path, kind: type[Inspector]) -> ExtractedFile:
    data = locked_word(["Dear ", "Anna"], WORD, api=True, extra={"Macros": legacy.VBA})
    host = start_host()

    async def run() -> ExtractedFile:
        inspector = kind(host.socket)
        try:
            shared = Shared(
                inspector=inspector,
                antivirus=Clamd(Path("/nowhere")),
                emulator=Detonator(load_gateway_config(""), work),
                feeds=NO_FEEDS,
                cache=MemoryCache(),
                quarantine=NotingQuarantine(),
                originals=FakeOriginals(),
                journal=NullJournal(),
                resolver=NoResolver(),
            )
            services = MailServices(shared, NotingHop())
            name = f"{WORD}.doc"
            return await extract_file(content_from_bytes(data), name, load_policy(""), services)
        finally:
            inspector.close()

    try:
        return asyncio.run(run())
    finally:
        host.end()


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Inspector, FileStatus.CLEANED), (Unlocking, FileStatus.ENCRYPTED)],
)
def test_a_locked_file(tmp_path: Path, kind: type[Inspector], status: FileStatus) -> None:
    made = extracted(tmp_path, kind)
    assert made.status is status
    assert (made.content is None) == (status is FileStatus.ENCRYPTED)
    assert ("cannot be locked with its password again" in made.error) == (made.content is None)
