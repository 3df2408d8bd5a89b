"""Everything around the virtual appliance: lab, mail server, disk with its seed, the machine.

All of it is there as long as the context lasts, and gone after it, whatever happens.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gateway.pipeline import Report
from tools.boot.console import Console
from tools.boot.machine import CLIENT_MAC, SERVER_MAC, Wanted, new_disk, start, wire
from tools.corpus import SERVER_DOMAIN
from tools.demo.run import PATIENT_POLICY
from tools.image.errors import ImageError
from tools.lab import Lab, down, up
from tools.lab.layout import Layout
from tools.mail.postfix import PostfixServer

PASSWORD = "sluice-lab"
"""Of the account admin on a machine that lives in a lab."""

LOGIN_SECONDS = 1200.0
"""From power-on to the login prompt under software emulation on a busy machine."""

COMMAND_SECONDS = 300.0

PROMPT = r"sluice> $"

SEED_TIME = "315532800"
"""The first moment FAT can write down, for the seed's files: the same seed makes the same disk."""

Progress = Callable[[str], None]


@dataclass(slots=True)
class Appliance:
    """A running virtual appliance. `powered` is the moment of power-on (time.monotonic)."""

    lab: Lab
    wanted: Wanted
    process: subprocess.Popen[bytes]
    console: Console
    powered: float
    logged_in: bool = field(default=False)

    def login(self) -> None:
        """Log the administrator in at the serial line. Raises ConsoleTimeoutError."""
        self.console.wait(r"login: $", LOGIN_SECONDS)
        self.console.type("admin")
        self.console.wait(r"Password: $", COMMAND_SECONDS)
        self.console.type(PASSWORD)
        self.console.wait(PROMPT, COMMAND_SECONDS)
        self.logged_in = True

    def run(self, words: str, seconds: float = COMMAND_SECONDS) -> str:
        """Give gatewayctl a command and return what it printed. Raises ConsoleTimeoutError."""
        if not self.logged_in:
            self.login()
        self.console.type(words)
        told = self.console.wait(PROMPT, seconds)
        _, _, answer = told.partition("\n")
        return answer.removesuffix("sluice> ")

    def root(self, words: str, seconds: float = COMMAND_SECONDS) -> str:
        """Run a shell command as root, by way of `gatewayctl shell`."""
        if not self.logged_in:
            self.login()
        self.console.type("shell")
        self.console.wait(r"[#$] $", COMMAND_SECONDS)
        # The mark is put together by the shell, so that the echoed line does not hold it.
        self.console.type(f"{words}; echo END'-'MARK; exit")
        told = self.console.wait("END-MARK", seconds)
        self.logged_in = False
        _, _, answer = told.partition("\n")
        return answer.removesuffix("END-MARK")

    def kill(self) -> None:
        """Pull the plug."""
        self.process.kill()
        self.process.wait()
        self.console.close()

    def wait_off(self, seconds: float) -> None:
        """Wait until the machine has switched itself off. Raises ImageError."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise ImageError(f"the machine did not switch itself off within {seconds:.0f} s")
            self.console.drain(0.2)


@dataclass(slots=True)
class GuestJournal:
    """The appliance's journal, read by the administrator at the serial line."""

    appliance: Appliance

    def last(self) -> Report | None:
        """The newest report; None while there is none."""
        answer = self.appliance.run("trace last --json")
        begin = answer.find("{")
        if begin < 0:
            return None
        return msgspec.json.decode(answer[begin:].encode(), type=Report)


@contextmanager
def lab_with_server(
    name: str, directory: Path, say: Progress, nic: str = "virtio"
) -> Iterator[tuple[Lab, PostfixServer]]:
    """A lab whose two sides meet only in the appliance, and Postfix on the server's side."""
    directory.chmod(0o755)
    with ExitStack() as stack:
        say("building the lab: sender, appliance, mail server")
        down(name)  # one that was killed left its own, with a machine that still runs in it
        lab = up(name, offloads=False)
        stack.callback(down, name)
        wire(lab, nic)
        end = lab.layout.server
        server = PostfixServer(
            directory / "postfix", [end.ip, end.ip6], SERVER_DOMAIN, netns=end.namespace
        )
        server.start()
        stack.callback(server.stop)
        yield lab, server


@contextmanager
def powered_on(lab: Lab, wanted: Wanted) -> Iterator[Appliance]:
    """The appliance, from power-on to the end of the context, when its plug is pulled."""
    began = time.monotonic()
    process = start(lab, wanted)
    appliance = Appliance(
        lab, wanted, process, Console(wanted.console, wanted.directory / "console.log"), began
    )
    try:
        yield appliance
    finally:
        appliance.kill()


def seeded_disk(image: Path, disk: Path, setup: str, policy: str = PATIENT_POLICY) -> None:
    """A disk as somebody flashes it who leaves setup.toml on the configuration partition."""
    new_disk(image, disk)
    offset = partition_offset(image, "SLUICE-CFG")
    for name, text in (("setup.toml", setup), ("policy.toml", policy)):
        done = subprocess.run(
            ["mcopy", "-o", "-i", f"{disk}@@{offset}", "-", f"::{name}"],
            input=text.encode(),
            capture_output=True,
            check=False,
            env={**os.environ, "MTOOLS_SKIP_CHECK": "1", "SOURCE_DATE_EPOCH": SEED_TIME},
        )
        if done.returncode != 0:
            raise ImageError(f"the seed cannot be written: {done.stderr.decode().strip()}")


def partition_offset(image: Path, label: str) -> int:
    """Where the partition called `label` begins, in bytes. Raises ImageError."""
    return _offset(image, "name", label)


def slot_offset(image: Path, kind: str) -> int:
    """Where slot A's partition of type `kind` begins, in bytes. Raises ImageError."""
    return _offset(image, "type", kind)


def _offset(image: Path, key: str, value: str) -> int:
    """Of the first partition whose `key` has `value`."""
    table = subprocess.run(
        ["sfdisk", "--json", str(image)], capture_output=True, text=True, check=True
    )
    found = json.loads(table.stdout)["partitiontable"]
    for partition in found["partitions"]:
        if partition.get(key) == value:
            return int(partition["start"]) * int(found.get("sectorsize", 512))
    raise ImageError(f"the image {image} has no partition with the {key} {value}")


def setup_text(lab: Lab) -> str:
    """setup.toml for an appliance in `lab`: the pair bridged, the lab's addresses."""
    words = ["openssl", "passwd", "-6", PASSWORD]
    hashed = subprocess.run(words, capture_output=True, text=True, check=True)
    return setup_of(lab.layout, hashed.stdout.strip())


def setup_of(layout: Layout, password_hash: str) -> str:
    """setup.toml for an appliance between the ends of `layout`, its NICs named by address."""
    addresses = ", ".join(f'"{address}"' for address in layout.bridge_addresses)
    return f"""hostname = "mailgate"
password = "{password_hash}"
[pair]
client = "{CLIENT_MAC}"
server = "{SERVER_MAC}"
addresses = [{addresses}]
"""
