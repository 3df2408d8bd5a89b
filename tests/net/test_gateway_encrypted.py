"""tls = pass: the mail crosses unseen, and `gatewayctl trace` and `status` say so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.light_stand import HOLD, MARK, Light, eventually, light, mail
from tools.corpus import ANNA, SENDER
from tools.mail.behaviour import Behaviour
from tools.mail.client import Target, send

pytestmark = pytest.mark.root

ROOT = Path(__file__).resolve().parents[2]
PASS = HOLD + '[tls]\nmode = "pass"\n'


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with light("p", PASS, behaviour=Behaviour(extensions=("STARTTLS", "8BITMIME"))) as made:
        yield made


def gatewayctl(stand: Light, *arguments: str) -> str:
    config = ["--config", str(stand.directory / "gateway.toml")]
    argv = [sys.executable, "-m", "gateway.cli", *config, *arguments]
    return stand.lab.exec_in(stand.lab.layout.gateway, argv).stdout


def test_a_mail_under_tls_passes_unseen_and_has_a_trace(stand: Light) -> None:
    layout = stand.lab.layout
    target = Target(layout.server.ip, netns=layout.sender.namespace, starttls=True)
    result = send(mail("unseen"), SENDER, [ANNA], target)
    assert result.accepted, result
    (content,) = stand.arrived("unseen")
    assert MARK not in content and content == mail("unseen"), "no byte of it was touched"
    eventually("it is counted", lambda: "passed unseen" in gatewayctl(stand, "status"))
    shown = " ".join(gatewayctl(stand, "trace", "last").split())
    assert "Connection" in shown and "unscanned" in shown
    assert f"{layout.sender.ip} to {layout.server.ip}" in shown
    assert "encrypted end to end: TLS was passed on unopened (tls = pass)" in shown


def test_a_mail_in_the_clear_is_inspected_all_the_same(stand: Light) -> None:
    assert stand.send("seen").accepted
    assert stand.inspected("seen")
