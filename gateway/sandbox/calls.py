"""How a question reaches a guest and its answer comes back: the layer under `Inspector`.

Picks the guest (standing, the file's own, a fresh one of another zygote), repeats a call whose
guest ended through no fault of its own, and turns whatever comes back into a value. Knows no
operation.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gateway.model import Content
from gateway.sandbox import untrusted, wire
from gateway.sandbox.contents import FileContent, SharedFile, output_file
from gateway.sandbox.hostlink import HostLink
from gateway.sandbox.links import GuestLost, GuestSilent, Reply
from gateway.sandbox.plain import PLAIN_MS
from gateway.sandbox.pool import Pool
from gateway.sandbox.results import GuestFailed, GuestTimedOut
from gateway.sandbox.zygotes import PARSERS

MAX_DRAWN: Final = 512 * 1024 * 1024
"""Bytes of a drawn document: 300 pages of photographs."""

_NIL: Final = b"\xc0"
"""msgpack's nil: the answer of a plain attempt that needs a foreign parser."""

T = TypeVar("T")
_answer = msgspec.msgpack.Decoder(wire.Answer)


class Calls:
    """Calls to the guests of the host behind `sock`.

    `spool`: where large outputs are written; without it they stay in memory. `on_lost` is called
    when the host is gone; give another one to `attach` then. `parsers`: the host's module of
    operations (tests have one that breaks). Make it within a running event loop.
    """

    def __init__(
        self,
        sock: socket.socket,
        spool: Path | None = None,
        on_lost: Callable[[], None] | None = None,
        parsers: str = PARSERS,
    ) -> None:
        self._spool = spool
        self._host = HostLink(sock, on_lost)
        self._pool = Pool(self._host, parsers)

    @property
    def alive(self) -> bool:
        """Whether there is a host."""
        return self._host.alive

    def attach(self, sock: socket.socket) -> None:
        """Use another host in place of one that was lost."""
        self._pool.close()
        self._host.attach(sock)

    def close(self) -> None:
        """End all guests and give the host up."""
        self._pool.close()
        self._host.close()

    async def warm_up(self, *, opinion: bool = True) -> tuple[str, ...]:
        """Start the zygotes before the first mail needs them; says what confines guests here."""
        return await self._pool.warm_up(opinion=opinion)

    def take_peak_kib(self) -> int:
        """The most memory that a guest had at once, of those that ended since this was asked, in
        KiB; pages that it shares with all others count."""
        return self._host.take_peak_kib()

    async def ping(self, seconds: float = 2.0) -> bool:
        """Whether host and zygotes answer within `seconds`."""
        return await self._host.ping(seconds)

    def done(self, content: Content) -> None:
        """No more calls for `content` are to come: its guest may end."""
        self._pool.forget(content.sha256)

    async def standing(
        self,
        operation: str,
        request: msgspec.Struct,
        source: FileContent,
        out: SharedFile,
        budget_ms: int,
    ) -> Reply:
        """A call to a guest that many files share."""
        frame = _frame(operation, request, source)
        descriptors = (source.fd, out.fd)
        reply = await self._pool.standing(frame, descriptors, budget_ms / 1000)
        if isinstance(reply, GuestLost) and not reply.its_fault and self.alive:
            # It ended for another reason than this mail: another guest gets the mail.
            reply = await self._pool.standing(frame, descriptors, budget_ms / 1000)
        return _sealed(reply, out)

    async def for_file(
        self,
        operation: str,
        request: msgspec.Struct,
        source: FileContent,
        out: SharedFile,
        budget_ms: int,
        *,
        last: bool = False,
    ) -> Reply:
        """A call to the file's own guest; `last` when it is not needed any more."""
        frame = _frame(operation, request, source)
        descriptors = (source.fd, out.fd)
        key, seconds = source.sha256, budget_ms / 1000
        reply = await self._pool.for_file(key, frame, descriptors, seconds, last=last)
        if isinstance(reply, GuestLost) and not reply.its_fault and self.alive:
            reply = await self._pool.for_file(key, frame, descriptors, seconds, last=last)
        return _sealed(reply, out)

    async def once(
        self,
        zygote: str,
        operation: str,
        request: msgspec.Struct,
        source: FileContent,
        validate: Callable[[bytes, SharedFile], T],
        budget_ms: int,
    ) -> T | GuestFailed | GuestTimedOut:
        """An operation in a fresh guest of another zygote than the parsers'."""
        out = output_file(MAX_DRAWN, self._spool)
        frame = _frame(operation, request, source)
        reply = await self._pool.once(zygote, frame, (source.fd, out.fd), budget_ms / 1000)
        return read(_sealed(reply, out), budget_ms, lambda body: validate(body, out))

    async def second_opinion(
        self,
        operation: str,
        request: msgspec.Struct,
        source: FileContent,
        validate: Callable[[bytes], T],
        budget_ms: int,
    ) -> T | GuestFailed | GuestTimedOut:
        """A call to the guest of the second opinion, which writes nothing."""
        frame = _frame(operation, request, source)
        out = output_file(0, None)
        reply = await self._pool.opinion(frame, (source.fd, out.fd), budget_ms / 1000)
        return read(reply, budget_ms, validate)


def _frame(operation: str, request: msgspec.Struct, source: FileContent) -> bytes:
    body = msgspec.Raw(wire.encode(request))
    return wire.frame(wire.Call(operation, source.offset, source.size, body))


def _sealed(reply: Reply, out: SharedFile) -> Reply:
    """The reply, once nobody can change the output any more.

    A file on disk cannot be sealed: there the guest's process is gone or idle, and what it would
    change is what it alone made; a mail's own bytes are never taken from an output.
    """
    if isinstance(reply, bytes):
        out.seal()
    return reply


def read(
    reply: Reply, budget_ms: int, validate: Callable[[bytes], T]
) -> T | GuestFailed | GuestTimedOut:
    """A guest's reply as a value. A reply that makes no sense is a failed part, no more."""
    if isinstance(reply, GuestSilent):
        return GuestTimedOut(budget_ms)
    if isinstance(reply, GuestLost):
        return GuestFailed(reply.reason)
    try:
        answer = _answer.decode(reply)
        if answer.error:
            return GuestFailed(_one_line(answer.error))
        return validate(bytes(answer.body))
    except (msgspec.DecodeError, untrusted.AnswerError, OSError, RecursionError) as error:
        return GuestFailed(f"the guest's answer makes no sense: {_one_line(str(error))}")


def read_plain(reply: Reply, validate: Callable[[bytes], T]) -> T | None:
    """The reply to an attempt without foreign parsers; None when it decided nothing. What failed or
    took too long is tried again in a guest of its own, whose answer counts."""
    answer = read(reply, PLAIN_MS, lambda body: None if body == _NIL else validate(body))
    return None if isinstance(answer, GuestFailed | GuestTimedOut) else answer


def _one_line(untrusted_text: str) -> str:
    """An error text that may stem from hostile bytes, as one printable line."""
    text = " ".join(untrusted_text.split())[:300]
    return "".join(character if character.isprintable() else "?" for character in text)
