"""Detonates samples in guests of this machine and judges what they did.

The emulator process is this behind a socket; `explain` uses it directly. Detonations block, so
each runs in a thread; as many run at a time as the machine's settings say, the others wait.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from drivers.cpus import parse_cpu_list
from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Judgement,
    Sample,
    StopKind,
    chosen,
    environments,
    judge,
    load_rules,
)
from gateway.model import Content
from gateway.policy import GatewayConfig
from gateway.sandbox.blocking import BlockingGuests
from gateway.stages.services import Emulated, NotEmulated


def guests_directory(config: GatewayConfig) -> Path:
    """Where the guests of a running gateway have their directories."""
    return Path(config.paths.run) / "emulation"


class Detonator:
    """`gateway.stages.services.Emulator` in this process's own threads."""

    def __init__(self, config: GatewayConfig, work: Path) -> None:
        self._enabled = config.emulator.enabled
        cpus = frozenset(parse_cpu_list(config.emulator.cpus)) or None
        root = Path(config.emulator.guest_root)
        self._guests = BlockingGuests(cpus)
        self._environments = environments(root, work, cpus, self._guests)
        self._slots = asyncio.Semaphore(config.emulator.concurrency)
        self._rules = load_rules()
        self.waiting = 0
        self.running = 0

    def probe(self) -> tuple[str, ...]:
        """Try every environment once, as the first sample would; a sentence for each absent one."""
        found = ((each.name, each.probe()) for each in self._environments)
        return tuple(
            f"{name}: {answer.reason}" for name, answer in found if isinstance(answer, Absent)
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
        sample = Sample(name, type_name, content.read())
        self.waiting += 1
        async with self._slots:
            self.waiting -= 1
            self.running += 1
            try:
                return await asyncio.to_thread(self._detonate, sample, budget_seconds)
            finally:
                self.running -= 1

    def _detonate(self, sample: Sample, seconds: int) -> Emulated | NotEmulated:
        environment = chosen(sample, self._environments)
        if isinstance(environment, str):
            present = any(
                sample.type in each.types and not isinstance(each.probe(), Absent)
                for each in self._environments
            )
            known = any(sample.type in each.types for each in self._environments)
            return NotEmulated(environment, unsupported=present or not known)
        detonation = environment.detonate(sample, Context(), Budget(seconds=float(seconds)))
        return _emulated(detonation, judge(detonation, self._rules), self._rules.version)


def _emulated(detonation: Detonation, judgement: Judgement, version: str) -> Emulated:
    stopped = detonation.stopped_by
    return Emulated(
        environment=detonation.environment,
        version=detonation.version,
        summary=judgement.reason.rstrip("."),
        findings=tuple(hit.finding(version) for hit in judgement.hits),
        stopped_by=stopped.detail if stopped else "",
        timed_out=stopped is not None and stopped.kind is StopKind.TIMED_OUT,
    )
