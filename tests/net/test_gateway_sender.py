"""SPF, DKIM and DMARC through the whole gateway: an unprivileged worker asks a DNS server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gateway.pipeline import Report
from gateway.store import SqliteJournal, open_database
from tests.crash.light_stand import HOLD, POLICY, Light, eventually, light
from tests.unit.daemon.dnsserver import dns_server
from tests.unit.engines.authentication.zones import MAIL, public_key, signed
from tools.corpus import ANNA
from tools.lab import Lab
from tools.mail.client import SmtpResult, send

pytestmark = pytest.mark.root

KEY = public_key()
ZONE = {
    "TXT example.org": '"v=spf1 ip4:192.0.2.10 -all"',
    "TXT s1._domainkey.example.org": f'"{KEY[:200]}" "{KEY[200:]}"',
    "TXT _dmarc.example.org": '"v=DMARC1; p=reject"',
}
RESOLVER = '[envelope]\nresolvers = ["127.0.0.1"]\n'
BLOCK = '\n[envelope]\ndmarc_fail = "block"\n'


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with ExitStack() as stack:

        def answer(lab: Lab) -> None:
            lab.exec_in(lab.layout.gateway, ["ip", "link", "set", "lo", "up"])
            stack.enter_context(dns_server(ZONE, 53, lab.layout.gateway))

        with light("s", HOLD + RESOLVER, answer, policy=POLICY + BLOCK) as made:
            yield made


def sent(stand: Light, mail: bytes, sender: str) -> tuple[SmtpResult, dict[str, str]]:
    """The answer to a mail, and what its trace says of its sender."""
    result = send(mail, sender, [ANNA], stand.target())
    database = open_database(stand.directory / "state" / "journal.db", read_only=True)
    try:
        reports: list[Report] = []

        def written() -> bool:
            last = SqliteJournal(database).last()
            if last is not None and last.envelope.sender == sender:
                reports.append(last)
            return bool(reports)

        eventually("the trace is written", written)
    finally:
        database.close()
    rows = [row for row in reports[-1].rows if row.stage == "envelope" and row.findings]
    return result, {one.code: one.evidence for row in rows for one in row.findings}


def test_a_signed_mail_of_its_own_server_passes_all_three(stand: Light) -> None:
    result, found = sent(stand, signed(), "anna@example.org")
    assert result.accepted, result
    assert {code: words.split(":")[0] for code, words in found.items()} == {
        "envelope.spf": "SPF pass",
        "envelope.dkim": "DKIM pass",
        "envelope.dmarc": "DMARC pass",
    }


def test_a_forged_mail_is_refused_where_policy_blocks(stand: Light) -> None:
    result, found = sent(stand, MAIL, "forger@elsewhere.example")
    assert result.code == 550 and "DMARC fail" in result.text
    assert found["envelope.spf"].startswith("SPF none")
    assert found["envelope.dmarc"].startswith("DMARC fail")
