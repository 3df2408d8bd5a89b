"""What the client is told: a table of finished cases and replies."""

from __future__ import annotations

import pytest

from gateway.daemon.answers import reply_for
from gateway.model import Action, Disposition, Receipt
from gateway.smtp import Reply
from tests.unit.stages.fakes import ANNA, BERT, case_of

SECRET = "OSError: [Errno 28] No space left on device: '/var/lib/sluice/spool'"


def told(
    *dispositions: Disposition, receipts: tuple[Receipt, ...] = (), kept: bool = False
) -> Reply:
    case = case_of()
    case.dispositions, case.receipts, case.kept = dispositions, receipts, kept
    reply = reply_for(case, client_answered=False)
    assert reply is not None
    return reply


def for_anna(action: Action, reason: str = "because", rule: str = "") -> Disposition:
    return Disposition(ANNA, action, reason, rule=rule)


TABLE = [
    ((), False, "451 4.7.1 Mail try again later: the inspection could not be finished"),
    ((for_anna(Action.TEMPFAIL),), False, "451 4.7.1 Mail try again later: because"),
    ((for_anna(Action.REJECT),), False, "550 5.7.1 Mail refused: because (trace trace1)"),
    ((for_anna(Action.QUARANTINE),), True, "250 2.0.0 Mail held for review: because"),
    ((for_anna(Action.QUARANTINE),), False, "451 4.3.0"),
    ((for_anna(Action.DELIVER),), False, "451 4.3.0"),
    ((for_anna(Action.DELIVER), for_anna(Action.QUARANTINE)), True, "451 4.3.0"),
    ((for_anna(Action.DELIVER), for_anna(Action.TEMPFAIL)), False, "451 4.7.1"),
]


@pytest.mark.parametrize(("dispositions", "kept", "begins"), TABLE)
def test_without_receipts_nothing_was_delivered(
    dispositions: tuple[Disposition, ...], kept: bool, begins: str
) -> None:
    assert str(told(*dispositions, kept=kept)).startswith(begins)


@pytest.mark.parametrize(
    "key", ["unscanned.failed", "unscanned.timed_out", "unscanned.unavailable", "extract.failed"]
)
@pytest.mark.parametrize("action", [Action.TEMPFAIL, Action.REJECT, Action.QUARANTINE])
def test_an_error_of_ours_is_told_nobody(key: str, action: Action) -> None:
    disposition = for_anna(action, f"a.pdf is unscanned: {SECRET}", f"{key}, policy.toml line 3")
    reply = told(disposition, kept=True)
    assert "the inspection could not be finished" in str(reply)
    assert "Errno" not in str(reply) and "/var/lib" not in str(reply)


def test_what_the_sender_did_is_told() -> None:
    disposition = for_anna(Action.REJECT, "a.zip is encrypted", "unscanned.encrypted, built-in")
    assert "a.zip is encrypted" in str(told(disposition))


def test_a_reason_cannot_break_the_reply() -> None:
    reply = told(for_anna(Action.REJECT, "a\r\n250 fine\x00\x1b[31m" + "x" * 5000))
    assert reply.to_bytes().count(b"\n") == 1
    assert len(reply.to_bytes()) <= 512


@pytest.mark.parametrize(
    ("codes", "code", "words"),
    [
        ((250,), 250, "Ok, trace trace1"),
        ((550, 250), 250, "Ok"),
        ((550, 554), 550, "said 550"),
        ((550, 451), 451, "said 451"),
        ((451, 550), 451, "said 451"),
    ],
)
def test_several_receipts_have_one_answer(codes: tuple[int, ...], code: int, words: str) -> None:
    recipients = (ANNA, BERT)
    receipts = tuple(
        Receipt((recipient,), each, f"said {each}")
        for recipient, each in zip(recipients, codes, strict=False)
    )
    reply = told(for_anna(Action.DELIVER), receipts=receipts)
    assert reply.code == code and words in str(reply)
