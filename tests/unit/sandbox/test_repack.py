"""`repack` through a real guest, and what is made of answers that make no sense."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from gateway.sandbox import (
    GuestFailed,
    Inspector,
    NewContent,
    Repacked,
    content_from_bytes,
    memory_file,
    start_host,
    wire,
)
from gateway.sandbox.messages import RepackAnswer, Stored
from gateway.sandbox.untrusted import AnswerError, repacked
from tests.unit.extraction.packages import members_of, zip_of

MEMBERS = {"a.txt": b"a" * 100, "b.bin": bytes(range(256))}


def test_a_member_is_replaced_and_a_missing_one_is_said() -> None:
    host = start_host()
    try:
        made, missing = asyncio.run(_both(host.socket))
    finally:
        host.end()
    assert isinstance(made, Repacked)
    assert members_of(made.content.read()) == {**MEMBERS, "a.txt": b"new"}
    assert missing == GuestFailed("a member that changes was not found in the archive")


async def _both(host: socket.socket) -> tuple[object, object]:
    """A replacement of a member that is there, and of one that is not."""
    archive = content_from_bytes(zip_of(MEMBERS))
    old, new = content_from_bytes(MEMBERS["a.txt"]), content_from_bytes(b"new")
    inspector = Inspector(host)
    try:
        made = await inspector.repack(archive, "zip", [NewContent(old, new)])
        return made, await inspector.repack(archive, "zip", [NewContent(new, old)])
    finally:
        inspector.close()


@pytest.mark.parametrize(
    "answer",
    [
        RepackAnswer(None, "zip", (), ""),
        RepackAnswer(Stored(True, 0, 4), "zip", (), "and an error"),
        RepackAnswer(Stored(True, 0, 5), "zip", (), ""),
        RepackAnswer(Stored(True, -1, 2), "zip", (), ""),
        RepackAnswer(Stored(True, 0, 4), "no type", (), ""),
    ],
    ids=["neither", "both", "too long", "before the beginning", "of no type"],
)
def test_answers_that_make_no_sense(answer: RepackAnswer) -> None:
    out = memory_file()
    os.write(out.fd, b"four")
    with pytest.raises(AnswerError):
        repacked(wire.encode(answer), out)
