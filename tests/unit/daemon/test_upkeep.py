"""A worker notices changed feeds and signatures by itself, and what is old is forgotten."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec

from gateway.daemon.inspection import PlanInspection
from gateway.daemon.mailservices import MailServices, Shared
from gateway.daemon.upkeep import DAY, Upkeep
from gateway.engines.reputation import Feeds
from gateway.model import BytesContent
from gateway.policy import load_gateway_config, load_policy
from gateway.store import Kept, Quarantine, SqliteJournal, open_database
from tests.unit.cli.reports import report
from tests.unit.stages.fakes import FakeHop

DIGEST = "ab" * 32


@dataclass(slots=True)
class Scanner:
    """A scanner with signatures of a version, or one that does not answer."""

    says: str = "1"

    async def version(self) -> str:
        return self.says


@dataclass
class Scene:
    """A worker's shared services, and its upkeep, over a state directory."""

    directory: Path
    policy: str = ""
    scanner: Scanner = field(default_factory=Scanner)

    def __post_init__(self) -> None:
        (self.directory / "feeds").mkdir()
        config = load_gateway_config(
            f'[paths]\nstate = "{self.directory}"\n[reputation]\nfeeds = "{self.directory}/feeds"\n'
        )
        policy = load_policy(self.policy)
        self.shared = cast(Shared, SimpleNamespace(feeds=Feeds(), antivirus=self.scanner))
        self.inspection = PlanInspection(self.shared, policy)
        self.upkeep = Upkeep(self.inspection, config, policy)

    def look(self) -> str:
        """Look once; the plan's version afterwards."""
        asyncio.run(self.upkeep.look())
        return self.inspection.plan_version


def test_a_changed_feed_file_is_noticed_and_makes_a_new_plan_version(tmp_path: Path) -> None:
    on = Scene(tmp_path)
    first = on.look()
    assert on.look() == first
    (tmp_path / "feeds" / "sha256.txt").write_text(f"{DIGEST}\n")
    second = on.look()
    assert on.shared.feeds.look_up(DIGEST, ())
    (tmp_path / "feeds" / "sha256.txt").write_text(f"{DIGEST}\n{'cd' * 32}\n")
    third = on.look()
    assert on.shared.feeds.look_up("cd" * 32, ())
    (tmp_path / "feeds" / "sha256.txt").unlink()
    assert on.look() == first
    assert on.shared.feeds.empty
    assert len({first, second, third}) == 3


def test_a_mail_under_way_keeps_the_feeds_it_began_with(tmp_path: Path) -> None:
    on = Scene(tmp_path)
    on.look()
    names = [field.name for field in fields(Shared) if not hasattr(on.shared, field.name)]
    whole = SimpleNamespace(**vars(on.shared), **dict.fromkeys(names))
    services = MailServices(cast(Shared, whole), FakeHop())
    (tmp_path / "feeds" / "hosts.txt").write_text("bad.example\n")
    on.look()
    assert on.shared.feeds.hosts == {"bad.example"}
    assert services.feeds.empty


def test_a_link_that_leads_nowhere_does_not_blind_the_look(tmp_path: Path) -> None:
    on = Scene(tmp_path)
    (tmp_path / "feeds" / "dangling").symlink_to(tmp_path / "nowhere")
    on.look()
    (tmp_path / "feeds" / "hosts.txt").write_text("bad.example\n")
    on.look()
    assert on.shared.feeds.hosts == {"bad.example"}


def test_new_signatures_make_a_new_plan_version_and_silence_does_not(tmp_path: Path) -> None:
    on = Scene(tmp_path)
    first = on.look()
    on.scanner.says = "2"
    second = on.look()
    on.scanner.says = ""
    assert on.look() == second != first


def test_what_is_past_its_age_is_forgotten(tmp_path: Path) -> None:
    on = Scene(tmp_path, "[quarantine]\ndays = 10\n[journal]\ndays = 20\n")
    now = time.time()
    quarantine = Quarantine(tmp_path / "quarantine")
    mail = BytesContent(b"Subject: kept\r\n\r\n")
    for name, days in (("old", 11), ("new", 9)):
        kept = Kept(name, now - days * DAY, "a@b.example", [], "why", mail.sha256, mail.size)
        quarantine.keep(kept, mail)
    journal = SqliteJournal(open_database(tmp_path / "journal.db"))
    for name, days in (("aa", 21), ("bb", 19)):
        head = msgspec.structs.replace(report().message, id=name)
        old = msgspec.structs.replace(report(), message=head, started_at=now - days * DAY)
        journal.record(old)
    asyncio.run(on.upkeep.forget())
    assert [entry.id for entry in quarantine.entries()] == ["new"]
    assert [entry.id for entry in journal.entries(9)] == ["bb"]


def test_a_state_directory_that_cannot_be_used_is_logged_and_no_more(tmp_path: Path) -> None:
    on = Scene(tmp_path)
    (tmp_path / "journal.db").write_bytes(b"this is no database at all, whatever its name says")
    asyncio.run(on.upkeep.forget())
