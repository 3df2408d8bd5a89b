"""DKIM with real signatures: what holds, what was changed, what is no signature at all."""

from __future__ import annotations

import pytest

from gateway.engines.authentication import DnsAnswer, Result, SignaturesAnswer
from gateway.engines.authentication.lookup import Lookup
from gateway.engines.authentication.model import MAX_SIGNATURES
from gateway.engines.authentication.signatures import signatures_of
from tests.unit.engines.authentication.zones import MAIL, public_key, signed

NAME = "TXT s1._domainkey.example.org"


def checked(mail: bytes, *records: str, failed: bool = False) -> SignaturesAnswer:
    """The signatures of a mail when the DNS has `records` for its key."""
    return signatures_of(mail, Lookup({NAME: DnsAnswer(records, failed)}))


def results(mail: bytes, *records: str, failed: bool = False) -> list[Result]:
    return [one.result for one in checked(mail, *records, failed=failed).checked]


def test_the_key_is_asked_for_before_anything_is_said() -> None:
    answer = signatures_of(signed(), Lookup({}))
    assert [question.key for question in answer.questions] == [NAME]
    assert not answer.checked
    assert answer.from_domains == ("example.org",)


@pytest.mark.parametrize("canonical", [(b"relaxed", b"relaxed"), (b"simple", b"simple")])
def test_a_signature_that_holds(canonical: tuple[bytes, bytes]) -> None:
    answer = checked(signed(canonicalize=canonical), public_key())
    assert [(one.result, one.domain) for one in answer.checked] == [(Result.PASS, "example.org")]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"At noon?", b"At night?"), (b"Subject: lunch", b"Subject: Lunch!"), (b"anna@", b"bert@")],
)
def test_a_changed_mail_fails(old: bytes, new: bytes) -> None:
    assert results(signed().replace(old, new), public_key()) == [Result.FAIL]


def test_a_second_from_fails() -> None:
    """An added From is what readers would see."""
    assert results(b"From: boss@example.org\r\n" + signed(), public_key()) == [Result.FAIL]


@pytest.mark.parametrize(
    ("records", "failed", "result"),
    [
        ((), False, Result.PERMERROR),
        (("v=DKIM1; p=",), False, Result.FAIL),
        (("v=DKIM1; p=AAAA",), False, Result.FAIL),
        (("v=DKIM1; p=%%%",), False, Result.FAIL),
        (("something else",), False, Result.PERMERROR),
        ((), True, Result.TEMPERROR),
    ],
)
def test_a_key_that_is_none(records: tuple[str, ...], failed: bool, result: Result) -> None:
    (found,) = results(signed(), *records, failed=failed)
    assert found in (result, Result.FAIL, Result.PERMERROR) and found is not Result.PASS
    assert (found is Result.TEMPERROR) == failed


def test_a_mail_without_signature() -> None:
    assert checked(MAIL) == SignaturesAnswer(("example.org",))


def test_a_signature_of_the_beginning_says_so() -> None:
    answer = checked(signed(length=True) + b"More.\r\n", public_key())
    (found,) = answer.checked
    assert found.result is Result.PASS
    assert "for the beginning of its body only" in found.words


def test_only_so_many_signatures_are_looked_at() -> None:
    mail = signed()
    field = mail[: len(mail) - len(MAIL)]
    assert len(results(field * 50 + MAIL, public_key())) == MAX_SIGNATURES


BROKEN = [
    b"DKIM-Signature: nonsense\r\n",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=; s=; h=; bh=; b=\r\n",
    b"DKIM-Signature: v=1; a=md5; c=x/y; d=example.org; s=s1; h=from; bh=AAAA; b=AAAA\r\n",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=from; bh=AAAA; b=AAAA; l=-1\r\n",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=from; bh=AAAA; b=AAAA; t=x\r\n",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff\xfe; s=\x80; h=from; bh=AAAA; b=AAAA\r\n",
    b"DKIM-Signature:\r\n",
]


@pytest.mark.parametrize("field", BROKEN)
def test_a_broken_signature_is_an_answer_and_no_error(field: bytes) -> None:
    answer = checked(field + MAIL, public_key())
    assert not any(one.result is Result.PASS for one in answer.checked)
    assert len(answer.checked) + len(answer.questions) == 1


@pytest.mark.parametrize("cut", range(0, 700, 13))
def test_a_mail_cut_off_anywhere(cut: int) -> None:
    mail = signed()
    answer = checked(mail[:cut], public_key())
    holding = [one for one in answer.checked if one.result is Result.PASS]
    assert not holding or cut >= len(mail)


@pytest.mark.parametrize(
    ("field", "domains"),
    [
        (b"From: a@Example.ORG\r\n", ("example.org",)),
        (b"From: a@one.example, b@two.example\r\n", ("one.example", "two.example")),
        (b"From: a@one.example\r\nFrom: b@two.example\r\n", ("one.example", "two.example")),
        (b'From: "boss@bank.example" <a@one.example>\r\n', ("one.example",)),
        (b"From: nobody\r\n", ()),
        (b"Subject: x\r\n", ()),
    ],
)
def test_the_domains_of_from(field: bytes, domains: tuple[str, ...]) -> None:
    assert signatures_of(field + b"\r\nx\r\n", Lookup({})).from_domains == domains
