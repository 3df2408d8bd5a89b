"""The tables are well-formed, and the committed drawing is theirs."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from gateway.smtp.dialogue import Dialogue
from gateway.smtp.drawing import page
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.states import (
    DIALOGUE,
    RELAY,
    Kind,
    Phase,
    State,
    Turn,
    Verb,
    after,
    hoped,
    legal,
    turned,
)

PAGE = Path(__file__).parents[3] / "docs" / "generated" / "smtp-states.md"


def test_the_committed_drawing_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), (
        "run: python -m gateway.smtp.drawing > docs/generated/smtp-states.md"
    )


def test_every_state_is_in_the_table_and_reachable() -> None:
    assert set(DIALOGUE) == set(State)
    seen, todo = {State.CONNECTED}, deque([State.CONNECTED])
    while todo:
        for moved in DIALOGUE[todo.popleft()].values():
            if moved not in seen:
                seen.add(moved)
                todo.append(moved)
    assert seen == set(State)


def test_every_phase_is_in_the_table_and_reachable() -> None:
    assert set(RELAY) == set(Phase)
    reached = {moved for row in RELAY.values() for moved in row.values()}
    assert reached | {Phase.GREETING, Phase.CLOSED} == set(Phase)
    assert all(turned(phase, Turn.ENDED) is Phase.CLOSED for phase in Phase)


def test_nothing_leaves_closed() -> None:
    assert not any(legal(State.CLOSED, verb) for verb in Verb)
    assert RELAY[Phase.CLOSED] == {}


@pytest.mark.parametrize("state", State)
def test_421_closes_and_a_refusal_never_opens(state: State) -> None:
    for verb in Verb:
        assert after(state, verb, Kind.BYE) is State.CLOSED
    body_states = {State.DATA, State.CHUNKS, State.TLS, State.AUTH}
    for verb in Verb:
        moved = after(state, verb, Kind.NO)
        assert moved is state or moved not in body_states


def test_only_354_begins_a_body() -> None:
    into_data = [
        (state, exchange)
        for state, row in DIALOGUE.items()
        for exchange, moved in row.items()
        if moved is State.DATA
    ]
    assert into_data == [(State.RCPT, (Verb.DATA, Kind.MORE))]


def test_hoping_never_invents_a_state() -> None:
    for state in State:
        for verb in Verb:
            expected = hoped(state, verb)
            assert expected is state or expected in DIALOGUE[state].values()


def test_a_dialogue_looks_ahead_and_puts_itself_right() -> None:
    dialogue = Dialogue()
    for verb in (Verb.EHLO, Verb.MAIL, Verb.RCPT):
        dialogue.begin(verb)
    assert (dialogue.state, dialogue.ahead) == (State.CONNECTED, State.RCPT)
    assert dialogue.answer(Kind.OK)
    assert dialogue.answer(Kind.OK)
    assert dialogue.answer(Kind.NO)
    assert (dialogue.state, dialogue.ahead) == (State.READY, State.READY)
    # The pipelined RCPT cannot be accepted without a sender: such an answer makes no sense.
    assert not dialogue.answer(Kind.OK)


def test_a_handshake_that_is_not_due_is_our_error() -> None:
    with pytest.raises(LocalProtocolError):
        Dialogue().encrypt()
