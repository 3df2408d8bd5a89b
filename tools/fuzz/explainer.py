"""One process that explains mail after mail as `gatewayctl explain` does, with one inspector.

The inspector stands between mails, as in a worker; cache and engines are new for each mail, as in
`explain`. A mail that does not end is given up, and the inspector with it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.cli.explaining import engines_of, explained
from gateway.daemon.detonator import Detonator
from gateway.model import Envelope
from gateway.pipeline import Case, Report, report_of
from gateway.policy import GatewayConfig, UnscannedKind, load_gateway_config, load_policy
from gateway.sandbox import HostProcess, Inspector, start_host

HANG_SECONDS: Final = 300.0
"""A mail that takes longer hangs: a worker's client was told 451 before."""

ENVELOPE: Final = Envelope("sender@client.example", ("anna@corp.example", "outside@corp.example"))
"""Two recipients, one of them outside extraction: both kinds of bodies are rebuilt."""


_UNSCANNED: Final = "\n".join(f'{kind} = "deliver"' for kind in UnscannedKind)


@dataclass(frozen=True, slots=True)
class Setup:
    """Which engines run. `clamd` is the socket's path; without one policy switches it off."""

    clamd: str = ""
    emulate: bool = False

    def policy(self) -> str:
        """The policy as TOML: every answer is "deliver", so that rebuild always has work to do."""
        return f"""\
[verdict]
malicious = "reject"
suspicious = "deliver"
[unscanned]
{_UNSCANNED}
[antivirus]
enabled = {str(bool(self.clamd)).lower()}
[emulate]
enabled = {str(self.emulate).lower()}
[[recipients]]
match = ["outside@corp.example"]
extract = false
"""

    def config(self) -> GatewayConfig:
        """The machine's settings."""
        socket = f'[antivirus]\nsocket = "{self.clamd}"\n' if self.clamd else ""
        return load_gateway_config(socket)


@dataclass(frozen=True, slots=True)
class Explained:
    """What became of one mail: its report, or why there is none; how long it took.

    `again` is the report on the extracted mail, where one was made: nothing may be left in it.
    """

    report: Report | None
    error: str
    seconds: float
    again: Report | None = None


class Explainer:
    """Explains mails one after the other. Use it as a context manager."""

    def __init__(self, setup: Setup) -> None:
        self._config = setup.config()
        self._policy = load_policy(setup.policy())
        self._runner = asyncio.Runner()
        self._directory = tempfile.TemporaryDirectory(prefix="sluice-fuzz-")
        self._host: HostProcess | None = None
        self._inspector: Inspector | None = None

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the inspector and all its guests."""
        self._give_up_inspector()
        self._runner.close()
        self._directory.cleanup()

    def explain(self, mail: bytes) -> Explained:
        """Run the plan on `mail`, and on the extracted mail if there is one. Raises nothing for
        what the mail does."""
        started = time.monotonic()
        case = self._case(mail)
        seconds = time.monotonic() - started
        if isinstance(case, str):
            return Explained(None, case, seconds)
        body = next((body.content.read() for body in case.bodies if body.extracted), None)
        if body is None:
            return Explained(report_of(case), "", seconds)
        again = self._case(body)
        if isinstance(again, str):
            return Explained(None, f"the extracted mail: {again}", seconds)
        return Explained(report_of(case), "", seconds, report_of(again))

    def _case(self, mail: bytes) -> Case | str:
        """The finished case, or why there is none."""
        case = self._runner.run(self._explain(mail))
        if isinstance(case, str):
            self._give_up_inspector()
        return case

    async def _explain(self, mail: bytes) -> Case | str:
        emulator = Detonator(self._config, Path(self._directory.name))
        shared = engines_of(self._config, self._standing_inspector(), emulator)
        explaining = explained(mail, ENVELOPE, self._policy, shared)
        try:
            return await asyncio.wait_for(explaining, HANG_SECONDS)
        except TimeoutError:
            return f"it did not end within {HANG_SECONDS:.0f} s"
        except Exception as error:  # noqa: BLE001 - finding these is what the fuzzer is for
            return f"{type(error).__name__}: {error}"

    def _standing_inspector(self) -> Inspector:
        if self._inspector is None or not self._inspector.alive:
            self._give_up_inspector()
            self._host = start_host()
            self._inspector = Inspector(self._host.socket)
        return self._inspector

    def _give_up_inspector(self) -> None:
        if self._inspector is not None:
            self._inspector.close()
        if self._host is not None:
            self._host.end()
        self._inspector = self._host = None
