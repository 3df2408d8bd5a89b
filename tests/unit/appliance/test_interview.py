"""The console's questions: what a person answers becomes a setup.toml that holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.appliance.interview import interview
from gateway.appliance.setup_file import Setup, load_setup

NICS = {"enp1s0": "52:54:00:00:00:01", "enp2s0": "52:54:00:00:00:02", "enp3s0": "52:54:00:00:00:03"}
PEM = ["-----BEGIN CERTIFICATE-----", "AA==", "-----END CERTIFICATE-----", ""]
KEY = ["-----BEGIN PRIVATE KEY-----", "AA==", "-----END PRIVATE KEY-----", ""]


@dataclass(slots=True)
class Script:
    """A person who answers by the beginning of the question; `said` is what was explained."""

    answers: dict[str, list[str]]
    secrets: list[str] = field(default_factory=lambda: ["correct horse", "correct horse"])
    said: list[str] = field(default_factory=list)

    def ask(self, question: str, default: str) -> str:
        for beginning, lines in self.answers.items():
            if question.startswith(beginning) and lines and (beginning or not question):
                return lines.pop(0) or default
        return default

    def secret(self, question: str) -> str:
        return self.secrets.pop(0)

    def say(self, words: str) -> None:
        self.said.append(words)


def asked(script: Script) -> Setup:
    """The setup that comes out of it."""
    return load_setup(interview(script, NICS, lambda password: f"$6$x${len(password)}"))


def pair(**more: list[str]) -> dict[str, list[str]]:
    """The least that has to be answered."""
    both = {"Interface on the side that mail": ["enp1s0"], "Interface on the side of": ["enp2s0"]}
    return {**more, **both}


def test_the_least_that_can_be_said() -> None:
    setup = asked(Script(pair()))
    assert (setup.pair.client, setup.pair.server, setup.pair.mode) == ("enp1s0", "enp2s0", "bridge")
    assert (setup.hostname, setup.password) == ("sluice", "$6$x$13")
    assert setup.management.nic == ""


def test_everything_that_can_be_said() -> None:
    answers = {
        "Joined how": ["routed"],
        "Addresses on the client": ["192.0.2.1/24, 2001:db8::1/64"],
        "Addresses on the server": ["198.51.100.1/24"],
        "Default routers": ["192.0.2.254"],
        "Ways further": ["203.0.113.0/24 via 198.51.100.2"],
        "Interface for management": ["52:54:00:00:00:03"],
        "Does the network": ["no"],
        "Its addresses": ["192.0.2.5/24"],
        "Its routers": ["192.0.2.254"],
        "Name servers": ["192.0.2.53"],
        "Time zone": ["Europe/Vienna"],
        "Time servers": ["ntp.example.org"],
        "Name of this": ["mailgate"],
        "Mail that cannot": ["bypass"],
        "Paste a certificate": ["yes"],
        "": [*PEM, *KEY],
    }
    setup = asked(Script({**answers, **pair()}))
    assert setup.pair.client_addresses == ("192.0.2.1/24", "2001:db8::1/64")
    assert setup.pair.routes == ("203.0.113.0/24 via 198.51.100.2",)
    assert (setup.management.dhcp, setup.management.dns) == (False, ("192.0.2.53",))
    assert (setup.time.zone, setup.on_failure) == ("Europe/Vienna", "bypass")
    assert setup.tls.certificate.startswith("-----BEGIN CERTIFICATE")


def test_wrong_answers_are_explained_and_asked_again() -> None:
    script = Script(
        {
            "Interface on the side that mail": ["", "eth9", "enp1s0"],
            "Interface on the side of": ["enp1s0", "enp2s0"],
            "Joined how": ["glued", "bridge"],
            "The bridge's own": ["192.0.2.1", "192.0.2.1/24"],
            "Time zone": ["../../etc/passwd", "UTC"],
        },
        secrets=["short", "long enough", "but different", "correct horse", "correct horse"],
    )
    setup = asked(script)
    assert (setup.pair.client, setup.pair.addresses) == ("enp1s0", ("192.0.2.1/24",))
    explained = [words for words in script.said if "does not do" in words]
    for words in ("is needed", "eth9", "two interfaces", "prefix", "zone", "10 letters", "differ"):
        assert any(words in one for one in explained), words
    assert len(explained) == 8
