"""Runs Debian's Postfix as the lab's mail server, in a folder and a namespace of its own.

Nothing of the system's own Postfix is read or changed: configuration, queue, data, log and
mailbox lie below one folder. It must be run as root, as Postfix's master must.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.mail.maildir import StoredMail, read_maildir
from tools.mail.netns import family_of, open_socket, prefix
from tools.mail.postfix_config import Refusal, configuration_files
from tools.mail.selfsigned import write_certificate

START_SECONDS = 15.0
"""Postfix answers within a second; a loaded machine gets this long."""
POLL_SECONDS = 0.05
START_ATTEMPTS = 2


class PostfixError(RuntimeError):
    """Postfix is missing or did not start; the text says what it logged."""


@dataclass(frozen=True, slots=True)
class Listen:
    """An address and port to listen on."""

    address: str
    port: int = 25


class PostfixServer:
    """A private Postfix. Usable as a context manager.

    folder: where everything goes, made if needed; every user must be able to pass through its
    parents. listen: addresses (port 25) or Listen values. domain: mail for any address of it is
    accepted and kept. refused: address to the words of its refusal, such as
    {"nobody@corp.example": Refusal("550 5.1.1", "no such person here")}.
    """

    def __init__(
        self,
        folder: Path,
        listen: Sequence[str | Listen],
        domain: str,
        *,
        netns: str = "",
        refused: Mapping[str, Refusal] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.netns = netns
        self._listen = tuple(Listen(one) if isinstance(one, str) else one for one in listen)
        self._domain = domain
        self._refused = dict(refused or {})

    def __enter__(self) -> PostfixServer:
        self.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What Postfix logged so far."""
        file = self.folder / "log" / "postfix.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        """Writes the configuration, starts Postfix, and returns when every address answers."""
        if shutil.which("postfix") is None:
            raise PostfixError("postfix is not installed (package postfix)")
        self._lay_out()
        self._start()
        deadline = time.monotonic() + START_SECONDS
        for one in self._listen:
            while not self._greets(one):
                if time.monotonic() > deadline:
                    self.stop()
                    raise PostfixError(f"no answer from {one.address}: {self.log[-2000:]}")
                time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends Postfix and all its processes; does nothing when it does not run."""
        if not (self.folder / "etc" / "main.cf").exists():
            return
        # `stop` waits up to five seconds for running deliveries, then kills; `abort` does not wait.
        self._call("stop")
        deadline = time.monotonic() + START_SECONDS
        while self._is_running() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if self._is_running():
            self._call("abort")

    def messages(self, recipient: str = "") -> list[bytes]:
        """The mails kept for `recipient` (for all, when empty), oldest first, as they were sent.

        CRLF line ends, and without the lines Postfix put before them. Mail to two recipients is
        kept twice.
        """
        return [one.content for one in self.stored(recipient)]

    def stored(self, recipient: str = "") -> list[StoredMail]:
        """Like `messages`, with the recipient, the envelope sender and the client's address."""
        kept = read_maildir(self.folder / "mail" / "all")
        wanted = recipient.lower()
        return [one for one in kept if not wanted or one.recipient.lower() == wanted]

    def wait_for(self, count: int, recipient: str = "", seconds: float = 30.0) -> list[bytes]:
        """`messages` once there are `count` of them, or what there is after `seconds`.

        Postfix answers DATA when a mail is in its queue, a moment before it is in the mailbox.
        """
        deadline = time.monotonic() + seconds
        while len(kept := self.messages(recipient)) < count and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return kept

    def clear(self) -> None:
        """Forgets the mails kept so far."""
        for file in (self.folder / "mail" / "all" / "new").glob("*"):
            file.unlink()

    def _lay_out(self) -> None:
        """Folders with the owners Postfix insists on, certificate, configuration."""
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "queue", "data", "log", "mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        os.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        write_certificate(self.folder / "etc", self._domain)
        listed = tuple((one.address, one.port) for one in self._listen)
        files = configuration_files(
            self.folder, listed, self._domain, self._refused, (owner.pw_uid, owner.pw_gid)
        )
        for name, content in files.items():
            (self.folder / "etc" / name).write_text(content)

    def _command(self, word: str) -> list[str]:
        return [*prefix(self.netns), "postfix", "-c", str(self.folder / "etc"), word]

    def _start(self) -> None:
        """`postfix start`, and once more where it fails: on a machine under load it was seen to
        fail without a word, and not when it was tried again."""
        for _ in range(START_ATTEMPTS):
            ran = self._call("start")
            if ran.returncode == 0:
                return
            self._call("abort")
        told = ran.stderr.decode(errors="replace") + self.log[-2000:]
        said = told.strip() or "it says nothing"
        raise PostfixError(f"postfix start failed with code {ran.returncode}: {said}")

    def _call(self, word: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self._command(word), capture_output=True, check=False, timeout=60)

    def _is_running(self) -> bool:
        return self._call("status").returncode == 0

    def _greets(self, one: Listen) -> bool:
        """True when the address answers a connection with 220."""
        with open_socket(family_of(one.address), self.netns) as probe:
            probe.settimeout(2)
            try:
                probe.connect((one.address, one.port))
                greeting = probe.recv(200)
                probe.sendall(b"QUIT\r\n")
            except OSError:
                return False
        return greeting.startswith(b"220")
