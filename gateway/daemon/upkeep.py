"""What a worker looks after beside its mails: what verdicts rest on, and what has grown old.

New signatures or feed files make a new plan version, so that no verdict of the old ones is used
again. Everything slow happens in threads: the event loop goes on beating.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from pathlib import Path

import structlog

from gateway.daemon.inspection import PlanInspection
from gateway.daemon.versions import engine_versions
from gateway.emulation.rulefolder import rules_in_use
from gateway.engines.reputation import FeedFolder
from gateway.policy import GatewayConfig, Policy
from gateway.stages import PLAN
from gateway.store import Ages, Originals, Quarantine, StoreError, keep_house

log = structlog.get_logger()

LOOK_SECONDS = 30.0
"""Between two looks at the scanner's signature version and at the feed files."""

HOUSEKEEPING_SECONDS = 3600.0
"""Between two removals of what has grown old: ages are given in days and hours."""

HOUR = 3600.0
DAY = 24 * HOUR


class Upkeep:
    """Keeps the engines of `inspection` current, and the state directory from growing for ever."""

    def __init__(self, inspection: PlanInspection, config: GatewayConfig, policy: Policy) -> None:
        self._inspection = inspection
        self._feeds = FeedFolder(Path(config.reputation.feeds))
        self._antivirus_version = ""
        self._state = Path(config.paths.state)
        self._ages = Ages(
            quarantine=policy.quarantine.days * DAY,
            journal=policy.journal.days * DAY,
            cache=policy.cache.max_age_hours * HOUR,
        )

    async def look(self) -> None:
        """Read feed files that changed, ask the scanner what it knows: once."""
        shared = self._inspection.shared
        before = shared.feeds
        feeds = await asyncio.to_thread(self._feeds.current)  # a large one takes seconds
        self._antivirus_version = await shared.antivirus.version() or self._antivirus_version
        # Feeds and version change in one step: no mail sees the one without the other.
        shared.feeds = feeds
        self._inspection.plan_version = PLAN.version(
            engine_versions(feeds, self._antivirus_version, rules_in_use(self._state))
        )
        if feeds is not before:
            for problem in feeds.problems:
                log.warning("feed", problem=problem)
            log.info("feeds read", files=len(feeds.files), holds=feeds.describe())

    async def keep_looking(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def keep_house(self) -> None:
        """Forget what is past its age, again and again."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            await self.forget()

    async def forget(self) -> None:
        """Forget what is past its age, once."""
        database, quarantine = self._state / "journal.db", Quarantine(self._state / "quarantine")
        try:
            originals = Originals(self._state / "originals")
            forgotten = await asyncio.to_thread(
                keep_house, database, quarantine, originals, self._ages, time.time()
            )
        except StoreError as error:
            log.error("what is old cannot be removed", why=str(error))
            return
        if forgotten.anything:
            log.info("past its age and removed", **asdict(forgotten))
