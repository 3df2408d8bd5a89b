"""A mail that cannot be put together is answered as policy says, never delivered as it came."""

from __future__ import annotations

import pytest

from gateway.daemon.answers import reply_for
from gateway.mime.limits import MAX_FIELDS
from gateway.model import Action, Failed
from gateway.pipeline import Case
from tests.unit.stages.line import ANNA, OUTSIDE, Line
from tests.unit.stages.mails import attached, docm, mail

MARK = b'Content-Disposition: attachment; filename="a.docm"\r\n'


def unchangeable() -> bytes:
    """A mail whose document has a header that nobody reads to its end."""
    whole = mail(attached("a.docm", docm("one")))
    assert MARK in whole
    return whole.replace(MARK, MARK + b"X-More: 1\r\n" * (MAX_FIELDS + 1))


def rebuilt(case: Case) -> str:
    row = case.trace.get("0", "rebuild")
    assert row is not None and isinstance(row.outcome, Failed)
    return row.outcome.error


def policy(answer: str) -> str:
    return f'[extract]\nfailed = "{answer}"\n'


@pytest.mark.parametrize(
    ("answer", "action", "code"),
    [
        ("quarantine", Action.QUARANTINE, 250),
        ("tempfail", Action.TEMPFAIL, 451),
        ("reject", Action.REJECT, 550),
    ],
)
def test_policy_answers_a_failed_rebuild(
    line: Line, answer: str, action: Action, code: int
) -> None:
    case = line.run(unchangeable(), policy=policy(answer))
    assert "header of part 1.2 was not read to its end" in rebuilt(case)
    assert [d.action for d in case.dispositions] == [action]
    assert "extract.failed" in case.dispositions[0].rule
    assert not case.bodies and not line.delivered
    assert bool(line.kept) == (action is Action.QUARANTINE)
    reply = reply_for(case, client_answered=False)
    assert reply is not None and reply.code == code


def test_others_get_their_original_while_the_failed_one_is_kept(line: Line) -> None:
    case = line.run(unchangeable(), ANNA, OUTSIDE, policy=policy("quarantine"))
    actions = {d.recipient: d.action for d in case.dispositions}
    assert actions == {ANNA: Action.QUARANTINE, OUTSIDE: Action.DELIVER}
    assert list(line.delivered) == [OUTSIDE]
    assert list(line.kept.values()) == [unchangeable()]


def test_a_tempfail_is_for_all_recipients(line: Line) -> None:
    case = line.run(unchangeable(), ANNA, OUTSIDE, policy=policy("tempfail"))
    assert {d.action for d in case.dispositions} == {Action.TEMPFAIL}
    assert not line.delivered and not line.kept and not case.bodies
