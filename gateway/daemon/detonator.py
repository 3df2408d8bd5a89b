"""Detonates samples in guests of this machine and judges what they did.

The emulator process is this behind a socket; `explain` uses it directly. Detonations block, so
each runs in a thread; as many run at a time as the machine's settings say, the others stand in line
(`gateway.daemon.turns`).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from drivers.cpus import parse_cpu_list
from gateway.daemon.privileges import unprivileged_ids
from gateway.daemon.shown import Shown
from gateway.daemon.turns import LineFullError, Ticket, Turns
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
    Stopped,
    chosen,
    environments,
    judge,
    second,
)
from gateway.emulation.environments import Second, asked_by_name, opener
from gateway.emulation.remote import Remote, RemoteSettings
from gateway.emulation.rulefolder import RuleFolder
from gateway.emulation.scripts.hosts import written_for
from gateway.emulation.winapi.place import python
from gateway.model import BytesContent, Content, Verdict
from gateway.policy import GatewayConfig
from gateway.sandbox.blocking import BlockingGuests
from gateway.sandbox.zygotes import PROGRAMS
from gateway.stages.services import Emulated, HandedOn, NotEmulated, Urgency


def guests_directory(config: GatewayConfig) -> Path:
    """Where the guests of a running gateway have their directories."""
    return Path(config.paths.run) / "emulation"


def remote_of(config: GatewayConfig) -> RemoteSettings | None:
    """The sandbox elsewhere that the machine's settings name; None where none is enabled."""
    remote = config.remote
    if not remote.enabled:
        return None
    return RemoteSettings(
        address=remote.address.rstrip("/"),
        types=frozenset(remote.types),
        token_file=Path(remote.token_file) if remote.token_file else None,
        ca_file=Path(remote.ca_file) if remote.ca_file else None,
        machine=remote.machine,
        tags=remote.tags,
        seconds=float(remote.seconds),
        poll=float(remote.poll_seconds),
        account=unprivileged_ids() if os.geteuid() == 0 else None,
    )


class _Question(NamedTuple):
    """What makes two runs the same: the bytes, and everything that the guest is told."""

    sha256: str
    type: str
    name: str
    seconds: int
    environment: str
    rules: str
    opened: bool


@dataclass(frozen=True, slots=True)
class Detonated:
    """What a sample did, and what the rules say of it.

    why: what decided where it ran, and what another environment said; often empty.
    """

    detonation: Detonation
    judgement: Judgement
    why: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """An environment: its name, the types it runs, and whether it works here. by_name: documents
    that it opens only where somebody names it."""

    name: str
    types: frozenset[str]
    state: Present | Absent
    by_name: bool = False


@dataclass(slots=True)
class _Run:
    """A run that waits or is under way; it has a ticket once its environment is known."""

    urgency: Urgency
    task: asyncio.Task[Detonated | NotEmulated] | None = None
    ticket: Ticket | None = None

    def hurry(self, urgency: Urgency) -> None:
        """Somebody waits for the same sample, perhaps more urgently."""
        self.urgency = min(self.urgency, urgency)
        if self.ticket is not None:
            self.ticket.urgency = self.urgency


