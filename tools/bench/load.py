"""The generator: sends mails over several connections at once, one mail a connection.

`python -m tools.bench.load` runs inside the sender's namespace and prints one JSON line. All mails
are made before the clock starts. It uses no pipelining and no TLS, so that every system is spoken
to alike; it must never retry: a mail that is not answered 250 shows in `answers`.
"""

from __future__ import annotations

import argparse
import collections
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator

import msgspec

from tools.bench.mails import RECIPIENT, SENDER, Kind, mail, mixed, on_the_wire, virus

MIX = "mix"
VIRUS = "eicar"
"""Not measured: shows that a system looks for viruses."""
READ_OCTETS = 65536
SILENCE_SECONDS = 60.0
"""No system under test needs this long for one reply; then the run is given up."""

LOST = 0
"""The answer of a connection that broke."""


class Sent(msgspec.Struct, frozen=True):
    """One run of the generator.

    `milliseconds`: for each mail, from connect to the answer to its last dot. `cpu_seconds` are the
    generator's own while it sent. `answers`: how often each reply code ended a mail; 0 is a
    connection that broke.
    """

    seconds: float
    milliseconds: list[float]
    answers: dict[int, int]
    cpu_seconds: float


class _Conversation:
    """One connection with one mail: each complete reply sends the next command."""

    def __init__(self, address: tuple[str, int], body: bytes) -> None:
        self.started = time.perf_counter()
        self.milliseconds = 0.0
        self.code = LOST
        self.over = False
        self._replies = b""
        self._unsent = b""
        self._commands: Iterator[bytes] = iter(
            (
                b"EHLO client.example\r\n",
                b"MAIL FROM:<%s>\r\n" % SENDER.encode(),
                b"RCPT TO:<%s>\r\n" % RECIPIENT.encode(),
                b"DATA\r\n",
                body,
            )
        )
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(address)

    @property
    def wants(self) -> int:
        """The events to wait for."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)

    def ready(self, events: int) -> None:
        """Read and write what can be read and written."""
        try:
            if events & selectors.EVENT_READ:
                self._read()
            if self._unsent and not self.over:
                self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self.over = True

    def _read(self) -> None:
        data = self.socket.recv(READ_OCTETS)
        self._replies += data
        if not data:
            self.over = True
        elif self._replies.endswith(b"\r\n") and _last_line(self._replies)[3:4] in b" \r":
            code = int(_last_line(self._replies)[:3])
            self._replies = b""
            self._answered(code)

    def _answered(self, code: int) -> None:
        command = next(self._commands, None) if code < 400 else None
        if command is not None:
            self._unsent = command
            return
        self.code = code
        self.milliseconds = (time.perf_counter() - self.started) * 1000
        self.over = True
        self.socket.send(b"QUIT\r\n")


def send_all(address: tuple[str, int], bodies: list[bytes], connections: int) -> Sent:
    """Send `bodies` (dot-stuffed, ended) over at most `connections` connections at once.

    Raises TimeoutError when nothing is heard for SILENCE_SECONDS.
    """
    waiting = collections.deque(bodies)
    answers: collections.Counter[int] = collections.Counter()
    milliseconds: list[float] = []
    started, cpu = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as selector:

        def open_next() -> None:
            conversation = _Conversation(address, waiting.popleft())
            selector.register(conversation.socket, conversation.wants, conversation)

        for _ in range(min(connections, len(waiting))):
            open_next()
        while selector.get_map():
            ready = selector.select(SILENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"no reply for {SILENCE_SECONDS:.0f} s")
            for key, events in ready:
                conversation: _Conversation = key.data
                conversation.ready(events)
                if not conversation.over:
                    if key.events != conversation.wants:
                        selector.modify(key.fileobj, conversation.wants, conversation)
                    continue
                selector.unregister(key.fileobj)
                conversation.socket.close()
                answers[conversation.code] += 1
                milliseconds.append(conversation.milliseconds)
                if waiting:
                    open_next()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return Sent(seconds, milliseconds, dict(answers), cpu)


def _last_line(text: bytes) -> bytes:
    return text[text.rfind(b"\n", 0, -2) + 1 :]


def _maker(kind: str) -> Callable[[int], bytes]:
    if kind == MIX:
        return mixed
    if kind == VIRUS:
        return lambda _: virus()
    chosen = Kind(kind)
    return lambda number: mail(chosen, number)


def main() -> None:
    """The command line; the result is one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--kind", choices=[*Kind, MIX, VIRUS], required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the first mail")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--repeat", action="store_true", help="send the first mail every time")
    chosen = parser.parse_args()
    make = _maker(chosen.kind)
    numbers = range(chosen.first, chosen.first + (1 if chosen.repeat else chosen.count))
    bodies = [on_the_wire(make(number)) for number in numbers]
    if chosen.repeat:
        bodies *= chosen.count
    try:
        sent = send_all((chosen.host, chosen.port), bodies, chosen.connections)
    except TimeoutError as error:
        sys.exit(str(error))
    sys.stdout.write(msgspec.json.encode(sent).decode() + "\n")


if __name__ == "__main__":
    main()
