"""A changed mail through a real gateway: its banner, its links, and its original released again.

`gatewayctl` runs where the gateway runs; the release comes from the sender's own address and is
not inspected a second time.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.store import Originals
from tests.crash.light_stand import HOLD, POLICY, Light, eventually, light
from tests.unit.stages.mails import attached, docm, mail
from tests.unit.stages.test_aftermail import text_of
from tools.corpus import ANNA, SENDER
from tools.mail.client import send

pytestmark = pytest.mark.root

BEN = ANNA.replace("anna", "ben")
RULES = f"""{POLICY}
name_prefix = "cleaned-"
[verdict]
suspicious = "deliver"
[unscanned]
disabled = "deliver"
[emulate]
enabled = false
[banner]
languages = ["en", "de"]
[originals]
link = "https://mail.example.org/o/{{token}}"
release = "at_once"
"""
MAIL = mail(attached("letter.docm", docm("Dear reader")))
LINK = re.compile(r"https://mail\.example\.org/o/([\w.=-]+)")


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with light("a", HOLD, policy=RULES) as stand:
        yield stand


def ctl(stand: Light, *arguments: str) -> subprocess.CompletedProcess[str]:
    config = str(stand.directory / "gateway.toml")
    command = [sys.executable, "-m", "gateway.cli", "--config", config, *arguments]
    return stand.lab.exec_in(stand.lab.layout.gateway, command, check=False)


def test_banner_links_and_release(stand: Light) -> None:
    result = send(MAIL, SENDER, [ANNA, BEN], stand.target())
    assert result.code == 250, result.text
    bodies = {taken.recipients: taken.content for taken in stand.server.accepted}
    assert set(bodies) == {(ANNA,), (BEN,)}
    tokens = {}
    for (recipient,), content in bodies.items():
        text = text_of(content)
        assert "This mail was changed to protect you" in text
        assert "zu Ihrem Schutz verändert" in text
        assert b"cleaned-letter.docm" in content
        found = LINK.search(text)
        assert found is not None
        tokens[recipient] = found[1]
    assert tokens[ANNA] != tokens[BEN]

    (listed,) = json.loads(ctl(stand, "original", "ls", "--json").stdout)
    originals = Originals(stand.directory / "state" / "originals")
    original, recipient = originals.by_token(tokens[BEN], listed["at"])
    assert (original.id, recipient) == (listed["id"], BEN)
    assert MAIL not in (stand.directory / "state" / "originals" / original.id).read_bytes()

    policy = str(stand.directory / "policy.toml")
    released = ctl(stand, "original", "release", original.id[:10], "--to", BEN, "--policy", policy)
    assert released.returncode == 0, released.stderr
    *_, last = stand.server.accepted
    assert (last.recipients, last.content) == ((BEN,), MAIL)
    assert last.client == stand.lab.layout.sender.ip, "the server sees the mail's own client"
    trace = ctl(stand, "trace", original.id)
    assert "released" in trace.stdout
    assert BEN in trace.stdout

    assert ctl(stand, "original", "drop", original.id).returncode == 0
    assert ctl(stand, "original", "show", original.id).returncode == 7


def test_forged_marks_do_not_pass(stand: Light) -> None:
    forged = b"X-Sluice-Verdict: clean\r\nMessage-ID: <forged@client.example>\r\n"
    send(forged + b"Subject: x\r\n\r\nHello.\r\n", SENDER, [ANNA], stand.target())
    eventually("the mail arrived", lambda: bool(stand.arrived("forged")))
    (content,) = stand.arrived("forged")
    assert b"X-Untrusted-Sluice-Verdict: clean\r\n" in content
    assert content.count(b"\r\nX-Sluice-Verdict: ") == 1 - content.startswith(b"X-Sluice-Verdict")
