"""Starts appliances for the tests of this folder, pulls their plugs, and sends them mail."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tools.boot.acceleration import accelerator
from tools.boot.acceptance import first_mail
from tools.boot.console import Console
from tools.boot.machine import MANAGEMENT_MAC, Wanted, start
from tools.boot.stand import (
    Appliance,
    lab_with_server,
    powered_on,
    seeded_disk,
    setup_text,
)
from tools.corpus import SERVER_DOMAIN
from tools.image.places import places
from tools.mail.client import SmtpResult, Target, send
from tools.mail.postfix import PostfixServer

PAUSE = 0.3
"""Seconds between two mails of a steady stream."""

MANAGEMENT = f"""[management]
nic = "{MANAGEMENT_MAC}"
dhcp = true
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A started appliance and what stands around it."""

    appliance: Appliance
    server: PostfixServer
    directory: Path

    def takes_mail(self) -> None:
        """Wait until a mail goes through, counted from the last power-on or restart."""
        fact = first_mail(self.appliance, self.server)
        assert fact.well, fact.seen
        print(f"{fact.name}: {fact.seen}")

    def send(self, subject: str, seconds: float = 60.0) -> SmtpResult:
        """One small mail from the sender's side, with `subject` to know it by."""
        layout = self.appliance.lab.layout
        raw = (
            f"From: bob@client.example\r\nTo: anna@{SERVER_DOMAIN}\r\nSubject: {subject}\r\n"
            "\r\nA small mail.\r\n"
        ).encode()
        target = Target(layout.server.ip, netns=layout.sender.namespace, seconds=seconds)
        return send(raw, "bob@client.example", [f"anna@{SERVER_DOMAIN}"], target)

    def arrived(self, subject: str) -> int:
        """How often the mail with `subject` is at the server."""
        mark = f"Subject: {subject}\r\n".encode()
        return sum(mark in content for content in self.server.messages())

    def pull_the_plug(self) -> None:
        """A power cut: QEMU is killed, and with it whatever the guest had not written."""
        self.appliance.kill()

    def power_on(self) -> None:
        """Start the machine again from the same disk."""
        appliance = self.appliance
        with suppress(OSError):
            appliance.console.close()
        appliance.powered = time.monotonic()
        appliance.process = start(appliance.lab, appliance.wanted)
        appliance.console = Console(appliance.wanted.console, self.directory / "console.log")
        appliance.logged_in = False


@dataclass(slots=True)
class Stream:
    """Mails sent one after the other by a thread; `accepted` are the subjects answered 250."""

    running: Running
    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def lost(self) -> list[str]:
        """Accepted mails that are not at the server."""
        return [one for one in self.accepted if not self.running.arrived(one)]

    def twice(self) -> list[str]:
        """Accepted mails that are at the server more than once."""
        return [one for one in self.accepted if self.running.arrived(one) > 1]

    def send_until_ended(self, name: str) -> None:
        """The thread."""
        number = 0
        while not self._ending.wait(PAUSE):
            number += 1
            subject = f"{name} {number}"
            result = self.running.send(subject, seconds=30.0)
            (self.accepted if result.accepted else self.refused).append(subject)

    def end(self) -> None:
        """No further mail."""
        self._ending.set()


@contextmanager
def mail_running(running: Running, name: str) -> Iterator[Stream]:
    """A stream of mails for as long as the context lasts. Postfix has delivered them all then."""
    stream = Stream(running)
    thread = threading.Thread(target=stream.send_until_ended, args=(name,))
    thread.start()
    try:
        yield stream
    finally:
        stream.end()
        thread.join()
    deadline = time.monotonic() + 30.0
    while stream.lost() and time.monotonic() < deadline:
        time.sleep(0.2)


def newest_image() -> Path:
    """The image that was built last, or SLUICE_BOOT_IMAGE; without one the test is skipped."""
    if chosen := os.environ.get("SLUICE_BOOT_IMAGE"):
        return Path(chosen).resolve()
    found = sorted(places().dist.glob("sluice-*.raw"), key=lambda path: path.stat().st_mtime)
    found = [path for path in found if path.stem != "sluice-selftest"]
    if not found:
        pytest.skip("there is no image in dist/: ./build.sh image makes one")
    return found[-1]


def profile() -> str:
    """The profile of the newest image."""
    return newest_image().stem.removeprefix("sluice-")


def chosen_accelerator(image: Path) -> str:
    """kvm or tcg; SLUICE_BOOT_ACCELERATOR decides without a trial."""
    return os.environ.get("SLUICE_BOOT_ACCELERATOR") or accelerator(image.with_suffix(".efi"))


@contextmanager
def started(
    medium: Path | None = None,
    *,
    nic: str = "virtio",
    nics: int = 2,
    management: bool = False,
    device_seconds: int = 600,
    tpm: bool = False,
) -> Iterator[Running]:
    """The image on a disk with a seed, powered on; `medium` is a disk with update bundles.

    Its directory is not pytest's, which closes its own to others now and then, and Postfix runs as
    a user of its own."""
    with TemporaryDirectory(prefix="sluice-test-", dir="/var/tmp") as name:
        directory = Path(name)
        wanted = Wanted(
            directory / "disk.raw",
            directory,
            chosen_accelerator(newest_image()),
            nic,
            nics=nics,
            medium=medium,
            management=management,
            device_seconds=device_seconds,
            tpm=tpm,
        )
        yield from _started(wanted)


def _started(wanted: Wanted) -> Iterator[Running]:
    directory = wanted.directory
    name = f"image-{os.getpid()}"
    with lab_with_server(name, directory, lambda _words: None, wanted.nic) as (lab, server):
        text = setup_text(lab) + (MANAGEMENT if wanted.management else "")
        seeded_disk(newest_image(), wanted.disk, text)
        try:
            with powered_on(lab, wanted) as appliance:
                yield Running(appliance, server, directory)
        finally:
            shutil.copy(directory / "console.log", places().work / f"console-{os.getpid()}.log")
