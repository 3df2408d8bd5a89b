"""The supervisor's decisions, without processes and NICs: when it is up, what failures leave."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from drivers import DriverError, Mode, OnFailure, PairConfig
from gateway.daemon import supervisor as supervising
from gateway.daemon.channel import NewPolicy
from gateway.daemon.crew import Crew
from gateway.daemon.machine import Places
from gateway.daemon.supervisor import Supervisor
from gateway.daemon.topology import Role
from gateway.policy import SettingsError
from tests.unit.daemon.processes import child, play, told


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
    made.crew = Crew(made.settings, made.pair, Places([0], (0, 0), (0, 0), [0]), [], 0)
    monkeypatch.setattr(supervising, "LOOK_SECONDS", 0.0025)
    return made


def test_the_nic_pair_waits_for_every_process_those_included_that_died(
    on: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is being replaced has no entry: it must not count as ready."""
    monkeypatch.setattr(supervising, "READY_SECONDS", 0.1)
    on.crew.roster.children[Role.WORKER, 0] = child(Role.WORKER, 0)
    on.crew.roster.children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0, None)

    async def test() -> None:
        waiting = asyncio.create_task(on._until_ready())
        await asyncio.sleep(0.02)
        del on.crew.roster.children[Role.INTERCEPTOR, 0]
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
    monkeypatch.setattr(on.crew, "_renew_worker", _nothing)
    on.crew.roster.children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0)
    return on


async def _nothing(slot: int) -> None:
    return None


def change(on: Supervisor, text: str) -> None:
    path = on._paths[0]
    path.write_text(text + path.read_text())


@pytest.mark.parametrize("refuses", [False, True])
def test_rules_that_refuse_leave_everything_as_it_was(reloading: Supervisor, refuses: bool) -> None:
    on, before = reloading, reloading.settings
    interceptor = on.crew.roster.children[Role.INTERCEPTOR, 0]
    rules = Rules(refuses)
    on.applied = rules  # type: ignore[assignment]
    change(on, 'on_failure = "bypass"\n')

    async def test() -> None:
        if refuses:
            with pytest.raises(DriverError):
                await on.reload()
            assert on.settings is before
            assert told(interceptor) == []
        else:
            await on.reload()
            assert rules.told == [OnFailure.BYPASS]
            assert told(on.crew.roster.children[Role.INTERCEPTOR, 0]) == [
                NewPolicy("policy.toml", True)
            ]

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


def test_what_needs_a_restart_is_named(reloading: Supervisor) -> None:
    change(reloading, "workers = 7\n")

    async def test() -> None:
        assert "changes of workers need a restart" in await reloading.reload()

    play(test)


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
