"""Probes: is mail served? Asked of every worker, every few seconds, by a connection like a mail's.

The supervisor connects to a worker's own listener, from this machine to this machine. The worker
accepts, takes a socket for the next hop, connects to the responder here, and hands the responder's
greeting back through a session and its relay. A greeting that comes back is the proof; a beat
proves only that an event loop turns. `docs/decisions/195` says which part of a mail's way is not
covered.

A probe leaves nothing behind: no row in the journal, no trace, no counter (`NoMail`, worker.py).
Of what comes back one line is compared, and never more than MAX_LINE bytes are read.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address

import structlog

from gateway.daemon.jobs import Jobs
from gateway.daemon.underway import Underway
from gateway.model import Content, Envelope, Flow
from gateway.smtp import replies
from gateway.smtp.replies import Reply

log = structlog.get_logger()

HERE = "127.0.0.1"

PERIOD_SECONDS = 3.0
"""Between the beginnings of two probes of one worker: one hundredth of a percent of a core."""

ANSWER_SECONDS = 10.0
"""How long a greeting may take. It takes a few milliseconds; with a machine's load of 12, and the
processor emulated, below two seconds."""

FRESH_SECONDS = PERIOD_SECONDS + ANSWER_SECONDS + 2.0
"""How long one greeting counts: until the next could have come, and a little."""

MAX_LINE = 512
"""Longest reply line (RFC 5321 section 4.5.3.1.5)."""

OnHang = Callable[[int, str], None]


class Prober:
    """Asks at the listeners' `ports`, by slot; `on_hang` is told of a slot that does not answer."""

    def __init__(self, ports: list[int], on_hang: OnHang) -> None:
        self._ports = ports
        self._on_hang = on_hang
        self._greeting = f"220 {secrets.token_hex(8)} probe\r\n".encode()
        self._began: dict[int, float] = {}
        self._asking: set[int] = set()
        self._answered: float | None = None
        self._jobs = Jobs()
        self._responder: asyncio.Server | None = None

    async def open(self) -> int:
        """Start the responder, the probes' next hop; its port. Raises OSError."""
        self._responder = await asyncio.start_server(self._respond, HERE, 0, limit=MAX_LINE)
        port: int = self._responder.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Take no more connections. What is asked still ends by itself."""
        if self._responder is not None:
            self._responder.close()

    def look(self, slots: Iterable[int]) -> None:
        """Ask each of `slots` whose turn it is."""
        now = time.monotonic()
        for slot in slots:
            due = now - self._began.get(slot, -PERIOD_SECONDS) >= PERIOD_SECONDS
            if due and slot not in self._asking:
                self._began[slot] = now
                self._asking.add(slot)
                self._jobs.start(self._probe(slot))

    def answered(self, now: float) -> bool:
        """Whether a greeting came back lately, through any worker."""
        return self._answered is not None and now - self._answered <= FRESH_SECONDS

    async def _probe(self, slot: int) -> None:
        """Silence is a hang. Anything else that goes wrong is an end that somebody else notices, or
        this machine's fault: then only the greeting is missing."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                untrusted_line = await self._ask(self._ports[slot])
        except TimeoutError:
            self._on_hang(slot, f"no greeting for a probe within {ANSWER_SECONDS:.0f} s")
        except (OSError, ValueError) as error:  # ValueError: a line without an end
            log.warning("a probe went wrong", slot=slot, why=str(error))
        else:
            if untrusted_line == self._greeting:
                self._answered = time.monotonic()
            else:
                log.warning("a probe went wrong", slot=slot, why=f"it read {untrusted_line!r}")
        finally:
            self._asking.discard(slot)

    async def _ask(self, port: int) -> bytes:
        """The first line that comes back; then QUIT, as a polite client."""
        reader, writer = await asyncio.open_connection(HERE, port, limit=MAX_LINE)
        try:
            untrusted_line = await reader.readline()
            writer.write(b"QUIT\r\n")
            await reader.readline()
            return untrusted_line
        finally:
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The next hop: a greeting, and a farewell to whatever is said."""
        with contextlib.suppress(TimeoutError, OSError, ValueError):
            async with asyncio.timeout(ANSWER_SECONDS):
                writer.write(self._greeting)
                await reader.readline()
                writer.write(b"221 2.0.0 Bye\r\n")
                await writer.drain()
        writer.close()


def is_probe(flow: Flow) -> bool:
    """Whether `flow` is a probe's: both its ends are loopback addresses.

    No mail's are: the kernel drops packets with such addresses that come in by a NIC (martians,
    RFC 1812 section 5.3.7).
    """
    return ip_address(flow.source).is_loopback and ip_address(flow.destination).is_loopback


class NoMail:
    """The inspection of a probe: there is no mail in it, and what claims to be one is not taken."""

    async def inspect(self, message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        return replies.LOCAL_ERROR

    def unseen(self, flow: Flow, reason: str) -> None:
        """Nothing is written down."""
