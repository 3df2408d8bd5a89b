"""A client that stops in the middle of a mail, and the reload that may meet it there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.crash.light_stand import WAIT_SECONDS, Light, mail
from tools.corpus import ANNA, SENDER
from tools.mail.netns import family_of, open_socket


class Dialogue:
    """A client that stops where it likes."""

    def __init__(self, stand: Light) -> None:
        target = stand.target()
        self._socket = open_socket(family_of(target.host), target.netns)
        self._socket.settimeout(WAIT_SECONDS)
        self._socket.connect((target.host, target.port))
        self._answers = self._socket.makefile("rb")
        self._content = b""

    def answer(self) -> str:
        """The next reply's last line; empty when the connection is over."""
        line = b""
        while (line := self._answers.readline())[3:4] == b"-":
            continue
        return line.decode()

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, line: str) -> str:
        """The answer to one command."""
        self.say(f"{line}\r\n".encode())
        return self.answer()

    def begin(self, name: str) -> None:
        """Send the envelope and half of a mail of that name."""
        self._content = mail(name)
        assert self.ask(f"MAIL FROM:<{SENDER}>").startswith("250 ")
        assert self.ask(f"RCPT TO:<{ANNA}>").startswith("250 ")
        assert self.ask("DATA").startswith("354 ")
        self.say(self._content[: len(self._content) // 2])

    def finish(self) -> str:
        """Send the other half; the answer to the mail."""
        self.say(self._content[len(self._content) // 2 :] + b".\r\n")
        return self.answer()

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


@contextmanager
def dialogue(stand: Light) -> Iterator[Dialogue]:
    """A session that has greeted."""
    client = Dialogue(stand)
    try:
        assert client.answer().startswith("220 ")
        assert client.ask("EHLO client.example").startswith("250 ")
        yield client
    finally:
        client.close()


def reload(stand: Light, policy: str) -> None:
    """Write another policy and say so."""
    (stand.directory / "policy.toml").write_text(policy)
    stand.gateway.process.send_signal(signal.SIGHUP)


def draining(stand: Light, kind: str = "worker") -> list[int]:
    """Workers that finish their sessions; or the inspectors beside them."""
    found = stand.status().processes
    return [one.pid for one in found if one.state == "draining" and one.name.startswith(kind)]
