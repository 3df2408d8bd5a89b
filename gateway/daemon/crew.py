"""The crew: the gateway's processes, from their start to the one put in their place.

It starts what the topology names, hears what each of them asks for, replaces the one that dies or
hangs, and puts new workers beside the old at a reload. It knows nothing of NIC pairs and rules: who
wants them up or down is the supervisor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Sequence

import msgspec
import structlog

from drivers import Listeners, Marks, PairConfig
from gateway.daemon import launch as launching
from gateway.daemon.channel import (
    Beat,
    ChannelClosedError,
    Drain,
    Drained,
    FromProcess,
    InspectorReady,
    NewPolicy,
    WantInspector,
    WantOnward,
    Workers,
)
from gateway.daemon.children import LAST_RESTART_SECONDS, Child
from gateway.daemon.handout import hand_out
from gateway.daemon.jobs import Jobs
from gateway.daemon.launch import Launch
from gateway.daemon.machine import Places
from gateway.daemon.roster import Roster
from gateway.daemon.settings import Settings
from gateway.daemon.steering import NOT_HEALTHY
from gateway.daemon.topology import BY_ROLE, Role
from gateway.policy import OnFailure

log = structlog.get_logger()

LOOK_SECONDS = 0.05
"""Between two looks at a process that is waited for."""

END_SECONDS = 2.0
"""How long a process that was asked to end may take before it is killed."""


class Crew:
    """All processes but the supervisor, on their `places`; workers accept at their `listeners`."""

    def __init__(
        self,
        settings: Settings,
        pair: PairConfig,
        places: Places,
        listeners: Sequence[Listeners],
        probe_port: int,
    ) -> None:
        """`probe_port` is what the workers connect probes to."""
        self.roster = Roster()
        self._settings = settings
        self._pair = pair
        self._places = places
        self._listeners = listeners
        self._probe_port = probe_port
        self._ending = False
        self._jobs = Jobs()

    # --- starting -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everybody. Raises OSError when the machine cannot."""
        for slot in range(self._pair.workers):
            self._fill(Role.WORKER, slot)
        self._fill(Role.INTERCEPTOR, 0)
        if self._settings.config.emulator.enabled:
            self._fill(Role.EMULATOR, 0)

    def _fill(self, role: Role, slot: int) -> None:
        if role is Role.WORKER:
            self._start_worker(slot)
        else:
            cpus = self._places.steering if role is Role.INTERCEPTOR else self._places.emulation
            self._start(role, self._letter(slot, cpus))

    def _start_worker(self, slot: int) -> None:
        """A worker and the inspector beside it. A worker that is there goes on until it leaves,
        with its own inspector, which ends by itself when that worker closes its socket."""
        listeners = self._listeners[slot]
        self.roster.relieve((Role.INSPECTOR, slot))
        inspector, its_socket = self._start_inspector(slot)
        self.roster.children[inspector.place] = inspector
        with its_socket:
            numbers = (listeners.v4.fileno(), listeners.v6.fileno())
            letter = msgspec.structs.replace(
                self._letter(slot, [self._places.workers[slot]]),
                listeners=list(numbers),
                inspector=its_socket.fileno(),
            )
            worker = self._start(Role.WORKER, letter, (*numbers, its_socket.fileno()))
        worker.inspector = inspector

    def _start(self, role: Role, letter: Launch, descriptors: tuple[int, ...] = ()) -> Child:
        kind = BY_ROLE[role]
        child = Child(kind, letter.slot, letter.cpus, launching.start(kind, letter, descriptors))
        self._listen(child)
        self.roster.children[child.place] = child
        return child

    def _start_inspector(self, slot: int) -> tuple[Child, socket.socket]:
        """An inspector, and its worker's end of its socket."""
        kind = BY_ROLE[Role.INSPECTOR]
        cpus = [self._places.inspectors[slot]]
        memory = self._settings.config.limits.inspector_memory_bytes
        started, its_socket = launching.start_inspector(kind, cpus, memory)
        child = Child(kind, slot, cpus, started)
        self._listen(child)
        return child, its_socket

    def _letter(self, slot: int, cpus: list[int]) -> Launch:
        settings, pair = self._settings, self._pair
        return Launch(
            config_text=settings.config_text,
            config_file=settings.config_file,
            policy_text=settings.policy_text,
            policy_file=settings.policy_file,
            slot=slot,
            workers=pair.workers,
            cpus=cpus,
            queue_base=pair.queue_base,
            mark_base=pair.mark_base,
            listener_base=pair.listener_base,
            probe_port=self._probe_port,
        )

    def _listen(self, child: Child) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(child.started.pidfd, self._on_end, child)
        channel = child.started.channel
        if channel is not None:
            loop.add_reader(channel.fileno(), self._on_channel, child)

    # --- watching -------------------------------------------------------------------------------

    def watch(self) -> None:
        """Kill who is silent, tell the interceptor who is fit."""
        now = time.monotonic()
        for child in self.roster.everybody():
            reason = child.overdue(now)
            if reason:
                log.error("process hangs: killed", process=child.name, pid=child.pid, why=reason)
                child.kill()
        self._tell_interceptor([self.roster.load(slot, now) for slot in range(self._pair.workers)])

    def slots_served(self) -> list[int]:
        """The slots at which somebody accepts connections now."""
        now = time.monotonic()
        slots = range(self._pair.workers)
        return [slot for slot in slots if self.roster.load(slot, now) != NOT_HEALTHY]

    def give_up(self, slot: int, why: str) -> None:
        """Kill whoever accepts at `slot`: its event loop turns, and it serves nobody."""
        for worker in self.roster.accepting(slot, time.monotonic()):
            log.error("process hangs: killed", process=worker.name, pid=worker.pid, why=why)
            worker.kill()

    def _tell_interceptor(self, sessions: list[int]) -> None:
        interceptor = self.roster.interceptor
        if interceptor is not None:
            interceptor.send(Workers(sessions))

    def _on_end(self, child: Child) -> None:
        """A process ended: forget it, and fill its place unless it was meant to go."""
        loop = asyncio.get_running_loop()
        status = child.started.process.poll()
        if status is None:
            return
        loop.remove_reader(child.started.pidfd)
        if child.started.channel is not None:
            loop.remove_reader(child.started.channel.fileno())
        with contextlib.suppress(ChannelClosedError):
            for message in child.messages():
                if isinstance(message, Beat):  # its last, for what it counted
                    child.heard(message)
        child.started.close()
        roster = self.roster
        roster.keep_counters(child)
        if child.inspector is not None:
            child.inspector.kill()
        if child in roster.leaving:
            roster.leaving.remove(child)
            return
        if roster.children.get(child.place) is not child or self._ending:
            return
        del roster.children[child.place]
        if child.kind.role is Role.INSPECTOR:
            log.error("process ended", process=child.name, status=status)
            return  # its worker asks for another
        wait = roster.restarts[child.place].next_wait(time.monotonic() - child.since)
        log.error("process ended", process=child.name, status=status, restart_in=wait)
        self._jobs.start(self._replace(child.kind.role, child.slot, wait))

    async def _replace(self, role: Role, slot: int, wait: float) -> None:
        """Fill a place again; a machine that cannot start a process now is asked again."""
        while True:
            await asyncio.sleep(wait)
            if self._ending or (role, slot) in self.roster.children:
                return
            try:
                self._fill(role, slot)
            except OSError as error:
                wait = LAST_RESTART_SECONDS
                log.error("cannot start a process", role=role.value, slot=slot, why=str(error))
            else:
                return

    # --- what processes ask for -----------------------------------------------------------------

    def _on_channel(self, child: Child) -> None:
        channel = child.started.channel
        if channel is None:
            return
        try:
            for message in child.messages():
                self._hear(child, message)
        except ChannelClosedError as error:
            asyncio.get_running_loop().remove_reader(channel.fileno())
            log.warning("channel closed", process=child.name, why=str(error))
            child.kill()

    def _hear(self, child: Child, message: FromProcess) -> None:
        match message:
            case Beat():
                child.heard(message)
            case WantOnward():
                hand_out(child, message, Marks(self._pair.mark_base))
            case WantInspector(reason):
                log.warning("inspector replaced", process=child.name, why=reason)
                try:
                    self._replace_inspector(child)
                except OSError as error:  # its worker asks again
                    log.error("cannot start an inspector", why=str(error))
            case Drained():
                child.terminate()

    def _replace_inspector(self, worker: Child) -> None:
        """Give `worker` another inspector for the one it gave up: that is killed, since one that
        hangs would never end."""
        given_up = worker.inspector
        inspector, its_socket = self._start_inspector(worker.slot)
        worker.inspector = inspector
        if given_up is not None:
            given_up.kill()
        if worker in self.roster.leaving:
            self.roster.leaving.append(inspector)
        else:
            self.roster.relieve(inspector.place)
            self.roster.restarts[inspector.place].count += 1
            self.roster.children[inspector.place] = inspector
        with its_socket:
            worker.send(InspectorReady(), (its_socket.fileno(),))

    # --- reload and end -------------------------------------------------------------------------

    def renew(self, settings: Settings) -> None:
        """Go over to `settings`: the interceptor at once, each worker by another beside it."""
        self._settings = settings
        self._tell_policy()
        for slot in range(self._pair.workers):
            self._jobs.start(self._renew_worker(slot))

    def _tell_policy(self) -> None:
        """Give the interceptor the policy in force; one that cannot be told starts anew with it."""
        interceptor = self.roster.interceptor
        if interceptor is None:
            return
        settings = self._settings
        letter = launching.sealed(settings.policy_text.encode())
        try:
            bypass = settings.config.on_failure is OnFailure.BYPASS
            if not interceptor.send(NewPolicy(settings.policy_file, bypass), (letter,)):
                interceptor.kill()
        finally:
            os.close(letter)

    async def _renew_worker(self, slot: int) -> None:
        """Start the new worker; when it beats, let the old one finish and go. Until then, however
        long it takes, the old one serves: it must not make room for one that does not come."""
        place = (Role.WORKER, slot)
        old = self.roster.relieve(place)
        await self._replace(Role.WORKER, slot, 0.0)
        while not self.roster.healthy(place, time.monotonic()):
            if self._ending:
                return
            await asyncio.sleep(LOOK_SECONDS)
        if old is not None:
            self._drain(old)

    def _drain(self, worker: Child) -> None:
        worker.drained = True
        worker.send(Drain())

    async def end(self, drain_seconds: float) -> None:
        """End everybody, the workers once they have finished the mails under way, for which they
        have `drain_seconds`."""
        self._ending = True
        self._tell_interceptor([NOT_HEALTHY] * self._pair.workers)
        workers = self.roster.of(Role.WORKER)
        for worker in workers:
            self._drain(worker)
        await self._until_gone(workers, drain_seconds)
        everybody = self.roster.everybody()
        for child in everybody:
            child.terminate()
        await self._until_gone(everybody, END_SECONDS)
        for child in everybody:
            child.kill()

    async def _until_gone(self, children: list[Child], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(child.started.process.poll() is not None for child in children):
                return
            await asyncio.sleep(LOOK_SECONDS)
