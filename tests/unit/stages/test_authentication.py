"""SPF, DKIM and DMARC in the plan: real guests, a real resolver, a DNS server made for the test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from gateway.daemon.resolver import DnsResolver
from gateway.engines.authentication import (
    Checked,
    DnsQuestion,
    Result,
    SenderAnswer,
    SignaturesAnswer,
)
from gateway.model import Action, Envelope, Ran, Verdict
from gateway.pipeline import Case
from gateway.sandbox import GuestFailed, GuestTimedOut
from gateway.stages import envelope
from gateway.stages.services import NoResolver
from tests.unit.daemon.dnsserver import dns_server
from tests.unit.engines.authentication.zones import MAIL, public_key, signed
from tests.unit.stages.fakes import ANNA, FakeServices, case_of, run
from tests.unit.stages.line import Line

CLIENT = "192.0.2.3"
ZONE = {
    "TXT example.org": '"v=spf1 ip4:192.0.2.0/29 -all"',
    "TXT s1._domainkey.example.org": f'"{public_key()[:200]}" "{public_key()[200:]}"',
    "TXT _dmarc.example.org": '"v=DMARC1; p=reject"',
}
FORGED = MAIL.replace(b"lunch", b"your account")


def inspected(
    line: Line, mail: bytes, policy: str = "", client: str = CLIENT, sender: str = "a@example.org"
) -> Case:
    """The case of `mail` from `client`, checked against ZONE."""
    with dns_server(ZONE) as server:
        resolver = DnsResolver(["127.0.0.1"], 5.0, server.port)
        made = Envelope(sender, (ANNA,), client=client, helo="mx.example.org")
        return line.run(mail, policy=policy, resolver=resolver, envelope=made)


def findings(case: Case) -> dict[str, str]:
    row = case.trace.get(case.root.id, "envelope")
    assert row is not None and isinstance(row.outcome, Ran)
    return {finding.code: finding.evidence for finding in row.outcome.findings}


def test_a_signed_mail_from_its_own_server(line: Line) -> None:
    mail = signed()
    case = inspected(line, mail)
    assert findings(case) == {
        "envelope.spf": "SPF pass: 192.0.2.3 may send for example.org",
        "envelope.dkim": "DKIM pass: example.org signed it",
        "envelope.dmarc": "DMARC pass: example.org stands for example.org",
    }
    assert line.delivered[ANNA].endswith(mail)


def test_a_forged_mail_is_noted_and_delivered_where_policy_says_no_more(line: Line) -> None:
    case = inspected(line, FORGED, client="198.51.100.66")
    found = findings(case)
    assert found["envelope.spf"].startswith("SPF fail: 198.51.100.66 must not send")
    assert found["envelope.dkim"] == "DKIM none: the mail is not signed"
    assert found["envelope.dmarc"].startswith("DMARC fail: ")
    assert "asks for refusal" in found["envelope.dmarc"]
    assert case.dispositions[0].action is Action.DELIVER


@pytest.mark.parametrize("check", ["spf", "dmarc"])
def test_policy_may_block_for_it(line: Line, check: str) -> None:
    policy = f'[envelope]\n{check}_fail = "block"\n'
    case = inspected(line, FORGED, policy, client="198.51.100.66")
    (disposition,) = case.dispositions
    assert disposition.action is Action.REJECT
    assert (
        f"{check.upper()} fail" in disposition.reason and "policy.toml line" in disposition.reason
    )
    assert not line.delivered


def test_policy_may_call_it_suspicious(line: Line) -> None:
    policy = '[envelope]\ndkim_fail = "suspicious"\n'
    changed = signed().replace(b"At noon", b"At night")
    case = inspected(line, changed, policy)
    assert findings(case)["envelope.dkim"].startswith("DKIM fail")
    assert case.verdict is Verdict.SUSPICIOUS
    unsigned = inspected(line, MAIL, policy)
    assert unsigned.verdict is not Verdict.SUSPICIOUS, "no signature is no failure"


def told(case: Case, services: FakeServices) -> Ran:
    outcome = run(envelope.STAGE, case, case.root, services)
    assert isinstance(outcome, Ran)
    return outcome


def test_without_a_resolver_the_row_says_disabled() -> None:
    outcome = told(case_of(), FakeServices())
    assert "SPF, DKIM and DMARC disabled" in outcome.reason
    assert not outcome.findings


class Asking(NoResolver):
    """A resolver that gets no answers."""

    asks = True
    seconds = 60.0


NEEDS = SenderAnswer((DnsQuestion("a", "TXT"),))


@dataclass
class Guests:
    """Guests with prepared answers."""

    signed: object = SignaturesAnswer(("example.org",))
    sent: object = field(default_factory=lambda: NEEDS)
    asked: int = 0

    async def signatures(self, *question: object) -> object:
        return self.signed

    async def sender(self, *question: object) -> object:
        self.asked += 1
        return self.sent


BROKEN = [
    (Guests(signed=GuestFailed("it crashed")), "it crashed"),
    (Guests(signed=GuestTimedOut(100)), "longer than 100 ms"),
    (Guests(sent=GuestFailed("it crashed")), "it crashed"),
    (Guests(), "more than 40 questions"),
    (Guests(signed=SignaturesAnswer((), NEEDS.questions)), "another key each time"),
]


@pytest.mark.parametrize(("guests", "why"), BROKEN)
def test_what_cannot_be_checked_costs_no_mail(guests: Guests, why: str) -> None:
    services = FakeServices()
    services.resolver = Asking()
    services.inspector = guests  # type: ignore[assignment]
    outcome = told(case_of(), services)
    assert "SPF, DKIM and DMARC not checked: " in outcome.reason and why in outcome.reason
    assert not outcome.findings
    assert guests.asked <= 40


def test_a_dns_that_takes_too_long_is_left() -> None:
    services, guests = FakeServices(), Guests()
    services.resolver = Asking()
    services.resolver.seconds = 0.0
    services.inspector = guests  # type: ignore[assignment]
    assert "the DNS took longer" in told(case_of(), services).reason
    assert guests.asked == 1


def test_who_authenticated_himself_is_not_checked() -> None:
    case, services = case_of(), FakeServices()
    case.envelope = Envelope("a@example.org", (ANNA,), authenticated=True)
    services.resolver = Asking()
    assert "the client authenticated itself" in told(case, services).reason


def test_of_several_signatures_one_that_holds_is_enough() -> None:
    services = FakeServices()
    services.resolver = Asking()
    passed = Checked(Result.PASS, "example.org", "example.org signed it")
    failed = Checked(Result.FAIL, "list.example", "it does not fit")
    done = SenderAnswer((), Checked(Result.NONE, "", ""), Checked(Result.NONE, "", ""))
    services.inspector = Guests(SignaturesAnswer((), (), (failed, passed)), done)  # type: ignore[assignment]
    policy = '[envelope]\ndkim_fail = "block"\n'
    outcome = told(case_of(policy), services)
    assert "DKIM pass" in outcome.reason
