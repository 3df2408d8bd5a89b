"""The supervisor's decisions, without processes and NICs: who takes flows, what failures leave."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import drivers
from drivers import DriverError, Mode, OnFailure, PairConfig
from gateway.daemon import supervisor as supervising
from gateway.daemon.channel import Beat, Drain, NewPolicy, Onward, Workers
from gateway.daemon.children import Child
from gateway.daemon.launch import Started
from gateway.daemon.machine import Places
from gateway.daemon.steering import NOT_HEALTHY
from gateway.daemon.supervisor import Supervisor
from gateway.daemon.topology import BY_ROLE, Role
from gateway.policy import SettingsError

HEALTHY, SILENT = math.inf, -math.inf
"""Last beats: whatever the time is."""


class Told:
    """A channel that notes what is sent; `full` refuses it."""

    def __init__(self) -> None:
        self.messages: list[object] = []
        self.descriptors: list[int] = []
        self.full = False

    def send(self, message: object, descriptors: tuple[int, ...] = ()) -> bool:
        if self.full:
            return False
        self.messages.append(message)
        self.descriptors += [os.dup(descriptor) for descriptor in descriptors]
        return True


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    """A supervisor of two workers that has started nothing."""
    config = (
        f'[nic]\nclient = "a"\nserver = "b"\n[paths]\nstate = "{tmp_path}"\nrun = "{tmp_path}"\n'
    )
    (tmp_path / "gateway.toml").write_text(config)
    (tmp_path / "policy.toml").write_text("")
    made = Supervisor(tmp_path / "gateway.toml", tmp_path / "policy.toml")
    made.pair = PairConfig("a", "b", mode=Mode.BRIDGE, workers=2)
    made.places = Places([0], (0, 0), (0, 0), [0])
    monkeypatch.setattr(supervising, "WATCH_SECONDS", 0.01)
    return made


def child(role: Role, slot: int, last_beat: float | None = HEALTHY, sessions: int = 0) -> Child:
    channel = Told()
    process = SimpleNamespace(poll=lambda: None, pid=os.getpid())
    started = Started(process, -1, channel)  # type: ignore[arg-type]
    return Child(BY_ROLE[role], slot, [], started, last_beat=last_beat, beat=Beat(sessions))


def told(one: Child) -> list[object]:
    return cast(Told, one.started.channel).messages


def play(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


# --- who takes flows -----------------------------------------------------------------------------


def test_a_worker_that_starts_is_stood_in_for_by_the_one_before_it(
    on: Supervisor,
) -> None:
    """They share their listeners: during a reload no slot is without a worker."""
    old, new = child(Role.WORKER, 0, sessions=4), child(Role.WORKER, 0, None)
    on.leaving.append(old)
    on.children[Role.WORKER, 0] = new
    on.children[Role.WORKER, 1] = child(Role.WORKER, 1, SILENT)
    interceptor = on.children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0)
    assert [on._load(slot, 0.0) for slot in range(2)] == [4, NOT_HEALTHY]
    old.drained = True
    assert on._load(0, 0.0) == NOT_HEALTHY
    new.last_beat = HEALTHY
    assert on._load(0, 0.0) == 0
    on._tell_interceptor([0, NOT_HEALTHY])
    assert told(interceptor) == [Workers([0, NOT_HEALTHY])]


def test_the_old_worker_is_drained_when_the_new_one_beats_and_not_before(
    on: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = on.children[Role.WORKER, 0] = child(Role.WORKER, 0)
    new = child(Role.WORKER, 0, None)
    tries: list[int] = []

    def fill(role: Role, slot: int) -> None:
        tries.append(slot)
        if len(tries) < 3:
            raise OSError(11, "Resource temporarily unavailable")
        on.children[role, slot] = new

    monkeypatch.setattr(on, "_fill", fill)
    monkeypatch.setattr(supervising, "LAST_RESTART_SECONDS", 0.01)

    async def test() -> None:
        renewing = asyncio.create_task(on._renew_worker(0))
        await asyncio.sleep(0.1)
        assert len(tries) == 3, "a machine that cannot start a process is asked again"
        assert told(old) == [] and not old.drained
        new.last_beat = HEALTHY
        await renewing
        assert told(old) == [Drain()] and old.drained

    play(test)


def test_the_nic_pair_waits_for_every_process_those_included_that_died(
    on: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is being replaced has no entry: it must not count as ready."""
    monkeypatch.setattr(supervising, "READY_SECONDS", 0.1)
    on.children[Role.WORKER, 0] = child(Role.WORKER, 0)
    on.children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0, None)

    async def test() -> None:
        waiting = asyncio.create_task(on._until_ready())
        await asyncio.sleep(0.02)
        del on.children[Role.INTERCEPTOR, 0]
        with pytest.raises(OSError, match="interceptor@0 did not start within"):
            await waiting

    play(test)


