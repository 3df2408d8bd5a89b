"""Detonates samples in guests of this machine and judges what they did.

The emulator process is this behind a socket; `explain` uses it directly. Detonations block, so
each runs in a thread; as many run at a time as the machine's settings say, the others wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from drivers.cpus import parse_cpu_list
from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Environment,
    Judgement,
    Present,
    Sample,
    StopKind,
    chosen,
    environments,
    judge,
    second,
)
from gateway.emulation.rulefolder import RuleFolder
from gateway.model import BytesContent, Content, Verdict
from gateway.policy import GatewayConfig
from gateway.sandbox.blocking import BlockingGuests
from gateway.stages.services import Emulated, HandedOn, NotEmulated


def guests_directory(config: GatewayConfig) -> Path:
    """Where the guests of a running gateway have their directories."""
    return Path(config.paths.run) / "emulation"


class _Question(NamedTuple):
    """What makes two runs the same: the bytes, and everything that the guest is told."""

    sha256: str
    type: str
    name: str
    seconds: int
    environment: str


@dataclass(frozen=True, slots=True)
class Detonated:
    """What a sample did, and what the rules say of it."""

    detonation: Detonation
    judgement: Judgement


class Detonator:
    """`gateway.stages.services.Emulator` in this process's own threads."""

    def __init__(self, config: GatewayConfig, work: Path) -> None:
        self._enabled = config.emulator.enabled
        cpus = frozenset(parse_cpu_list(config.emulator.cpus)) or None
        root = Path(config.emulator.guest_root)
        self._guests = BlockingGuests(cpus)
        microvm = Path(config.emulator.microvm_guest)
        self._environments = environments(root, work, cpus, self._guests, microvm)
        self._slots = asyncio.Semaphore(config.emulator.concurrency)
        self._rules = RuleFolder(Path(config.paths.state))
        self._underway: dict[_Question, asyncio.Task[Detonated | NotEmulated]] = {}
        self.waiting = 0
        self.running = 0
        self.shared = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The environments, in the order in which they are asked."""
        return tuple(each.name for each in self._environments)

    @property
    def rules_version(self) -> str:
        """Changes with any rule."""
        return self._rules.current().version

    def look(self) -> Iterator[tuple[str, frozenset[str], Present | Absent]]:
        """Each environment: its name, the types it runs, and whether it works here."""
        for each in self._environments:
            yield each.name, each.types, each.probe()

    def probe(self) -> tuple[str, ...]:
        """Try every environment once, as the first sample would; a sentence for each absent one."""
        return tuple(
            f"{name}: {answer.reason}"
            for name, _, answer in self.look()
            if isinstance(answer, Absent)
        )

    def close(self) -> None:
        """Remove what guests of processes that are gone left, and what all guests share."""
        for each in self._environments:
            each.sweep()
        self._guests.close()

    async def emulate(
        self, content: Content, type_name: str, name: str, budget_seconds: int
    ) -> Emulated | NotEmulated:
        """Have a sample run; never raises for what the sample does."""
        if not self._enabled:
            return NotEmulated("this machine does not emulate (emulator.enabled)", True)
        outcome = await self.run(Sample(name, type_name, content.read()), budget_seconds)
        if isinstance(outcome, NotEmulated):
            return outcome
        return as_emulated(outcome, self.rules_version)

    async def run(
        self, sample: Sample, seconds: int, environment: str = ""
    ) -> Detonated | NotEmulated:
        """Run a sample, in the `environment` of that name or in the one for its type.

        The same sample that is under way already is not run a second time: both get one answer.
        """
        digest = sha256(sample.data).hexdigest()
        question = _Question(digest, sample.type, sample.name, seconds, environment)
        task = self._underway.get(question)
        if task is None:
            task = asyncio.create_task(self._in_turn(sample, seconds, environment))
            self._underway[question] = task
            task.add_done_callback(lambda _: self._underway.pop(question, None))
        else:
            self.shared += 1
        # Who gives up waiting must not end the run of the others.
        return await asyncio.shield(task)

    async def _in_turn(
        self, sample: Sample, seconds: int, environment: str
    ) -> Detonated | NotEmulated:
        self.waiting += 1
        async with self._slots:
            self.waiting -= 1
            self.running += 1
            try:
                return await asyncio.to_thread(self._detonate, sample, seconds, environment)
            finally:
                self.running -= 1

    def _detonate(self, sample: Sample, seconds: int, name: str) -> Detonated | NotEmulated:
        offered = tuple(each for each in self._environments if name in ("", each.name))
        environment = chosen(sample, offered)
        if isinstance(environment, str):
            present = any(
                sample.type in each.types and not isinstance(each.probe(), Absent)
                for each in offered
            )
            known = any(sample.type in each.types for each in offered)
            return NotEmulated(environment, unsupported=present or not known)
        first = self._judged(environment, sample, seconds)
        other = second(environment, sample, offered)
        left = seconds - int(first.detonation.seconds)
        if first.judgement.verdict is not Verdict.UNSCANNED or other is None or left <= 0:
            return first
        further = self._judged(other, sample, left)
        return first if further.judgement.verdict is Verdict.UNSCANNED else further

    def _judged(self, environment: Environment, sample: Sample, seconds: int) -> Detonated:
        detonation = environment.detonate(sample, Context(), Budget(seconds=float(seconds)))
        return Detonated(detonation, judge(detonation, self._rules.current()))


def as_emulated(outcome: Detonated, version: str) -> Emulated:
    """A detonation in the words of the plan's stage; `version` is that of the rules."""
    detonation, judgement = outcome.detonation, outcome.judgement
    stopped = detonation.stopped_by
    return Emulated(
        environment=detonation.environment,
        version=detonation.version,
        summary=judgement.reason.rstrip("."),
        findings=tuple(hit.finding(version) for hit in judgement.hits),
        stopped_by=stopped.detail if stopped else "",
        timed_out=stopped is not None and stopped.kind is StopKind.TIMED_OUT,
        children=tuple(
            HandedOn(child.path, BytesContent(child.data)) for child in detonation.children
        ),
        omitted=", ".join(detonation.omitted[:3]),
        seconds=detonation.seconds,
    )
