"""Under load every process is killed in turn: no mail that was answered 250 is missing.

A client that got no 250 sends again, so a mail may arrive twice only when it was under way at the
moment of a kill: after the next hop's 250 and before the client's (RFC 1047). Those are counted.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.net.gateway_stand import process, running
from tools.corpus import ANNA, SENDER
from tools.demo.run import Stand
from tools.mail.client import Target, send

pytestmark = pytest.mark.root

MAILS = 5000
"""At most; the load goes on until every process on the list was killed."""

SENDERS = 4
TRIES = 40
RETRY_SECONDS = 0.3
KILL_SECONDS = 1.5
"""Between two kills: the one before has been replaced by then, as a rule."""

KILLED = ("worker@0", "interceptor", "inspector@0", "worker@1", "emulator", "worker@0")
_NUMBER = re.compile(rb"X-Number: (\d+)\r\n")


def _mail(number: int) -> bytes:
    head = (
        f"From: <{SENDER}>\r\nTo: <{ANNA}>\r\nSubject: number {number}\r\n"
        f"Message-ID: <{number}@client.example>\r\nX-Number: {number}\r\n\r\n"
    )
    return head.encode() + b"a line of text\r\n" * 50


def _send_until_accepted(up: Stand, number: int) -> bool:
    target = Target(up.lab.layout.server.ip, netns=up.lab.layout.sender.namespace, seconds=10.0)
    for _ in range(TRIES):
        if send(_mail(number), SENDER, [ANNA], target).accepted:
            return True
        time.sleep(RETRY_SECONDS)
    return False


def _send_while(up: Stand, over: threading.Event, numbers: Iterator[int]) -> dict[int, bool]:
    """Send one mail after the other until the killing is over; which were accepted at last."""
    accepted = {}
    for number in numbers:
        accepted[number] = _send_until_accepted(up, number)
        if over.is_set():
            break
    return accepted


def _kill_in_turn(up: Stand, over: threading.Event) -> list[str]:
    killed = []
    try:
        for name in KILLED:
            time.sleep(KILL_SECONDS)
            victim = process(up, name)
            if victim is not None:
                os.kill(victim.pid, signal.SIGKILL)
                killed.append(name)
        time.sleep(KILL_SECONDS)
    finally:
        over.set()
    return killed


def test_no_accepted_mail_is_lost_and_none_doubled_but_at_a_kill(
    record_property: Callable[[str, object], None],
) -> None:
    with running("l") as up:
        over = threading.Event()
        with ThreadPoolExecutor(SENDERS + 1) as pool:
            shares = [iter(range(first, MAILS, SENDERS)) for first in range(SENDERS)]
            senders = [pool.submit(_send_while, up, over, share) for share in shares]
            killed = _kill_in_turn(up, over)
            accepted = {
                number: taken for sender in senders for number, taken in sender.result().items()
            }
        arrived = _arrived(up, sum(accepted.values()))
        doubled = sum(count - 1 for count in arrived.values())
        record_property("mails", len(accepted))
        record_property("doubled", doubled)
        assert killed == list(KILLED)
        assert all(accepted.values())
        assert set(arrived) == set(accepted)
        assert doubled <= len(killed) * SENDERS  # at most what was under way at each kill


def _arrived(up: Stand, at_least: int) -> Counter[int]:
    """How often each number arrived; Postfix delivers a moment after its answer."""
    up.server.wait_for(at_least)
    found = (_NUMBER.search(raw) for raw in up.server.messages(ANNA))
    return Counter(int(match[1]) for match in found if match is not None)