# --- reload --------------------------------------------------------------------------------------


class Rules:
    """Applied rules that refuse, or note what they are told."""

    def __init__(self, refuses: bool) -> None:
        self.refuses = refuses
        self.told: list[OnFailure | None] = []

    def update(self, *, on_failure: OnFailure | None = None) -> None:
        if self.refuses:
            raise DriverError("nft refused the rules")
        self.told.append(on_failure)


@pytest.fixture
def reloading(on: Supervisor, monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    monkeypatch.setattr(on, "_renew_worker", _nothing)
    on.children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0)
    return on


async def _nothing(slot: int) -> None:
    return None


def change(on: Supervisor, text: str) -> None:
    path = on._paths[0]
    path.write_text(text + path.read_text())


@pytest.mark.parametrize("refuses", [False, True])
def test_rules_that_refuse_leave_everything_as_it_was(reloading: Supervisor, refuses: bool) -> None:
    on, before = reloading, reloading.settings
    rules = Rules(refuses)
    on.applied = rules  # type: ignore[assignment]
    change(on, 'on_failure = "bypass"\n')

    async def test() -> None:
        if refuses:
            with pytest.raises(DriverError):
                await on.reload()
            assert on.settings is before
            assert told(on.children[Role.INTERCEPTOR, 0]) == []
        else:
            await on.reload()
            assert rules.told == [OnFailure.BYPASS]
            assert told(on.children[Role.INTERCEPTOR, 0]) == [NewPolicy("policy.toml", True)]

    play(test)


def test_a_file_with_errors_changes_nothing(reloading: Supervisor) -> None:
    before = reloading.settings
    change(reloading, "nonsense = 7\n")

    async def test() -> None:
        with pytest.raises(SettingsError):
            await reloading.reload()
        await reloading._on_hangup()  # says so in the log, and no more
        assert reloading.settings is before

    play(test)


def test_an_interceptor_that_cannot_be_told_starts_anew(
    reloading: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not go on with a policy that is in force no more."""
    interceptor = reloading.children[Role.INTERCEPTOR, 0]
    cast(Told, interceptor.started.channel).full = True
    killed: list[Child] = []
    monkeypatch.setattr(Child, "kill", lambda one: killed.append(one))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the shortest way to count
    reloading._tell_policy()
    assert killed == [interceptor]
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_what_needs_a_restart_is_named(reloading: Supervisor) -> None:
    change(reloading, "workers = 7\n")

    async def test() -> None:
        assert "changes of workers need a restart" in await reloading.reload()

    play(test)


# --- what processes ask for ---


def test_sockets_are_handed_out_to_workers_only_and_bounded(
    on: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[socket.socket] = []

    def make(family: socket.AddressFamily, marks: object) -> socket.socket:
        made.append(socket.socket(family))
        return made[-1]

    monkeypatch.setattr(drivers, "make_onward_socket", make)
    for role, family, count, expected in (
        (Role.WORKER, int(socket.AF_INET), 3, 3),
        (Role.WORKER, int(socket.AF_INET6), 10_000, supervising.MAX_ONWARD),
        (Role.WORKER, int(socket.AF_INET), -5, 0),
        (Role.WORKER, int(socket.AF_UNIX), 3, None),
        (Role.EMULATOR, int(socket.AF_INET), 3, None),
    ):
        del made[:]
        one = child(role, 0)
        on._hand_out(one, family, count)
        assert told(one) == ([] if expected is None else [Onward(family)])
        assert len(made) == (expected or 0)
        assert all(sock.fileno() == -1 for sock in made), "ours are closed again"


def test_a_machine_out_of_descriptors_costs_a_worker_its_wait_only(
    on: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[socket.socket] = []

    def make(family: socket.AddressFamily, marks: object) -> socket.socket:
        if len(made) == 2:
            raise OSError(24, "Too many open files")
        made.append(socket.socket(family))
        return made[-1]

    monkeypatch.setattr(drivers, "make_onward_socket", make)
    one = child(Role.WORKER, 0)
    on._hand_out(one, int(socket.AF_INET), 5)
    assert told(one) == []
    assert all(sock.fileno() == -1 for sock in made)


# --- directories ---


def test_a_link_in_the_state_directory_is_not_followed(
    on: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that somebody had taken over may have left it there, for root to trip over."""
    if os.geteuid() != 0:
        pytest.skip("changing owners needs root")
    precious = tmp_path / "precious"
    precious.write_text("root's own")
    (tmp_path / "journal.db-wal").symlink_to(precious)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "spool").symlink_to(elsewhere)
    on._prepare_directories()
    for path in (precious, elsewhere):
        assert path.stat().st_uid == 0
    assert (tmp_path / "journal.db-wal").lstat().st_uid != 0
    assert stat.S_IMODE((tmp_path / "tls" / "key.pem").stat().st_mode) == 0o600
