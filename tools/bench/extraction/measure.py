"""Times extraction as the gateway does it: a standing inspector, a confined guest for each file."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.explaining import NowhereHop, engines_of
from gateway.cli.extracting import Method, policy_for_files
from gateway.cli.inspecting import inspector_host
from gateway.daemon.detonator import Detonator
from gateway.daemon.mailservices import MailServices
from gateway.model.imagemethod import ImageMethod
from gateway.policy import GatewayConfig, Policy
from gateway.sandbox import Inspector, content_from_bytes
from gateway.stages.files import extract_file
from tools.bench.extraction.files import Sample

_SETTLE_SECONDS = 0.03
"""A guest whose socket was closed has ended after a millisecond or two: its memory is known."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One file: its type, how its extraction ended, milliseconds (median of the runs), and the most
    memory that one of its guests had at once, in KiB, pages it shares with all others included."""

    name: str
    type: str
    status: str
    ms: float
    peak_kib: int


def policy(method: Method = Method.CLEAN, *, reencode: bool = False) -> Policy:
    """The default policy, with extraction on for every type."""
    made = policy_for_files(Policy(), method)
    if not reencode:
        return made
    section = made.extract.model_copy(update={"images": ImageMethod.REENCODE})
    return made.model_copy(update={"extract": section})


class Stopwatch:
    """Extracts files with one warm inspector and times each; `repeats` runs, the median counts, so
    that other work on the machine weighs less."""

    def __init__(self, inspector: Inspector, services: MailServices, repeats: int) -> None:
        self._inspector = inspector
        self._services = services
        self._repeats = repeats

    async def time_all(
        self, samples: Iterable[Sample], rules: Policy, tell: Callable[[Timed], None]
    ) -> list[Timed]:
        """Each of `samples` under `rules`; `tell` hears of each at once."""
        timed = []
        for sample in samples:
            timed.append(await self._time(sample, rules))
            tell(timed[-1])
        return timed

    async def idle_kib(self) -> int:
        """The memory of a guest that has done next to nothing: what all of them share."""
        return (await self._time(Sample("nothing.bin", b"\0"), policy())).peak_kib

    async def _time(self, sample: Sample, rules: Policy) -> Timed:
        times = []
        self._inspector.take_peak_kib()
        for _ in range(self._repeats):
            content = content_from_bytes(sample.data)
            started = time.perf_counter()
            made = await extract_file(content, sample.name, rules, self._services)
            times.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(_SETTLE_SECONDS)
        ms, peak_kib = statistics.median(times), self._inspector.take_peak_kib()
        return Timed(sample.name, made.type, str(made.status), ms, peak_kib)


@asynccontextmanager
async def stopwatch(directory: Path, repeats: int) -> AsyncIterator[Stopwatch]:
    """A stopwatch with an inspector of its own. Raises CliError where none can be started."""
    config = GatewayConfig()
    with inspector_host(config) as host, closing(Detonator(config, directory)) as emulator:
        inspector = Inspector(host.socket)
        try:
            await inspector.warm_up()
            engines = engines_of(config, inspector, emulator)
            yield Stopwatch(inspector, MailServices(engines, NowhereHop()), repeats)
        finally:
            inspector.close()
