"""The interceptor: answers the first packet of every flow, and nothing else.

One process binds all queues (one per worker, so that the kernel spreads the packets); its
decision is `steering`. It keeps CAP_NET_ADMIN and no other right. It reads the IP and TCP header
of a SYN; it never sees a mail.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import time

from drivers import Accept, DriverError, Drop, Marks, Question, QueueSet, Verdict
from gateway.daemon.channel import Beat, NewPolicy, ToProcess, Workers
from gateway.daemon.launch import Launch, read_launch
from gateway.daemon.member import Member, run, settle
from gateway.daemon.privileges import drop
from gateway.daemon.steering import Decision, SteeringTable
from gateway.daemon.topology import BY_ROLE, Role
from gateway.model import Flow, Side
from gateway.policy import OnFailure, load_policy


class Interceptor:
    """Steers flows by the table; the supervisor keeps the table's view of the workers fresh."""

    def __init__(self, launch: Launch) -> None:
        self._marks = Marks(launch.mark_base)
        self.table = SteeringTable(
            policy=launch.policy(),
            bypass=launch.config().on_failure is OnFailure.BYPASS,
            sessions=[0] * launch.workers,
        )

    def decide(self, question: Question) -> Verdict:
        """The verdict on one first packet."""
        syn = question.syn
        side = Side(question.side.value) if question.side is not None else Side.CLIENT
        flow = Flow(syn.src, syn.sport, syn.dst, syn.dport, side)
        steering = self.table.decide(flow, time.monotonic())
        match steering.decision:
            case Decision.INSPECT:
                return Accept(self._marks.worker(steering.worker))
            case Decision.PASS:
                return Accept(self._marks.passed)
            case Decision.DROP:
                return Drop()

    def hear(self, message: ToProcess, descriptors: tuple[int, ...]) -> None:
        """Take the supervisor's view of the workers, or a new policy; the rest is not for us."""
        match message:
            case Workers(sessions):
                self.table.update(list(sessions))
            case NewPolicy() if descriptors:
                text, descriptors = _text(descriptors[0]), descriptors[1:]
                self.table.policy = load_policy(text, message.file)
                self.table.bypass = message.bypass
            case _:
                pass
        for descriptor in descriptors:  # nothing else that is sent to us carries any
            os.close(descriptor)

    def beat(self) -> Beat:
        """Counters by decision and reason."""
        return Beat(counters=dict(self.table.counters))


def _text(descriptor: int) -> str:
    """What a sealed letter says; it is closed."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, encoding="utf-8") as letter:
        return letter.read()


async def main(launch: Launch) -> None:
    """Bind the queues, drop privilege, answer until the supervisor ends."""
    interceptor = Interceptor(launch)
    numbers = range(launch.queue_base, launch.queue_base + launch.workers)
    with QueueSet(numbers, interceptor.decide, Marks(launch.mark_base)) as queues:
        drop(keep=BY_ROLE[Role.INTERCEPTOR].keep or frozenset())
        loop = asyncio.get_running_loop()
        for queue in queues.queues.values():
            loop.add_reader(queue.fileno(), queue.read)
        await Member(launch, interceptor.hear, interceptor.beat).live()
        for queue in queues.queues.values():
            loop.remove_reader(queue.fileno())


if __name__ == "__main__":
    letter = read_launch(sys.argv)
    settle(letter.cpus)
    try:
        run(functools.partial(main, letter))
    except DriverError as error:
        raise SystemExit(f"interceptor: {error}") from error