class Detonator:
    """`gateway.stages.services.Emulator` in this process's own threads."""

    def __init__(self, config: GatewayConfig, work: Path) -> None:
        self._enabled = config.emulator.enabled
        cpus = frozenset(parse_cpu_list(config.emulator.cpus)) or None
        root = Path(config.emulator.guest_root)
        self._guests = BlockingGuests(cpus)
        microvm, remote = Path(config.emulator.microvm_guest), remote_of(config)
        self._programs = BlockingGuests(cpus, PROGRAMS, python=str(python()))
        self._environments = environments(
            root, work, cpus, self._guests, microvm, remote, self._programs
        )
        self._by_name = asked_by_name(self._environments)
        self.turns = Turns(config.emulator.concurrency, config.emulator.queue, time.monotonic)
        self.away = Turns(config.remote.concurrency, config.emulator.queue, time.monotonic)
        self._travellers = ThreadPoolExecutor(config.remote.concurrency, "remote")
        self._rules = RuleFolder(Path(config.paths.state))
        self._shown: Shown[Detonated] = Shown(time.monotonic)
        self._underway: dict[_Question, _Run] = {}
        self.shared = 0
        self.remembered = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The environments, in the order in which they are asked."""
        return tuple(each.name for each in self._environments)

    @property
    def rules_version(self) -> str:
        """Changes with any rule."""
        return self._rules.current().version

    def look(self) -> Iterator[Looked]:
        """Each environment; what runs only where somebody names it comes last."""
        for each in self._environments:
            yield Looked(each.name, each.types, each.probe())
        for each in self._by_name:
            yield Looked(each.name, each.types, each.probe(), by_name=True)

    def probe(self) -> tuple[str, ...]:
        """Try every environment once, as the first sample would; a sentence for each absent one
        that something would go to."""
        return tuple(
            f"{each.name}: {answer.reason}"
            for each in self._environments
            if each.types and isinstance(answer := each.probe(), Absent)
        )

    def close(self) -> None:
        """Remove what guests of processes that are gone left, and what all guests share."""
        for each in self._environments:
            each.sweep()
        self._guests.close()
        self._programs.close()
        self._travellers.shutdown(wait=False, cancel_futures=True)

    async def emulate(
        self,
        content: Content,
        type_name: str,
        name: str,
        budget_seconds: int,
        urgency: Urgency = Urgency.PERSON,
        *,
        opened: bool = False,
    ) -> Emulated | NotEmulated:
        """Have a sample run; never raises for what the sample does."""
        if not self._enabled:
            return NotEmulated("this machine does not emulate (emulator.enabled)", True)
        sample = Sample(name, type_name, content.read())
        outcome = await self.run(sample, budget_seconds, urgency=urgency, opened=opened)
        if isinstance(outcome, NotEmulated):
            return outcome
        return as_emulated(outcome, self.rules_version)

    async def run(
        self,
        sample: Sample,
        seconds: int,
        environment: str = "",
        urgency: Urgency = Urgency.PERSON,
        *,
        opened: bool = False,
    ) -> Detonated | NotEmulated:
        """Run a sample, in the `environment` of that name or in the one for its type; `opened`: its
        application is to open it after that.

        The same sample that is under way already is not run a second time: both get one answer, and
        the more urgent of them decides when. Nor is one that was seen to its end a while ago.
        """
        digest, rules = sha256(sample.data).hexdigest(), self.rules_version
        question = _Question(digest, sample.type, sample.name, seconds, environment, rules, opened)
        known = self._shown.get(question)
        if known is not None:
            self.remembered += 1
            return known
        run = self._underway.get(question)
        if run is None:
            run = self._underway[question] = _Run(urgency)
            run.task = asyncio.create_task(self._remembering(question, sample, run))
            run.task.add_done_callback(lambda _: self._underway.pop(question, None))
        else:
            self.shared += 1
            run.hurry(urgency)
        assert run.task is not None
        # Who gives up waiting must not end the run of the others.
        return await asyncio.shield(run.task)

    async def _remembering(
        self, question: _Question, sample: Sample, run: _Run
    ) -> Detonated | NotEmulated:
        try:
            outcome = await self._in_turn(question, sample, run)
        except LineFullError as error:
            return NotEmulated(str(error), unsupported=False, overloaded=True)
        if isinstance(outcome, Detonated) and outcome.detonation.stopped_by is None:
            size = sum(child.size for child in outcome.detonation.children)
            self._shown.put(question, outcome, size + sum(map(len, outcome.detonation.screens)))
        return outcome

    async def _in_turn(
        self, question: _Question, sample: Sample, run: _Run
    ) -> Detonated | NotEmulated:
        """Samples at a sandbox elsewhere only wait: they take no guest's turn here."""
        found = await asyncio.to_thread(self._chosen, sample, question.environment)
        if isinstance(found, NotEmulated):
            return found
        away = isinstance(found, Remote)
        turns, pool = (self.away, self._travellers) if away else (self.turns, None)
        work = partial(self._detonate, found, sample, question)
        run.ticket = turns.ticket(run.urgency, len(sample.data))
        async with turns.turn(run.ticket):
            return await asyncio.get_running_loop().run_in_executor(pool, work)

    def _chosen(self, sample: Sample, name: str) -> Environment | NotEmulated:
        named = (*self._environments, *self._by_name)
        offered = tuple(each for each in named if each.name == name) if name else self._environments
        environment = chosen(sample, offered)
        if isinstance(environment, str):
            present = any(
                sample.type in each.types and not isinstance(each.probe(), Absent)
                for each in offered
            )
            known = any(sample.type in each.types for each in offered)
            return NotEmulated(environment, unsupported=present or not known)
        return environment

    def _detonate(self, environment: Environment, sample: Sample, question: _Question) -> Detonated:
        """In the environment; where its answer may not be all, in the one that is asked after it,
        unless somebody named this one."""
        first = self._judged(environment, sample, question.seconds)
        left = question.seconds - int(first.detonation.seconds)
        bad = first.judgement.verdict.rank > Verdict.UNSCANNED.rank
        if question.environment or bad:
            return first
        application = opener(sample, self._environments) if question.opened else environment
        if application is not environment:
            return self._opened(first, application, sample, max(1, left))
        other = None if left <= 0 else self._second(environment, sample, first)
        if other is None:
            return first
        further = self._judged(other.environment, sample, left)
        return _of_two(first, further, both=other.both)

    def _second(self, environment: Environment, sample: Sample, first: Detonated) -> Second | None:
        return second(environment, sample, first.detonation, self._environments)

    def _opened(
        self, first: Detonated, application: Environment | str, sample: Sample, seconds: int
    ) -> Detonated:
        """The sample's application opens it, too; where there is none, its end was not seen."""
        if not isinstance(application, str):
            return _of_two(first, self._judged(application, sample, seconds), both=True)
        missing = Stopped(StopKind.ABSENT, f"its application is to open it: {application}")
        stopped = first.detonation.stopped_by or missing
        detonation = replace(first.detonation, stopped_by=stopped)
        judgement = judge(detonation, self._rules.current())
        return replace(first, detonation=detonation, judgement=judgement)

    def _judged(self, environment: Environment, sample: Sample, seconds: int) -> Detonated:
        detonation = environment.detonate(sample, Context(), Budget(seconds=float(seconds)))
        why = written_for(sample.data).words if sample.type == "javascript" else ""
        return Detonated(detonation, judge(detonation, self._rules.current()), why)


