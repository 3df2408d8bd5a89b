"""The acceptance of an image: it starts by itself, and the demo's mails get what is promised.

Every line of the result is something that was seen from outside: at the serial line, at the
sender, at the mail server.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.boot.stand import Appliance, GuestJournal
from tools.corpus import DemoMail, demo_mails
from tools.demo.run import Line, Stand, line_of, see
from tools.mail.client import Target, send
from tools.mail.postfix import PostfixServer

FIRST_MAIL_SECONDS = 420.0
"""Under software emulation on two busy cores."""

RETRY_SECONDS = 0.5

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at: what it is, what was seen, whether it is as it should be."""

    name: str
    seen: str
    well: bool = True


def first_mail(appliance: Appliance, server: PostfixServer) -> Fact:
    """Send from power-on until a mail is accepted, as a sender on the network would."""
    layout = appliance.lab.layout
    mail = demo_mails()[0]
    target = Target(layout.server.ip, netns=layout.sender.namespace, seconds=30.0)
    last = "nothing"
    while time.monotonic() - appliance.powered < FIRST_MAIL_SECONDS:
        result = send(mail.raw, mail.sender, mail.recipients, target)
        if result.accepted:
            passed = time.monotonic() - appliance.powered
            server.wait_for(1)
            return Fact("power-on to the first mail accepted", f"{passed:.1f} s")
        last = result.text
        appliance.console.drain(RETRY_SECONDS)
        if appliance.process.poll() is not None:
            last = "the machine went off"
            break
    return Fact("power-on to the first mail accepted", f"never: {last}", well=False)


def state(appliance: Appliance) -> Iterator[Fact]:
    """Units, processes, NIC pair, queue rule, interrupts, memory: asked at the console."""
    failed = appliance.root("systemctl --failed --no-legend --plain").strip()
    yield Fact("units that failed", failed or "none", well=not failed)
    running = appliance.root("systemctl is-system-running").strip().splitlines()[-1:]
    yield Fact("system", "".join(running), well=running == ["running"])
    answer = appliance.run("status --json")
    status = json.loads(answer[answer.index("{") :])
    ill = [p["name"] for p in status["processes"] if p["state"] != "healthy"]
    seen = ", ".join(f"{p['name']} on {p['cpus']}" for p in status["processes"])
    yield Fact("processes", seen, well=not ill and not status["failure"])
    pair = status["pair"]
    yield Fact("NIC pair", f"{pair['client']} and {pair['server']}, {pair['mode']}")
    yield Fact("queue rule", pair["queue_rule"], well=pair["queue_rule"] == "nft")
    verity = appliance.root("dmsetup table --target verity | wc -l; findmnt -no SOURCE,FSTYPE /")
    yield Fact("root", " ".join(verity.split()), well="squashfs" in verity)
    growth = appliance.root("findmnt -nbo SIZE /var").split()
    size = int(growth[-1]) if growth and growth[-1].isdigit() else 0
    yield Fact("state partition", f"{size >> 20} MiB", well=size > 2 << 30)
    memory = appliance.root("awk '/MemTotal|MemAvailable/ {print $2}' /proc/meminfo").split()
    total, available = (int(word) for word in memory[-2:])
    yield Fact("memory in use", f"{(total - available) >> 10} of {total >> 10} MiB")
    told = appliance.root("bootctl --no-pager status | grep -i 'current entry'; ls /efi/EFI/Linux")
    kernel = re.search(r"sluice_\S+\.efi", told)
    seen = kernel[0] if kernel else told.strip()
    yield Fact("slot", seen, well=kernel is not None and "+" not in seen)


def demo(
    appliance: Appliance, server: PostfixServer, directory: Path, mails: tuple[DemoMail, ...]
) -> Iterator[Line]:
    """Each mail through the machine, compared with its promise."""
    stand = Stand(appliance.lab, server, GuestJournal(appliance), directory)
    for mail in mails:
        yield line_of(see(stand, mail), open_office=False)
