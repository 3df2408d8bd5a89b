"""gatewayd: the life of a gateway, from the repair of its last crash until all is taken back.

It is the only process with privilege, and it reads nothing from the network but one line that its
own probes get back. Order at the start:
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
import time
from pathlib import Path

import structlog

import drivers
from drivers import Applied, DriverError, Listeners, Marks, PairConfig
from drivers.actions import Step
from gateway.daemon.control import packet_counters, serve_control
from gateway.daemon.crew import LOOK_SECONDS, Crew
from gateway.daemon.detonator import Detonator, guests_directory
from gateway.daemon.jobs import Jobs
from gateway.daemon.machine import Places, driver_failure, pair_config, plan_machine
from gateway.daemon.notify import Notifier
from gateway.daemon.overview import failure, nic_pair, overview
from gateway.daemon.privileges import unprivileged_ids
from gateway.daemon.probe import Prober
from gateway.daemon.settings import Settings, SettingsFileError, read_settings
from gateway.daemon.status import Status
from gateway.daemon.tls import certificate_files
from gateway.daemon.topology import Role
from gateway.policy import SettingsError
from gateway.store import Originals, Quarantine
from gateway.store.originals import KEY_FILE

log = structlog.get_logger()

WATCH_SECONDS = 0.2
"""Between two looks at the processes: hangs are to be noticed within 2 s."""

READY_SECONDS = 330.0
"""How long the processes may take before the NIC pair comes up: longer than one of them."""

DRAIN_SECONDS = 30.0
"""How long sessions may take to finish their mail when the gateway stops."""


class Supervisor:
    """One gateway: its settings, its NIC pair, and the crew that inspects what crosses it."""

    def __init__(self, config_path: Path, policy_path: Path) -> None:
        self._paths = (config_path, policy_path)
        self.settings: Settings = read_settings(config_path, policy_path)
        self.pair: PairConfig
        self.crew: Crew
        self.applied: Applied | None = None
        self._began = time.monotonic()
        self._listeners: list[Listeners] = []
        self._jobs = Jobs()
        self._reloading = asyncio.Lock()
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
        places, steps = await asyncio.to_thread(self._plan)
        self._open_listeners()
        prober = Prober([one.port for one in self._listeners], self._on_hang)
        probe_port = await prober.open()
        self.crew = Crew(self.settings, self.pair, places, self._listeners, probe_port)
        control: asyncio.Server | None = None
        try:
            self.crew.start()
            await self._until_ready()
            if not self._stop.is_set():
                await asyncio.to_thread(self._apply, steps)
                control = await serve_control(self._control_path, self)
                log.info("gateway is up", workers=len(self._listeners), mode=self.pair.mode.value)
                self._notify.ready(f"policy {self.settings.policy.version} is in force")
            while not self._stop.is_set():
                self._watch(prober)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), WATCH_SECONDS)
        finally:
            prober.close()
            if control is not None:
                control.close()
                self._control_path.unlink(missing_ok=True)  # uvloop leaves it to us
            await self._shut_down()

    def _watch(self, prober: Prober) -> None:
        """Watch everybody; systemd's watchdog is fed only while new connections are inspected, and
        the greeting of a probe came back through a worker."""
        self.crew.watch()
        prober.look(self.crew.slots_served())
        now = time.monotonic()
        failed = failure(self.crew.roster, self.settings.config, now)
        if not failed and prober.answered(now):
            self._notify.alive()

    def _on_hang(self, slot: int, why: str) -> None:
        self.crew.give_up(slot, why)

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

    def _plan(self) -> tuple[Places, list[Step]]:
        places, _, steps = plan_machine(self.settings.config)
        self.pair = pair_config(self.settings.config, len(places.workers))
        drivers.make_plan(self.pair, drivers.probe(), steps)  # objections come before any process
        return places, steps

    def _open_listeners(self) -> None:
        marks = Marks(self.pair.mark_base)
        for slot in range(self.pair.workers):
            self._listeners.append(
                drivers.make_listeners(slot, listener_base=self.pair.listener_base, marks=marks)
            )

    async def _until_ready(self) -> None:
        """Wait for the first beat of every process, or for a signal to end."""
        deadline = time.monotonic() + READY_SECONDS
        needed = set(self.crew.roster.children)  # one that dies leaves its place for a while
        while missing := self._missing(needed):
            if self._stop.is_set():
                return
            if time.monotonic() > deadline:
                names = ", ".join(f"{role}@{slot}" for role, slot in missing)
                raise OSError(f"{names} did not start within {READY_SECONDS:.0f} s")
            self.crew.watch()
            await asyncio.sleep(LOOK_SECONDS)

    def _missing(self, needed: set[tuple[Role, int]]) -> list[tuple[Role, int]]:
        now = time.monotonic()
        return sorted(place for place in needed if not self.crew.roster.healthy(place, now))

    def _apply(self, steps: list[Step]) -> None:
        plan = drivers.make_plan(self.pair, drivers.probe(), steps)
        self.applied = drivers.apply(plan, self._state_file)

    async def _shut_down(self) -> None:
        """Finish the mails under way, end the processes, take the NIC pair down."""
        self._notify.stopping()
        await self.crew.end(DRAIN_SECONDS)
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

    @property
    def _state_file(self) -> Path:
        return self._run_directory / "drivers.json"

    @property
    def _control_path(self) -> Path:
        return self._run_directory / "control.sock"

    @property
    def _run_directory(self) -> Path:
        return Path(self.settings.config.paths.run)

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
        self.crew.renew(new)
        return self._what_is_in_force(old)

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

    # --- status ---------------------------------------------------------------------------------

    async def status(self) -> Status:
        """The state of everything, for `gatewayctl status`."""
        packets = await asyncio.to_thread(packet_counters)  # nft is asked, and may be slow
        return overview(
            self.crew.roster,
            self.settings,
            nic_pair(self.pair, self.applied),
            packets,
            policy_path=self._paths[1],
            began=self._began,
            now=time.monotonic(),
        )
