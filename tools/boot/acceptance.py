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
from typing import Any

from tools.boot.stand import Appliance, GuestJournal
from tools.corpus import DemoMail, demo_mails
from tools.demo.run import Line, Stand, line_of, see
from tools.image.guest import EMULATING
from tools.mail.client import Target, send
from tools.mail.postfix import PostfixServer

FIRST_MAIL_SECONDS = 1200.0
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


NEEDS_INTERNET = "sluice-freshclam.service"
"""It runs two to twelve minutes after the start, and fails in a lab, which has no Internet."""

_QUESTIONS = {
    "system": "systemctl is-system-running --wait",
    "failed": "systemctl --failed --no-legend --plain --no-pager",
    "root": "findmnt -no SOURCE,FSTYPE /; dmsetup table --target verity | wc -l",
    "state": "findmnt -nbo SIZE /var",
    "memory": "awk '/MemTotal|MemAvailable/ {print $2}' /proc/meminfo",
    "kernel": "ls /efi/EFI/Linux",
    "refused": "touch /usr/x /etc/x 2>&1 | grep -c 'Read-only file system'",
}
"""Asked in one go as root, since each login costs emulated seconds; what failed is known when the
start is over."""


def state(appliance: Appliance) -> Iterator[Fact]:
    """Units, processes, NIC pair, queue rule, memory, slot: asked at the console."""
    status = _status(appliance)
    ill = [p["name"] for p in status["processes"] if p["state"] != "healthy"]
    seen = ", ".join(f"{p['name']} on {p['cpus']}" for p in status["processes"])
    yield Fact("processes", seen, well=not ill and not status["failure"])
    pair = status["pair"]
    yield Fact("NIC pair", f"{pair['client']} and {pair['server']}, {pair['mode']}")
    yield Fact("queue rule", pair["queue_rule"], well=pair["queue_rule"] == "nft")
    told = _asked(appliance)
    failed = {line.split()[0] for line in told["failed"].splitlines() if line.split()}
    offline = failed == {NEEDS_INTERNET}
    yield Fact("units that failed", " ".join(sorted(failed)) or "none", well=not failed or offline)
    whole = told["system"] == ("degraded" if offline else "running")
    yield Fact("system", told["system"], well=whole)
    root = " ".join(told["root"].split())
    yield Fact("root", root, well="squashfs 1" in root)
    size = int(told["state"])
    yield Fact("state partition", f"{size >> 20} MiB", well=size > 2 << 30)
    total, available = (int(word) for word in told["memory"].split())
    yield Fact("memory in use", f"{(total - available) >> 10} of {total >> 10} MiB")
    kernel = told["kernel"].strip()
    good = re.fullmatch(r"sluice_[0-9.]+\.efi", kernel) is not None
    yield Fact("slot found good", kernel, well=good)
    yield Fact("writes refused by the root", told["refused"], well=told["refused"] == "2")


_INTERRUPTS = """for nic in NICS; do d=$(readlink -f /sys/class/net/$nic/device);
for i in $(ls $d/msi_irqs $d/../msi_irqs 2>/dev/null); do for a in /proc/irq/$i/*[tr]x* \
/proc/irq/$i/*put*; do [ -d $a ] && echo @@$nic ${a##*/} $(cat /proc/irq/$i/smp_affinity_list)@;
done; done; done"""
"""Prints the interrupts of the NICs' queues, and the CPUs they may come to."""


def cores(appliance: Appliance) -> Iterator[Fact]:
    """Interrupts and processes beside the plan of drivers/cores.py for a machine of two CPUs."""
    status = _status(appliance)
    places = {p["name"]: p["cpus"] for p in status["processes"] if p["name"] != "emulator"}
    wanted = {"interceptor": [0], "worker@0": [0], "worker@1": [1]}
    wanted |= {"inspector@0": [0], "inspector@1": [1]}
    yield Fact("processes", str(places), well=places == wanted)
    nics = f"{status['pair']['client']} {status['pair']['server']}"
    told = appliance.root("clear; " + " ".join(_INTERRUPTS.replace("NICS", nics).splitlines()))
    found = re.findall(r"@@(\S+) (\S+) ([0-9,-]+)@", told)
    seen = ", ".join(f"{name} on {cpus}" for _, name, cpus in found)
    both = {nic for nic, _, _ in found} == set(nics.split())
    yield Fact("interrupts", seen, well=both and all(cpus == "0" for _, _, cpus in found))


def _status(appliance: Appliance) -> dict[str, Any]:
    """What `gatewayctl status --json` says."""
    answer = appliance.run("status --json")
    status: dict[str, Any] = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
    return status


def _asked(appliance: Appliance) -> dict[str, str]:
    """The answers to _QUESTIONS."""
    script = "; ".join(f"echo @@{name}; {words}" for name, words in _QUESTIONS.items())
    parts = appliance.root(f"clear; {script}").split("@@")
    answers = (part.partition("\n") for part in parts)
    return {name.strip(): text.strip() for name, _, text in answers if name.strip() in _QUESTIONS}


def fitting(profile: str) -> tuple[DemoMail, ...]:
    """The demo's mails whose promises an image of `profile` can keep: without gVisor nothing is
    emulated, and what needs it is called unscanned, which is another promise."""
    mails = tuple(demo_mails())
    if profile in EMULATING:
        return mails
    return tuple(mail for mail in mails if not _needs_emulation(mail))


def _needs_emulation(mail: DemoMail) -> bool:
    return any(
        row.stage == "emulate" and (row.outcome == "ran" or row.kind == "cached")
        for row in mail.promise.rows
    )


def demo(
    appliance: Appliance, server: PostfixServer, directory: Path, mails: tuple[DemoMail, ...]
) -> Iterator[Line]:
    """Each mail through the machine, compared with its promise."""
    stand = Stand(appliance.lab, server, GuestJournal(appliance), directory)
    for mail in mails:
        yield line_of(see(stand, mail), open_office=False)
