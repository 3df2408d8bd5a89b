"""gatewayd: sets the NIC pair up, starts the processes, replaces what dies, takes all back.

It is the only process with privilege, and it reads nothing from the network. Order at the start:
the processes first, the NIC pair last, so that no flow meets a gateway that cannot inspect yet;
at the end the other way round. What a crash of its own leaves is repaired at the next start.
The drivers' netlink library runs an event loop of its own, so they are called from a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import socket
import time
from collections import Counter
from pathlib import Path

import msgspec
import structlog

import drivers
from drivers import Applied, DriverError, Listeners, Marks, PairConfig
from drivers.actions import Step
from gateway import VERSION
from gateway.daemon import launch as launching
from gateway.daemon.channel import (
    Beat,
    ChannelClosedError,
    Drain,
    Drained,
    FromProcess,
    InspectorReady,
    NewPolicy,
    Onward,
    WantInspector,
    WantOnward,
    Workers,
)
from gateway.daemon.children import LAST_RESTART_SECONDS, Child, Restarts
from gateway.daemon.control import packet_counters, serve_control, summed
from gateway.daemon.detonator import Detonator, guests_directory
from gateway.daemon.jobs import Jobs
from gateway.daemon.launch import Launch
from gateway.daemon.machine import Places, driver_failure, pair_config, plan_machine
from gateway.daemon.notify import Notifier
from gateway.daemon.privileges import unprivileged_ids
from gateway.daemon.settings import Settings, SettingsFileError, read_settings
from gateway.daemon.status import CounterStatus, NicPairStatus, ProcessStatus, Status
from gateway.daemon.steering import NOT_HEALTHY
from gateway.daemon.tls import certificate_files
from gateway.daemon.topology import BY_ROLE, Role
from gateway.policy import OnFailure, SettingsError
from gateway.store import Originals, Quarantine
from gateway.store.originals import KEY_FILE

log = structlog.get_logger()

WATCH_SECONDS = 0.2
"""Between two looks at the processes: hangs are to be noticed within 2 s."""

READY_SECONDS = 150.0
"""How long the processes may take before the NIC pair comes up: longer than one of them."""

DRAIN_SECONDS = 30.0
"""How long sessions may take to finish their mail when the gateway stops."""

MAX_ONWARD = 32
"""Sockets handed out in one packet: SCM_MAX_FD of the kernel is 253, a worker asks for 32."""


class Supervisor:
    """The processes, the sockets and the NIC pair of one gateway."""

    def __init__(self, config_path: Path, policy_path: Path) -> None:
        self._paths = (config_path, policy_path)
        self.settings: Settings = read_settings(config_path, policy_path)
        self.began = time.monotonic()
        self.children: dict[tuple[Role, int], Child] = {}
        self.leaving: list[Child] = []
        self.restarts: dict[tuple[Role, int], Restarts] = {}
        self.applied: Applied | None = None
        self.pair: PairConfig
        self.places: Places
        self.stopping = False
        self._listeners: list[Listeners] = []
        self._jobs = Jobs()
        self._reloading = asyncio.Lock()
        self._past: dict[Role, Counter[str]] = {role: Counter() for role in Role}
        self._stop = asyncio.Event()
        self._notify = Notifier()

    # --- life -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises DriverError, MachineError, TlsError, OSError."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._jobs.start(self._on_hangup()))
        await asyncio.to_thread(self._repair)
        self._prepare_directories()
        steps = await asyncio.to_thread(self._plan)
        self._open_listeners()
        control: asyncio.Server | None = None
        try:
            self._start_processes()
            await self._until_ready()
            if not self._stop.is_set():
                await asyncio.to_thread(self._apply, steps)
                control = await serve_control(self._control_path, self)
                log.info("gateway is up", workers=len(self._listeners), mode=self.pair.mode.value)
                self._notify.ready(f"policy {self.settings.policy.version} is in force")
            while not self._stop.is_set():
                self._watch()
                if not self._failure(time.monotonic()):
                    self._notify.alive()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), WATCH_SECONDS)
        finally:
            if control is not None:
                control.close()
                self._control_path.unlink(missing_ok=True)  # uvloop leaves it to us
            await self._shut_down()

    def _repair(self) -> None:
        for step in drivers.repair(self._state_file):
            log.warning("undone what a crash left", step=step)

    def _prepare_directories(self) -> None:
        """State belongs to the workers' account; the run directory is the supervisor's.

        What lies in the state directory may have been made by a worker that somebody had taken
        over: no link in it is followed.
        """
        paths = self.settings.config.paths
        uid, gid = unprivileged_ids()
        Path(paths.run).mkdir(parents=True, exist_ok=True)
        certificate_files(self.settings.config)
        for name in ("", "spool", "quarantine", "originals"):
            directory = Path(paths.state) / name
            directory.mkdir(parents=True, exist_ok=True)
            os.chown(directory, uid, gid, follow_symlinks=False)
        for pattern in ("journal.db*", KEY_FILE):
            for file in Path(paths.state).glob(pattern):
                os.chown(file, uid, gid, follow_symlinks=False)
        swept = Quarantine(Path(paths.state) / "quarantine").sweep()  # nobody writes there yet
        originals = Originals(Path(paths.state) / "originals")
        os.chown(Path(paths.state) / KEY_FILE, uid, gid, follow_symlinks=False)
        swept += originals.sweep()
        if swept:
            log.warning("mails that a crash left half kept removed", count=swept)

    def _plan(self) -> list[Step]:
        self.places, _, steps = plan_machine(self.settings.config)
        self.pair = pair_config(self.settings.config, len(self.places.workers))
        drivers.make_plan(self.pair, drivers.probe(), steps)  # objections come before any process
        return steps

    def _open_listeners(self) -> None:
        for slot in range(self.pair.workers):
            self._listeners.append(
                drivers.make_listeners(
                    slot, listener_base=self.pair.listener_base, marks=self._marks
                )
            )

    def _start_processes(self) -> None:
        for slot in range(self.pair.workers):
            self._start_worker(slot)
        self._start(Role.INTERCEPTOR, 0, self.places.steering)
        if self.settings.config.emulator.enabled:
            self._start(Role.EMULATOR, 0, self.places.emulation)

    async def _until_ready(self) -> None:
        """Wait for the first beat of every process, or for a signal to end."""
        deadline = time.monotonic() + READY_SECONDS
        needed = set(self.children)  # one that dies meanwhile leaves its place for a while
        while missing := sorted(place for place in needed if not self._is_healthy(place)):
            if self._stop.is_set():
                return
            if time.monotonic() > deadline:
                names = ", ".join(f"{role}@{slot}" for role, slot in missing)
                raise OSError(f"{names} did not start within {READY_SECONDS:.0f} s")
            self._watch()
            await asyncio.sleep(WATCH_SECONDS / 4)

    def _is_healthy(self, place: tuple[Role, int]) -> bool:
        child = self.children.get(place)
        return child is not None and child.healthy(time.monotonic())

    def _apply(self, steps: list[Step]) -> None:
        plan = drivers.make_plan(self.pair, drivers.probe(), steps)
        self.applied = drivers.apply(plan, self._state_file)

    async def _shut_down(self) -> None:
        """Finish the mails under way, end the processes, take the NIC pair down."""
        self.stopping = True
        self._notify.stopping()
        await self._drain_workers()
        everybody = [*self.children.values(), *self.leaving]
        for child in everybody:
            child.terminate()
        await self._until_gone(everybody, seconds=2.0)
        for child in everybody:
            child.kill()
        if self.applied is not None:
            await asyncio.to_thread(self.applied.revert)
        await asyncio.to_thread(self._sweep_guests)
        for listeners in self._listeners:
            listeners.close()
        log.info("gateway is down")

    def _sweep_guests(self) -> None:
        """An emulator that was ended in mid-detonation leaves a guest's directory and group."""
        config = self.settings.config
        if config.emulator.enabled:
            Detonator(config, guests_directory(config)).close()

    async def _drain_workers(self) -> None:
        workers = self._all(Role.WORKER)
        self._tell_interceptor([NOT_HEALTHY] * self.pair.workers)
        for worker in workers:
            self._drain(worker)
        await self._until_gone(workers, seconds=DRAIN_SECONDS)

    async def _until_gone(self, children: list[Child], *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(child.started.process.poll() is not None for child in children):
                return
            await asyncio.sleep(WATCH_SECONDS / 4)

    # --- starting -------------------------------------------------------------------------------

    @property
    def _marks(self) -> Marks:
        return Marks(self.pair.mark_base)

    @property
    def _state_file(self) -> Path:
        return self._run_directory / "drivers.json"

    @property
    def _control_path(self) -> Path:
        return self._run_directory / "control.sock"

    @property
    def _run_directory(self) -> Path:
        return Path(self.settings.config.paths.run)

    def _letter(self, slot: int, cpus: list[int]) -> Launch:
        settings = self.settings
        return Launch(
            config_text=settings.config_text,
            config_file=settings.config_file,
            policy_text=settings.policy_text,
            policy_file=settings.policy_file,
            slot=slot,
            workers=self.pair.workers,
            cpus=cpus,
            queue_base=self.pair.queue_base,
            mark_base=self.pair.mark_base,
            listener_base=self.pair.listener_base,
        )

    def _start(
        self,
        role: Role,
        slot: int,
        cpus: list[int],
        letter: Launch | None = None,
        *,
        fds: tuple[int, ...] = (),
    ) -> Child:
        kind = BY_ROLE[role]
        started = launching.start(kind, letter or self._letter(slot, cpus), fds)
        child = Child(kind, slot, cpus, started)
        self._listen(child)
        self.children[role, slot] = child
        return child

    def _start_worker(self, slot: int) -> Child:
        """A worker and the inspector beside it. A worker that is there goes on until it leaves,
        with its own inspector, which ends by itself when that worker closes its socket."""
        listeners = self._listeners[slot]
        old = self.children.pop((Role.INSPECTOR, slot), None)
        if old is not None:
            self.leaving.append(old)
        inspector, its_socket = self._start_inspector(slot)
        self.children[Role.INSPECTOR, slot] = inspector
        with its_socket:
            cpus = [self.places.workers[slot]]
            numbers = (listeners.v4.fileno(), listeners.v6.fileno())
            letter = msgspec.structs.replace(
                self._letter(slot, cpus), listeners=list(numbers), inspector=its_socket.fileno()
            )
            fds = (*numbers, its_socket.fileno())
            worker = self._start(Role.WORKER, slot, cpus, letter, fds=fds)
        worker.inspector = inspector
        return worker

    def _start_inspector(self, slot: int) -> tuple[Child, socket.socket]:
        """An inspector, and its worker's end of its socket."""
        kind = BY_ROLE[Role.INSPECTOR]
        cpus = [self.places.inspectors[slot]]
        memory = self.settings.config.limits.inspector_memory_bytes
        started, its_socket = launching.start_inspector(kind, cpus, memory)
        child = Child(kind, slot, cpus, started)
        self._listen(child)
        return child, its_socket

    def _replace_inspector(self, worker: Child) -> None:
        """Give `worker` another inspector for the one it gave up: that is killed, since one that
        hangs would never end."""
        given_up = worker.inspector
        inspector, its_socket = self._start_inspector(worker.slot)
        worker.inspector = inspector
        if given_up is not None:
            given_up.kill()
        if worker in self.leaving:
            self.leaving.append(inspector)
        else:
            key = (Role.INSPECTOR, worker.slot)
            old = self.children.pop(key, None)
            if old is not None:
                self.leaving.append(old)
            self.restarts.setdefault(key, Restarts()).count += 1
            self.children[key] = inspector
        with its_socket:
            worker.send(InspectorReady(), (its_socket.fileno(),))

    def _listen(self, child: Child) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(child.started.pidfd, self._on_end, child)
        channel = child.started.channel
        if channel is not None:
            loop.add_reader(channel.fileno(), self._on_channel, child)

    # --- watching -------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Kill who is silent, tell the interceptor who is fit."""
        now = time.monotonic()
        for child in [*self.children.values(), *self.leaving]:
            reason = child.overdue(now)
            if reason:
                log.error("process hangs: killed", process=child.name, pid=child.pid, why=reason)
                child.kill()
        self._tell_interceptor([self._load(slot, now) for slot in range(self.pair.workers)])

    def _load(self, slot: int, now: float) -> int:
        """Sessions of the workers that accept at `slot`: all there are until they are drained. They
        share their listeners, so one that is fit serves the slot while its successor starts."""
        fit = [
            child.beat.sessions
            for child in self._all(Role.WORKER)
            if child.slot == slot and not child.drained and child.healthy(now)
        ]
        return sum(fit) if fit else NOT_HEALTHY

    def _tell_interceptor(self, sessions: list[int]) -> None:
        interceptor = self.children.get((Role.INTERCEPTOR, 0))
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
        self._hear_last_words(child)
        child.started.close()
        self._past[child.kind.role].update(child.beat.counters)
        if child.inspector is not None:
            child.inspector.kill()
        key = (child.kind.role, child.slot)
        if child in self.leaving:
            self.leaving.remove(child)
            return
        if self.children.get(key) is not child or self.stopping:
            return
        del self.children[key]
        if child.kind.role is Role.INSPECTOR:
            log.error("process ended", process=child.name, status=status)
            return  # its worker asks for another
        wait = self.restarts.setdefault(key, Restarts()).next_wait(time.monotonic() - child.since)
        log.error("process ended", process=child.name, status=status, restart_in=wait)
        self._jobs.start(self._replace(child.kind.role, child.slot, wait))

    @staticmethod
    def _hear_last_words(child: Child) -> None:
        """Its last beat, which may still lie in the channel: for what it counted."""
        channel = child.started.channel
        if channel is None:
            return
        with contextlib.suppress(ChannelClosedError):
            while (received := channel.receive()) is not None:
                message, descriptors = received
                for descriptor in descriptors:
                    os.close(descriptor)
                if isinstance(message, Beat):
                    child.heard(message)

    async def _replace(self, role: Role, slot: int, wait: float) -> None:
        """Fill a place again; a machine that cannot start a process now is asked again."""
        while True:
            await asyncio.sleep(wait)
            if self.stopping or (role, slot) in self.children:
                return
            try:
                self._fill(role, slot)
            except OSError as error:
                wait = LAST_RESTART_SECONDS
                log.error("cannot start a process", role=role.value, slot=slot, why=str(error))
            else:
                return

    def _fill(self, role: Role, slot: int) -> None:
        if role is Role.WORKER:
            self._start_worker(slot)
        else:
            cpus = self.places.steering if role is Role.INTERCEPTOR else self.places.emulation
            self._start(role, slot, cpus)

    def _all(self, role: Role) -> list[Child]:
        everybody = [*self.children.values(), *self.leaving]
        return [child for child in everybody if child.kind.role is role]

    # --- what processes ask for -----------------------------------------------------------------

    def _on_channel(self, child: Child) -> None:
        channel = child.started.channel
        if channel is None:
            return
        try:
            while (received := channel.receive()) is not None:
                message, descriptors = received
                for descriptor in descriptors:  # nobody sends us any
                    os.close(descriptor)
                self._hear(child, message)
        except ChannelClosedError as error:
            asyncio.get_running_loop().remove_reader(channel.fileno())
            log.warning("channel closed", process=child.name, why=str(error))
            child.kill()

    def _hear(self, child: Child, message: FromProcess) -> None:
        match message:
            case Beat():
                child.heard(message)
            case WantOnward(family, count):
                self._hand_out(child, family, count)
            case WantInspector(reason):
                log.warning("inspector replaced", process=child.name, why=reason)
                try:
                    self._replace_inspector(child)
                except OSError as error:  # its worker asks again
                    log.error("cannot start an inspector", why=str(error))
            case Drained():
                child.terminate()

    def _hand_out(self, child: Child, untrusted_family: int, untrusted_count: int) -> None:
        """Transparent sockets for a worker: at most MAX_ONWARD, of the two families there are."""
        if child.kind.role is not Role.WORKER:
            return
        families = {int(socket.AF_INET): socket.AF_INET, int(socket.AF_INET6): socket.AF_INET6}
        family = families.get(untrusted_family)
        if family is None:
            return
        count = max(0, min(untrusted_count, MAX_ONWARD))
        with contextlib.ExitStack() as sockets:
            try:
                made = [
                    sockets.enter_context(drivers.make_onward_socket(family, self._marks))
                    for _ in range(count)
                ]
            except (DriverError, OSError) as error:  # the worker asks again
                log.error("no socket for the next hop", process=child.name, why=str(error))
                return
            child.send(Onward(int(family)), tuple(sock.fileno() for sock in made))

    # --- reload ---------------------------------------------------------------------------------

    async def _on_hangup(self) -> None:
        try:
            log.info(await self.reload())
        except (SettingsError, SettingsFileError, DriverError) as error:
            log.error("reload refused", error=str(error))

    async def reload(self) -> str:
        """Read both files again and put new workers beside the old, which finish their sessions.

        A sentence of what was done. Raises SettingsError, SettingsFileError or DriverError, and
        changes nothing then: the rules, which may refuse, come first.
        """
        async with self._reloading:
            new, old = read_settings(*self._paths), self.settings
            if self.applied is not None and new.config.on_failure is not old.config.on_failure:
                update = functools.partial(
                    self.applied.update, on_failure=driver_failure(new.config)
                )
                await asyncio.to_thread(update)
            self.settings = new
        self._tell_policy()
        for slot in range(self.pair.workers):
            self._jobs.start(self._renew_worker(slot))
        return self._what_is_in_force(old)

    def _tell_policy(self) -> None:
        """Give the interceptor the policy in force; one that cannot be told starts anew with it."""
        interceptor = self.children.get((Role.INTERCEPTOR, 0))
        if interceptor is None:
            return
        settings = self.settings
        letter = launching.sealed(settings.policy_text.encode())
        try:
            bypass = settings.config.on_failure is OnFailure.BYPASS
            if not interceptor.send(NewPolicy(settings.policy_file, bypass), (letter,)):
                interceptor.kill()
        finally:
            os.close(letter)

    def _what_is_in_force(self, old: Settings) -> str:
        new = self.settings
        fixed = [
            name
            for name in ("nic", "smtp", "workers", "paths", "emulator")
            if getattr(old.config, name) != getattr(new.config, name)
        ]
        words = f"policy {new.policy.version} is in force as soon as its workers have started"
        if fixed:
            words += f"; changes of {', '.join(fixed)} need a restart of gatewayd"
        return words

    async def _renew_worker(self, slot: int) -> None:
        """Start the new worker; when it beats, let the old one finish and go. Until then, however
        long it takes, the old one serves: it must not make room for one that does not come."""
        old = self.children.pop((Role.WORKER, slot), None)
        if old is not None:
            self.leaving.append(old)
        await self._replace(Role.WORKER, slot, 0.0)
        while not self._is_healthy((Role.WORKER, slot)):
            if self.stopping:
                return
            await asyncio.sleep(WATCH_SECONDS / 4)
        if old is not None:
            self._drain(old)

    def _drain(self, worker: Child) -> None:
        worker.drained = True
        worker.send(Drain())

    # --- status ---------------------------------------------------------------------------------

    async def status(self) -> Status:
        """The state of everything, for `gatewayctl status`."""
        packets = await asyncio.to_thread(packet_counters)  # nft is asked, and may be slow
        now = time.monotonic()
        config, policy = self.settings.config, self.settings.policy
        rules = self.applied.rules if self.applied is not None else None
        return Status(
            version=VERSION,
            uptime=now - self.began,
            on_failure=config.on_failure.value,
            failure=self._failure(now),
            policy=policy.version,
            policy_file=str(self._paths[1]),
            pair=NicPairStatus(
                client=self.pair.client_nic,
                server=self.pair.server_nic,
                mode=self.pair.mode.value,
                ports=list(self.pair.ports),
                vlan=self.pair.vlan.value,
                queue_rule=rules.spelling.value if rules is not None else "",
            ),
            processes=[self._process(child, now) for child in self._everybody()],
            packets=packets,
            steering=self._counters(Role.INTERCEPTOR),
            mails=self._counters(Role.WORKER),
            emulation=summed([one.beat.counters for one in self._all(Role.EMULATOR)]),
        )

    def _counters(self, role: Role) -> list[CounterStatus]:
        """What processes of `role` counted since the start, those included that have ended."""
        return summed([self._past[role], *(child.beat.counters for child in self._all(role))])

    def _everybody(self) -> list[Child]:
        order = list(Role)
        children = [*self.children.values(), *self.leaving]
        return sorted(children, key=lambda child: (order.index(child.kind.role), child.slot))

    def _process(self, child: Child, now: float) -> ProcessStatus:
        if child in self.leaving:
            state = "draining"
        elif child.healthy(now):
            state = "healthy"
        else:
            state = "starting" if child.last_beat is None else "silent"
        restarts = self.restarts.get((child.kind.role, child.slot), Restarts()).count
        return ProcessStatus(
            name=child.name,
            pid=child.pid,
            state=state,
            cpus=child.affinity(),
            uptime=now - child.since,
            restarts=restarts,
            sessions=child.beat.sessions,
            does=child.kind.does,
        )

    def _failure(self, now: float) -> str:
        """What a new connection meets when nobody can inspect it; empty while all is well."""
        interceptor = self.children.get((Role.INTERCEPTOR, 0))
        workers = [child for child in self._all(Role.WORKER) if child.healthy(now)]
        if interceptor is not None and interceptor.healthy(now) and workers:
            return ""
        if self.settings.config.on_failure is OnFailure.BYPASS:
            return "new connections pass UNINSPECTED (on_failure = bypass)"
        return "new connections are held back, senders retry (on_failure = hold)"
