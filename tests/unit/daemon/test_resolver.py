"""The resolver against a real DNS server: what it says, what it does not, and for how long."""

from __future__ import annotations

import asyncio

from gateway.daemon.resolver import DnsResolver
from gateway.daemon.resolving import resolver_of
from gateway.engines.authentication import DnsAnswer, DnsQuestion
from gateway.engines.authentication.model import Answers
from gateway.policy import load_gateway_config
from gateway.stages.services import NoResolver
from tests.unit.daemon.dnsserver import Table, dns_server

TABLE: Table = {
    "TXT example.org": ('"v=spf1 " "-all"', '"other"'),
    "A mx.example.org": ("192.0.2.3", "192.0.2.4"),
    "AAAA mx.example.org": "2001:db8::3",
    "MX example.org": ("10 mx.example.org.", "20 mx2.example.org."),
    "TXT silent.example.org": "silence",
    "TXT broken.example.org": "broken",
    "TXT garbage.example.org": "garbage",
}


def ask(*questions: DnsQuestion, within: float = 5.0, twice: bool = False) -> tuple[Answers, int]:
    """The answers, and how many questions reached the server."""

    async def run(port: int) -> Answers:
        resolver = DnsResolver(["127.0.0.1"], within, port)
        answers = await resolver.resolve(questions, within)
        return await resolver.resolve(questions, within) if twice else answers

    with dns_server(TABLE) as server:
        return asyncio.run(run(server.port)), len(server.asked)


def test_each_type_is_written_as_the_checks_read_it() -> None:
    answers, _ = ask(
        DnsQuestion("example.org", "TXT"),
        DnsQuestion("mx.example.org", "A"),
        DnsQuestion("mx.example.org", "AAAA"),
        DnsQuestion("Example.org", "MX"),
    )
    assert {key: set(answer.records) for key, answer in answers.items()} == {
        "TXT example.org": {"v=spf1 -all", "other"},
        "A mx.example.org": {"192.0.2.3", "192.0.2.4"},
        "AAAA mx.example.org": {"2001:db8::3"},
        "MX example.org": {"mx.example.org", "mx2.example.org"},
    }


def test_no_such_name_and_no_such_record_are_statements() -> None:
    answers, _ = ask(DnsQuestion("nowhere.example", "TXT"), DnsQuestion("mx.example.org", "TXT"))
    assert set(answers.values()) == {DnsAnswer()}


def test_what_cannot_be_asked_is_failed_and_ends_by_itself() -> None:
    answers, _ = ask(
        DnsQuestion("silent.example.org", "TXT"),
        DnsQuestion("broken.example.org", "TXT"),
        DnsQuestion("garbage.example.org", "TXT"),
        DnsQuestion("label." * 50 + "org", "TXT"),
        DnsQuestion("a..b", "TXT"),
        DnsQuestion("ä" * 70 + ".org", "TXT"),
        within=0.5,
    )
    assert set(answers.values()) == {DnsAnswer(failed=True)}


def test_an_answer_is_remembered() -> None:
    assert ask(DnsQuestion("example.org", "TXT"), twice=True)[1] == 1


def test_without_resolvers_nothing_is_asked() -> None:
    assert isinstance(resolver_of(load_gateway_config("")), NoResolver)
    made = resolver_of(load_gateway_config('[envelope]\nresolvers = ["127.0.0.1"]\nseconds = 3\n'))
    assert (made.asks, made.seconds) == (True, 3.0)
