"""DMARC by a table: who stands for From's domain, and what its record asks for."""

from __future__ import annotations

import pytest

from gateway.engines.authentication import Checked, Result
from gateway.engines.authentication.dmarc import dmarc_of
from tests.unit.engines.authentication.zones import Zone, asked

REJECT = {"TXT _dmarc.example.org": "v=DMARC1; p=reject"}
STRICT = {"TXT _dmarc.example.org": "v=DMARC1; p=reject; adkim=s; aspf=s"}
SUB = {"TXT _dmarc.example.org": "v=DMARC1;p=reject;sp=none"}

TABLE: list[tuple[Zone, str, str, tuple[str, ...], Result, str]] = [
    # zone, From, SPF passed for, signed by, result, words
    (REJECT, "example.org", "", ("example.org",), Result.PASS, "example.org stands"),
    (REJECT, "example.org", "example.org", (), Result.PASS, "example.org stands"),
    (REJECT, "example.org", "", (), Result.FAIL, "asks for refusal"),
    (REJECT, "example.org", "other.example", ("list.example",), Result.FAIL, "refusal"),
    (REJECT, "example.org", "bounce.example.org", (), Result.PASS, "bounce.example.org"),
    (REJECT, "example.org", "notexample.org", (), Result.FAIL, "refusal"),
    (REJECT, "news.example.org", "", ("example.org",), Result.PASS, "stands for news"),
    (REJECT, "news.example.org", "", (), Result.FAIL, "refusal"),
    (SUB, "news.example.org", "", (), Result.FAIL, "asks for nothing"),
    (STRICT, "example.org", "bounce.example.org", ("mail.example.org",), Result.FAIL, "refusal"),
    (STRICT, "example.org", "", ("mail.example.org", "example.org"), Result.PASS, "example.org"),
    ({}, "example.org", "example.org", ("example.org",), Result.NONE, "does not say"),
    ({"TXT _dmarc.example.org": None}, "example.org", "", (), Result.TEMPERROR, "did not answer"),
    ({"TXT _dmarc.example.org": "v=DMARC1; p=nonsense"}, "example.org", "", (), Result.NONE, ""),
    ({"TXT _dmarc.example.org": "v=DMARC2; p=reject"}, "example.org", "", (), Result.NONE, ""),
    (
        {"TXT _dmarc.example.org": ("v=DMARC1; p=reject", "v=DMARC1; p=none")},
        *("example.org", "", (), Result.NONE, ""),
    ),
]


@pytest.mark.parametrize(("zone", "domain", "spf", "signed_by", "result", "words"), TABLE)
def test_table(
    zone: Zone, domain: str, spf: str, signed_by: tuple[str, ...], result: Result, words: str
) -> None:
    envelope = Checked(Result.PASS if spf else Result.FAIL, spf or domain, "")
    found, _ = asked(zone, lambda lookup: dmarc_of((domain,), envelope, signed_by, lookup))
    assert found.result is result
    assert words in found.words


@pytest.mark.parametrize(
    ("domains", "words"), [((), "no From"), (("a.example", "b.example"), "several domains")]
)
def test_a_from_that_names_nobody_or_several(domains: tuple[str, ...], words: str) -> None:
    passed = Checked(Result.PASS, "a.example", "")
    found, questions = asked({}, lambda lookup: dmarc_of(domains, passed, domains, lookup))
    assert found.result is Result.PERMERROR and words in found.words
    assert not questions


def test_the_walk_up_a_deep_name_is_bounded() -> None:
    deep = ".".join("abcdefghijklmnopqrst") + ".example.org"
    failed = Checked(Result.FAIL, deep, "")
    found, questions = asked(REJECT, lambda lookup: dmarc_of((deep,), failed, (), lookup))
    assert found.result is Result.FAIL
    assert len(questions) == 8
    assert questions[0] == f"TXT _dmarc.{deep}"
