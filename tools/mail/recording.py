"""A light SMTP server that records what it gets and misbehaves on request.

For tests: it starts in a millisecond, listens in any namespace, and keeps each mail's raw octets,
the commands as they came and the client's address. It judges nothing: bare line feeds, eight-bit
headers and overlong lines are recorded as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from tools.mail.behaviour import Behaviour
from tools.mail.conversation import Conversation, RecordedMail
from tools.mail.netns import family_of, open_socket
from tools.mail.selfsigned import write_certificate

START_SECONDS = 10.0
STREAM_LIMIT = 16 * 1024 * 1024
"""The longest line that is recorded; far above SMTP's 1000, so that excess is seen."""


class RecordingServer:
    """Records mails in a thread of its own. Usable as a context manager.

    address, port: where to listen; port 0 takes a free one, found in `port` after the start.
    netns: the namespace to listen in. `behaviour` may be replaced between connections.
    """

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 0,
        behaviour: Behaviour | None = None,
        *,
        netns: str = "",
    ) -> None:
        self.address, self.port, self.netns = address, port, netns
        self.behaviour = behaviour or Behaviour()
        self._mails: list[RecordedMail] = []
        self._commands: list[bytes] = []
        self._uses: dict[int, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="recording server", daemon=True)
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._tls: ssl.SSLContext | None = None

    def __enter__(self) -> RecordingServer:
        self.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listens. Raises OSError when the address cannot be had."""
        listener = open_socket(family_of(self.address), self.netns)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.address, self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        if any(one.upper() == "STARTTLS" for one in self.behaviour.extensions):
            self._tls = _tls_context()
        self._listener = listener
        self._thread.start()
        self._ready.wait(START_SECONDS)

    def stop(self) -> None:
        """Closes every connection and the listener."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_SECONDS)

    @property
    def mails(self) -> tuple[RecordedMail, ...]:
        """Every mail received whole so far, in order of arrival."""
        return tuple(self._mails)

    @property
    def accepted(self) -> tuple[RecordedMail, ...]:
        """The mails this server answered with 250."""
        return tuple(mail for mail in self._mails if mail.accepted)

    @property
    def commands(self) -> tuple[bytes, ...]:
        """Every command line so far, without its CRLF, over all connections."""
        return tuple(self._commands)

    def wait_until(
        self, condition: Callable[[RecordingServer], bool], seconds: float = 30.0
    ) -> bool:
        """True as soon as `condition` holds, False when it does not within `seconds`."""
        pause = threading.Event()
        for _ in range(int(seconds / 0.01)):
            if condition(self):
                return True
            pause.wait(0.01)
        return condition(self)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, sock=self._listener, limit=STREAM_LIMIT)
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; a client that goes away ends it quietly."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("connections are served by tasks")
        self._tasks.add(task)
        conversation = Conversation(
            reader,
            writer,
            self.behaviour,
            tls=self._tls,
            uses=self._uses,
            on_command=self._commands.append,
            on_mail=self._mails.append,
        )
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
                await conversation.run()
        finally:
            self._tasks.discard(task)
            writer.close()


def _tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="sluice-tls-") as folder:
        write_certificate(Path(folder), "recorder.example")
        context.load_cert_chain(Path(folder, "certificate.pem"), Path(folder, "key.pem"))
    return context
