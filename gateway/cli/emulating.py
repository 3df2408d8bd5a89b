"""emulate: files run in guests of this machine, by the environments and rules that judge mail.

The type of a file is told by a confined guest of the inspector, as for mail; the file itself runs
in its environment's guest and nowhere else. Nothing is kept: no journal row, no cached verdict.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.cli.control import ask_status, socket_path
from gateway.cli.exits import CliError, Exit
from gateway.cli.extract_files import named_files, read_file
from gateway.cli.inspecting import inspector_host
from gateway.daemon.detonator import Detonated, Detonator
from gateway.daemon.emulatorwire import MAX_SAMPLE
from gateway.emulation import Absent, Sample
from gateway.emulation.report import (
    EmulationReport,
    report_of,
    report_on_inert,
    report_without_run,
)
from gateway.model import Verdict, file_type
from gateway.model.filetype import Acts
from gateway.policy import GatewayConfig
from gateway.sandbox import (
    GuestFailed,
    GuestTimedOut,
    Inspector,
    content_from_bytes,
)
from gateway.stages.services import NotEmulated


@dataclass(frozen=True, slots=True)
class Named:
    """A file to run, and the name it is shown under."""

    path: Path
    name: str


class EnvironmentState(msgspec.Struct, frozen=True):
    """An environment: `absent` says why it cannot be used, and is empty when it can."""

    name: str
    types: list[str]
    version: str = ""
    detail: str = ""
    absent: str = ""


class EmulatorState(msgspec.Struct, frozen=True):
    """What `emulator status` shows. `running` is None while no gateway's emulator runs."""

    enabled: bool
    concurrency: int
    environments: list[EnvironmentState]
    running: int | None = None
    counters: dict[str, int] = {}


def samples_of(files: Sequence[Path], config: GatewayConfig) -> list[Named]:
    """The files, and those below each folder. Raises CliError when emulation is switched off."""
    if not config.emulator.enabled:
        raise CliError(Exit.SETTINGS, "this machine does not emulate: emulator.enabled is false")
    return [Named(source, str(name)) for source, name in named_files(files)]


def emulate_all(
    work: Sequence[Named],
    environment: str,
    seconds: int,
    config: GatewayConfig,
    tell: Callable[[EmulationReport], None],
) -> bool:
    """Run the files, one after the other, and `tell` of each; whether all were seen to their end.

    Raises CliError when the inspector cannot be started or there is no such environment.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-emulate-") as directory:
        detonator = Detonator(config, Path(directory))
        with closing(detonator):
            if environment and environment not in detonator.names:
                known = ", ".join(detonator.names)
                raise CliError(
                    Exit.USAGE, f"there is no environment '{environment}'; there are: {known}"
                )
            with inspector_host(config) as host:
                runner = _Runner(detonator, environment, seconds)
                return asyncio.run(runner.run(host.socket, work, tell))


class _Runner:
    """What all files of one run share."""

    def __init__(self, detonator: Detonator, environment: str, seconds: int) -> None:
        self._detonator = detonator
        self._environment = environment
        self._seconds = seconds

    async def run(
        self, host: socket.socket, work: Sequence[Named], tell: Callable[[EmulationReport], None]
    ) -> bool:
        inspector = Inspector(host)
        try:
            complete = True
            for each in work:
                report = await self._one(inspector, each)
                complete &= report.verdict != Verdict.UNSCANNED.value
                tell(report)
            return complete
        finally:
            inspector.close()

    async def _one(self, inspector: Inspector, named: Named) -> EmulationReport:
        try:
            data = read_file(named.path, MAX_SAMPLE)
        except (OSError, ValueError) as error:
            reason = str(getattr(error, "strerror", None) or error)
            return report_without_run(Sample(named.name, "unknown", b""), reason)
        guess = await inspector.identify(content_from_bytes(data), named.path.name)
        if isinstance(guess, GuestFailed | GuestTimedOut):
            return report_without_run(
                Sample(named.name, "unknown", data), "its type could not be told"
            )
        sample = Sample(named.path.name, guess.type, data)
        return msgspec.structs.replace(await self._report(sample), file=named.name)

    async def _report(self, sample: Sample) -> EmulationReport:
        if file_type(sample.type).acts is Acts.NEVER:
            return report_on_inert(sample)
        outcome = await self._detonator.run(sample, self._seconds, self._environment)
        match outcome:
            case NotEmulated(reason=reason):
                return report_without_run(sample, reason)
            case Detonated(detonation=detonation, judgement=judgement):
                return report_of(sample, detonation, judgement, self._detonator.rules_version)


def look_at_emulator(config: GatewayConfig) -> EmulatorState:
    """Probe every environment here, and ask the running gateway what its emulator does."""
    with tempfile.TemporaryDirectory(prefix="sluice-emulator-") as directory:
        detonator = Detonator(config, Path(directory))
        with closing(detonator):
            found = [
                EnvironmentState(
                    name=name,
                    types=sorted(types),
                    version="" if isinstance(state, Absent) else state.version,
                    detail="" if isinstance(state, Absent) else state.detail,
                    absent=state.reason if isinstance(state, Absent) else "",
                )
                for name, types, state in detonator.look()
            ]
    running, counters = _running_emulator(config)
    return EmulatorState(
        enabled=config.emulator.enabled,
        concurrency=config.emulator.concurrency,
        environments=found,
        running=running,
        counters=counters,
    )


def _running_emulator(config: GatewayConfig) -> tuple[int | None, dict[str, int]]:
    """How many guests the running gateway has, and its emulator's counters."""
    try:
        state, _ = ask_status(socket_path(config))
    except CliError:
        return None, {}
    guests = next((each.sessions for each in state.processes if each.name == "emulator"), None)
    return guests, {counter.name: counter.value for counter in state.emulation}
