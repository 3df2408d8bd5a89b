"""The queues of first packets, behind a small typed surface over NetfilterQueue.

One process binds several queues and waits on their descriptors in its event loop. For every first
packet a callback returns a verdict: accept with a mark, or drop. There is no third answer: never
NF_REPEAT, which without a guard feeds a packet back for ever (404,555 times in 5 s, measured).

A packet that cannot be read is dropped and counted; a callback that raises drops its packet, and
the error reaches the caller of `read`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from netfilterqueue import COPY_PACKET, NetfilterQueue, Packet

from drivers.config import Side
from drivers.errors import DriverError
from drivers.marks import Marks
from drivers.syn import NotASyn, Syn, parse_syn

COPY_BYTES: Final = 512
"""Bytes of a packet that are copied to us: both IP headers, their options, and several extension
headers. The data a SYN may carry is not looked at."""

QUEUE_LENGTH: Final = 4096
"""First packets that may wait. Beyond, the kernel drops them and clients send them again."""


@dataclass(frozen=True, slots=True)
class Accept:
    """Let the packet go on with `mark` (see `drivers.marks.Marks`)."""

    mark: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Drop the packet; the client will try again."""


Verdict = Accept | Drop


@dataclass(frozen=True, slots=True)
class Question:
    """A first packet, where it came from, and the queue it waits in.

    `side` is the NIC of the pair (None: the packet has no mark of ours, so it was queued by
    somebody else's rule); `indev` is the kernel's interface index (the bridge's, in bridge mode).
    """

    queue: int
    syn: Syn
    side: Side | None
    indev: int


Decide = Callable[[Question], Verdict]


class Queue:
    """One bound queue; `fileno` for an event loop, `read` when it is readable."""

    def __init__(self, number: int, decide: Decide, marks: Marks) -> None:
        """Bind queue `number`; raises `DriverError` when it is taken or the right is missing."""
        self.number = number
        self.unreadable = 0
        self._decide = decide
        self._marks = marks
        self._error: Exception | None = None
        try:
            self._queue: NetfilterQueue | None = NetfilterQueue()
            self._queue.bind(
                number, self._answer, max_len=QUEUE_LENGTH, mode=COPY_PACKET, range=COPY_BYTES
            )
        except OSError as error:
            raise DriverError(
                f"Cannot bind queue {number}: it is bound already, or CAP_NET_ADMIN is missing."
            ) from error

    def fileno(self) -> int:
        if self._queue is None:
            raise DriverError(f"Queue {self.number} is closed.")
        return self._queue.get_fd()

    def read(self) -> None:
        """Answer every packet that waits, without blocking; raises what `decide` raised."""
        if self._queue is None:
            return
        self._queue.run(block=False)
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def close(self) -> None:
        """Free the queue at once. The kernel drops the packets that wait in it; from then on the
        rules decide (`on_failure`)."""
        if self._queue is not None:
            self._queue.unbind()
            self._queue = None  # the last reference: closes the netlink socket

    def _answer(self, packet: Packet) -> None:
        """Called by the library, which would lose an exception: it is kept for `read`."""
        try:
            verdict = self._verdict(packet)
        except Exception as error:  # noqa: BLE001 - a packet must get its verdict, whatever fails
            self._error = error
            verdict = Drop()
        match verdict:
            case Accept(mark):
                packet.set_mark(mark)
                packet.accept()
            case Drop():
                packet.drop()

    def _verdict(self, packet: Packet) -> Verdict:
        try:
            syn = parse_syn(packet.get_payload())
        except NotASyn:
            self.unreadable += 1
            return Drop()
        side = self._marks.side_of(packet.mark)
        return self._decide(Question(self.number, syn, side, packet.indev))


class QueueSet:
    """Several queues with one `decide`; all are bound, or none is."""

    def __init__(self, numbers: Iterable[int], decide: Decide, marks: Marks) -> None:
        self.queues: dict[int, Queue] = {}
        try:
            for number in numbers:
                self.queues[number] = Queue(number, decide, marks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for queue in self.queues.values():
            queue.close()
        self.queues.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
