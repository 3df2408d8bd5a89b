"""forward: what is told 250 is delivered or kept; what is not is neither lost nor kept twice."""

from __future__ import annotations

import pytest

from gateway.daemon.answers import reply_for
from gateway.model import Action, BytesContent, Disposition, Failed, Outcome, Ran, SkipKind, Skipped
from gateway.pipeline import Body, Case
from gateway.stages import forward
from tests.unit.stages.fakes import ANNA, BERT, FakeHop, FakeServices, case_of, run

EXTRACTED = b"without what acts"


def case_with(anna: Action, bert: Action | None = None) -> Case:
    """A mail whose dispositions and bodies are settled; extracted bodies differ."""
    actions = {ANNA: anna} | ({BERT: bert} if bert is not None else {})
    case = case_of(recipients=tuple(actions))
    case.dispositions = tuple(
        Disposition(recipient, action, f"because of {action}")
        for recipient, action in actions.items()
    )
    bodies = []
    for action, content in (
        (Action.DELIVER_EXTRACTED, BytesContent(EXTRACTED)),
        (Action.DELIVER, case.message),
    ):
        recipients = tuple(name for name, each in actions.items() if each is action)
        if recipients:
            bodies.append(Body(content, recipients, action is Action.DELIVER_EXTRACTED))
    case.bodies = tuple(bodies)
    return case


def carried_out(case: Case, services: FakeServices) -> tuple[Outcome, int]:
    """The row, and the code the client gets (of the next hop, where that answers it)."""
    outcome = run(forward.STAGE, case, case.root, services)
    alone = len(case.bodies) == 1 and not services.next_hop.held
    reply = reply_for(case, client_answered=alone and bool(case.receipts))
    return outcome, reply.code if reply is not None else case.receipts[0].code


def kept(services: FakeServices) -> list[tuple[list[str], bytes]]:
    return [(entry.recipients, body) for entry, body in services.quarantine.kept.values()]


@pytest.mark.parametrize("code", [250, 451, 550])
def test_one_body_is_answered_by_the_next_hop_itself(code: int) -> None:
    case, services = case_with(Action.DELIVER), FakeServices()
    services.next_hop = FakeHop(code)
    outcome, told = carried_out(case, services)
    assert told == code
    assert services.next_hop.held is False
    assert isinstance(outcome, Ran if code == 250 else Failed)
    assert not kept(services)


def test_a_kept_mail_is_on_disk_and_told_250() -> None:
    case, services = case_with(Action.QUARANTINE), FakeServices()
    outcome, told = carried_out(case, services)
    assert told == 250
    assert outcome == Ran("kept in quarantine")
    assert kept(services) == [([ANNA], case.message.read())]
    assert not services.next_hop.got


def test_a_mail_that_cannot_be_kept_is_not_told_250() -> None:
    case, services = case_with(Action.QUARANTINE, Action.DELIVER), FakeServices()
    services.quarantine.full = True
    with pytest.raises(Exception, match="No space left"):  # the executor makes it a failed row
        run(forward.STAGE, case, case.root, services)
    assert not services.next_hop.got
    reply = reply_for(case, client_answered=False)
    assert reply is not None and reply.code == 451


def test_nothing_is_handed_on_for_a_refused_mail() -> None:
    case, services = case_with(Action.REJECT), FakeServices()
    outcome, told = carried_out(case, services)
    assert told == 550
    assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.NOT_APPLICABLE
    assert not services.next_hop.got and not kept(services)


@pytest.mark.parametrize(("code", "told"), [(250, 250), (450, 451), (554, 550)])
def test_quarantine_beside_a_delivery(code: int, told: int) -> None:
    """When the next hop refuses, the sender still has the mail: what was kept is forgotten."""
    case, services = case_with(Action.QUARANTINE, Action.DELIVER), FakeServices()
    services.next_hop = FakeHop(code)
    assert carried_out(case, services)[1] == told
    assert services.next_hop.held is True
    assert bool(kept(services)) is (code == 250)
    assert case.kept is (code == 250)


