"""emulate: files run in guests of this machine, by the environments and rules that judge mail.

A file goes through the stages that a part of a mail goes through: its type is told by a confined
guest of the inspector, it runs in its environment's guest, and what it hands on is followed.
Nothing is kept: no journal row, no cached verdict.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import msgspec

from gateway.cli.control import ask_status, socket_path
from gateway.cli.emulated_chain import SeenDetonations, report_of_case
from gateway.cli.exits import CliError, Exit
from gateway.cli.explaining import NowhereHop, engines_of
from gateway.cli.extract_files import named_files, read_file
from gateway.cli.inspecting import inspector_host
from gateway.daemon.detonator import Detonator, Looked
from gateway.daemon.emulatorwire import MAX_SAMPLE
from gateway.daemon.mailservices import MailServices
from gateway.emulation import Absent, Sample
from gateway.emulation.page import FirstPage
from gateway.emulation.report import EmulationReport, report_without_run
from gateway.model import Content, TypeGuess, Verdict
from gateway.model.convertible import PAGED
from gateway.policy import GatewayConfig, Policy
from gateway.sandbox import (
    GuestFailed,
    GuestTimedOut,
    Inspector,
    content_from_bytes,
)
from gateway.stages.alone import run_alone

FIRST_PAGE_SECONDS = 30
"""For a picture of a document's first page: LibreOffice draws all pages, and starts in fifteen
seconds under full load."""


IDENTIFY_SECONDS = 60
"""For telling a file's type, which takes milliseconds: no mail waits here, and on a machine under
heavy load the five seconds of mails are not enough for a fresh guest to be given the processor."""

IDENTIFY_TRIES = 2


@dataclass(frozen=True, slots=True)
class Named:
    """A file to run, and the name it is shown under."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How the files are to be run: in which environment (empty: as policy says), for how long, and
    whether a picture is drawn of each document's first page."""

    environment: str
    seconds: int
    draw: bool = False


Tell = Callable[[EmulationReport, FirstPage | None], None]


class EnvironmentState(msgspec.Struct, frozen=True):
    """An environment: `absent` says why it cannot be used, and is empty when it can. `documents`:
    what it opens when `--environment` names it, beside the programs of the row with its name."""

    name: str
    types: list[str]
    version: str = ""
    detail: str = ""
    absent: str = ""
    documents: bool = False

    @property
    def title(self) -> str:
        """What people call it; `name` is what `--environment` takes."""
        return f"{self.name} (documents)" if self.documents else self.name


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
    asked: Asked,
    config: GatewayConfig,
    policy: Policy,
    tell: Tell,
) -> bool:
    """Run the files, one after the other, and `tell` of each; whether all were seen to their end.

    Raises CliError when the inspector cannot be started or there is no such environment.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-emulate-") as directory:
        detonator = Detonator(config, Path(directory))
        with closing(detonator):
            if asked.environment and asked.environment not in detonator.names:
                known = ", ".join(detonator.names)
                raise CliError(
                    Exit.USAGE, f"there is no environment '{asked.environment}'; there are: {known}"
                )
            with inspector_host(config) as host:
                runner = _Runner(detonator, asked, config, policy)
                return asyncio.run(runner.run(host.socket, work, tell))


class _Runner:
    """What all files of one run share."""

    def __init__(
        self,
        detonator: Detonator,
        asked: Asked,
        config: GatewayConfig,
        policy: Policy,
    ) -> None:
        self._detonator = detonator
        self._asked = asked
        self._config = config
        self._policy = policy

    async def run(self, host: socket.socket, work: Sequence[Named], tell: Tell) -> bool:
        inspector = Inspector(host)
        try:
            complete = True
            for each in work:
                report, first_page = await self._one(inspector, each)
                complete &= report.verdict != Verdict.UNSCANNED.value
                tell(report, first_page)
            return complete
        finally:
            inspector.close()

    async def _one(
        self, inspector: Inspector, named: Named
    ) -> tuple[EmulationReport, FirstPage | None]:
        try:
            data = read_file(named.path, MAX_SAMPLE)
        except (OSError, ValueError) as error:
            reason = str(getattr(error, "strerror", None) or error)
            return report_without_run(Sample(named.name, "unknown", b""), reason), None
        content = content_from_bytes(data)
        guess = await _identified(inspector, content, named.path.name)
        if isinstance(guess, str):
            return report_without_run(Sample(named.name, "unknown", data), guess), None
        seen = SeenDetonations(self._detonator, self._asked.environment, self._asked.seconds)
        shared = engines_of(self._config, inspector, seen)
        case = await run_alone(
            content,
            named.path.name,
            guess,
            self._policy,
            MailServices(shared, NowhereHop()),
            with_antivirus=bool(await shared.antivirus.version()),
        )
        report = report_of_case(case, seen)
        wanted = self._asked.draw and guess.type in PAGED and not report.screens
        first_page = await _first_page(inspector, content, guess.type) if wanted else None
        inspector.done(content)
        return msgspec.structs.replace(report, file=named.name), first_page


async def _identified(inspector: Inspector, content: Content, name: str) -> TypeGuess | str:
    """The type, or why it could not be told; asked twice, since a guest may be lost to the machine
    and not to the file."""
    for _ in range(IDENTIFY_TRIES):
        guess = await inspector.identify(content, name, IDENTIFY_SECONDS * 1000)
        match guess:
            case GuestTimedOut():
                why = f"telling it took longer than {IDENTIFY_SECONDS} s"
            case GuestFailed():
                why = guess.error.rstrip(".")
            case _:
                return guess
    return f"its type could not be told: {why}"


async def _first_page(inspector: Inspector, content: Content, type_name: str) -> FirstPage:
    drawn = await inspector.first_page(content, type_name, FIRST_PAGE_SECONDS * 1000)
    match drawn:
        case bytes():
            return FirstPage(drawn)
        case GuestTimedOut():
            return FirstPage(b"", f"drawing it took longer than {FIRST_PAGE_SECONDS} s")
        case GuestFailed():
            return FirstPage(b"", drawn.error.rstrip("."))
    assert_never(drawn)


def look_at_emulator(config: GatewayConfig) -> EmulatorState:
    """Probe every environment here, and ask the running gateway what its emulator does."""
    with tempfile.TemporaryDirectory(prefix="sluice-emulator-") as directory:
        detonator = Detonator(config, Path(directory))
        with closing(detonator):
            found = [_state_of(each) for each in detonator.look()]
    running, counters = _running_emulator(config)
    return EmulatorState(
        enabled=config.emulator.enabled,
        concurrency=config.emulator.concurrency,
        environments=found,
        running=running,
        counters=counters,
    )


def _state_of(looked: Looked) -> EnvironmentState:
    state, types = looked.state, sorted(looked.types)
    if isinstance(state, Absent):
        return EnvironmentState(looked.name, types, absent=state.reason, documents=looked.by_name)
    return EnvironmentState(
        looked.name, types, state.version, state.detail, documents=looked.by_name
    )


def _running_emulator(config: GatewayConfig) -> tuple[int | None, dict[str, int]]:
    """How many guests the running gateway has, and its emulator's counters."""
    try:
        state, _ = ask_status(socket_path(config))
    except CliError:
        return None, {}
    guests = next((each.sessions for each in state.processes if each.name == "emulator"), None)
    return guests, {counter.name: counter.value for counter in state.emulation}