def _of_two(first: Detonated, further: Detonated, *, both: bool) -> Detonated:
    """What counts of two environments' answers, with a word on the other one.

    Written for `both`: the worse. Else the second answers where it saw the sample to its end,
    unless the first knew something worse.
    """
    answers = first.judgement.verdict, further.judgement.verdict
    stays = answers[1].rank < answers[0].rank if both else answers[1] is Verdict.UNSCANNED
    told, other = (first, further) if stays else (further, first)
    said = f"{other.detonation.environment}: {other.judgement.verdict}"
    return replace(told, why="; ".join(filter(None, (told.why, said))))


def as_emulated(outcome: Detonated, version: str) -> Emulated:
    """A detonation in the words of the plan's stage; `version` is that of the rules."""
    detonation, judgement = outcome.detonation, outcome.judgement
    stopped = detonation.stopped_by
    return Emulated(
        environment=detonation.environment,
        version=detonation.version,
        summary=judgement.reason.rstrip(".") + (f" ({outcome.why})" if outcome.why else ""),
        findings=tuple(hit.finding(version) for hit in judgement.hits),
        stopped_by=stopped.detail if stopped else "",
        timed_out=stopped is not None and stopped.kind is StopKind.TIMED_OUT,
        children=tuple(
            HandedOn(child.path, BytesContent(child.data)) for child in detonation.children
        ),
        omitted=", ".join(detonation.omitted[:3]),
        seconds=detonation.seconds,
    )