@pytest.mark.parametrize(
    ("codes", "told", "refused"),
    [
        ((250, 250), 250, []),
        ((250, 550), 250, [BERT]),
        ((451, 250), 250, [ANNA]),
        ((451, 550), 451, []),
        ((550, 554), 550, []),
    ],
)
def test_two_bodies_have_one_answer(codes: tuple[int, int], told: int, refused: list[str]) -> None:
    """A body refused beside one that was taken is kept: 250 must not lose it."""
    case, services = case_with(Action.DELIVER_EXTRACTED, Action.DELIVER), FakeServices()
    services.next_hop = FakeHop(*codes)
    assert carried_out(case, services)[1] == told
    bodies = {ANNA: EXTRACTED, BERT: case.message.read()}
    assert kept(services) == [([name], bodies[name]) for name in refused]


@pytest.mark.parametrize(
    ("codes", "told", "refused"),
    [
        ((250, 250), 250, []),
        ((550, 250), 250, [ANNA]),
        ((250, 452), 250, [BERT]),
        ((550, 554), 550, []),
    ],
)
def test_recipients_of_one_body_may_be_answered_differently(
    codes: tuple[int, int], told: int, refused: list[str]
) -> None:
    """The next hop may refuse at the second RCPT whom it took at the first: he has his mail in
    quarantine, and the client is not told to send everybody's again."""
    case, services = case_with(Action.DELIVER, Action.DELIVER), FakeServices()
    services.next_hop = FakeHop(*codes)
    services.next_hop.split = True
    outcome = run(forward.STAGE, case, case.root, services)
    reply = reply_for(case, client_answered=False)
    assert reply is not None and reply.code == told
    assert isinstance(outcome, Ran if told == 250 else Failed)
    assert kept(services) == [([name], case.message.read()) for name in refused]


def test_who_has_the_next_hops_answer_gets_no_other() -> None:
    """Whatever became of the mail afterwards: SMTP has one answer for each mail."""
    case = case_with(Action.DELIVER)
    assert reply_for(case, client_answered=True) is None


def test_a_refused_body_that_cannot_be_kept_is_not_told_250() -> None:
    case, services = case_with(Action.DELIVER_EXTRACTED, Action.DELIVER), FakeServices()
    services.next_hop = FakeHop(250, 550)
    services.quarantine.full = True
    outcome, told = carried_out(case, services)
    assert told == 451
    assert isinstance(outcome, Failed)
    assert "could not be kept" in outcome.error and "No space left" in outcome.error


@pytest.mark.parametrize("stuck", [False, True])
def test_a_sender_that_is_gone_leaves_nothing_in_quarantine(stuck: bool) -> None:
    case, services = case_with(Action.QUARANTINE, Action.DELIVER), FakeServices()
    services.next_hop.gone = True
    services.quarantine.stuck = stuck
    outcome, told = carried_out(case, services)
    assert told == 451
    assert isinstance(outcome, Failed) and "nothing was delivered" in outcome.error
    assert bool(kept(services)) is stuck


@pytest.mark.parametrize(
    ("anna", "bert"),
    [
        (Action.QUARANTINE, None),
        (Action.DELIVER, None),
        (Action.QUARANTINE, Action.DELIVER_EXTRACTED),
    ],
)
def test_a_mail_that_nobody_waits_for_comes_again_and_is_not_kept_now(
    anna: Action, bert: Action | None
) -> None:
    """Past the deadline the client was told 451: its retry brings the mail, and one copy of it."""
    case, services = case_with(anna, bert), FakeServices()
    services.next_hop.awaited = False
    outcome, told = carried_out(case, services)
    assert isinstance(outcome, Failed) and "told to try again" in outcome.error
    assert told in (250, 451), "nobody hears it"
    assert not services.next_hop.got and not kept(services) and not case.kept


def test_a_refused_mail_needs_nobody_who_waits() -> None:
    case, services = case_with(Action.REJECT), FakeServices()
    services.next_hop.awaited = False
    outcome, told = carried_out(case, services)
    assert isinstance(outcome, Skipped) and told == 550


def test_explaining_delivers_and_keeps_nothing() -> None:
    case, services = case_with(Action.QUARANTINE, Action.DELIVER), FakeServices()
    services.next_hop.delivers = False
    outcome = run(forward.STAGE, case, case.root, services)
    assert isinstance(outcome, Skipped)
    assert not services.next_hop.got and not kept(services)
