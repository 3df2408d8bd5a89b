"""A released mail goes to the server that it was on its way to, else to the machine's relay."""

from __future__ import annotations

import socket

import pytest

from gateway.daemon import redeliver as module
from gateway.daemon.redeliver import Journey, NotTakenError, redeliver
from gateway.policy import load_gateway_config
from tools.mail import Answer, Behaviour, RecordingServer, Step

BASE = '[nic]\nclient = "none0"\nserver = "none1"\n'
WITH_RELAY = load_gateway_config(f'{BASE}[release]\nrelay = "127.0.0.1"\n')
WITHOUT = load_gateway_config(BASE)
MAIL = ("a@client.example", ("b@corp.example",), b"Subject: x\r\n\r\ny\r\n")


def closed_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_relay_takes_what_its_own_server_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Journey("", "127.0.0.1", closed_port())
    with RecordingServer() as relay:
        monkeypatch.setattr(module, "RELAY_PORT", relay.port)
        assert redeliver(WITH_RELAY, gone, *MAIL).code == 250
        assert redeliver(WITH_RELAY, Journey("", "", 25), *MAIL).code == 250
        assert [mail.mail_from.split()[0] for mail in relay.accepted] == [f"<{MAIL[0]}>"] * 2
    with pytest.raises(NotTakenError, match="refused"):
        redeliver(WITHOUT, gone, *MAIL)


def test_the_relay_is_not_asked_while_the_server_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuses = Behaviour(faults=(Answer(Step.RCPT, "550 no such person"),))
    with RecordingServer() as relay, RecordingServer(behaviour=refuses) as own:
        monkeypatch.setattr(module, "RELAY_PORT", relay.port)
        with pytest.raises(NotTakenError, match="550"):
            redeliver(WITH_RELAY, Journey("", "127.0.0.1", own.port), *MAIL)
        assert relay.commands == ()


def test_when_both_are_gone_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RELAY_PORT", closed_port())
    gone = Journey("", "127.0.0.1", closed_port())
    with pytest.raises(NotTakenError, match=r"neither 127\.0\.0\.1 nor the relay 127\.0\.0\.1"):
        redeliver(WITH_RELAY, gone, *MAIL)
