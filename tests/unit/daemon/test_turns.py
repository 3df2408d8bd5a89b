"""Turns: who goes next, who is pushed out of a full line, and that no place is ever lost."""

from __future__ import annotations

import asyncio

import pytest

from gateway.daemon.turns import LARGE, PATIENCE_SECONDS, LineFullError, Ticket, Turns
from gateway.stages.services import Urgency

HELD, BACKGROUND, PERSON = Urgency.HELD, Urgency.BACKGROUND, Urgency.PERSON


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _order(turns: Turns, tickets: dict[str, Ticket], clock: Clock, at: float) -> list[str]:
    """The names in the order in which they get their turns, when the first place is free."""
    order: list[str] = []

    async def hold(name: str, ticket: Ticket) -> None:
        async with turns.turn(ticket):
            order.append(name)
            await asyncio.sleep(0)

    clock.now = at
    await asyncio.gather(*(hold(name, ticket) for name, ticket in tickets.items()))
    return order


def ordered(*asked: tuple[str, Urgency, int], at: float = 1.0) -> list[str]:
    async def test() -> list[str]:
        clock = Clock()
        turns = Turns(1, 10, clock)
        tickets = {name: turns.ticket(urgency, size) for name, urgency, size in asked}
        order = await _order(turns, tickets, clock, at)
        assert turns.running == turns.waiting == 0
        return order

    return asyncio.run(test())


def test_mails_that_are_held_go_before_others_and_people_last() -> None:
    first, *rest = ordered(
        ("first", PERSON, 1), ("person", PERSON, 1), ("gone", BACKGROUND, 1), ("held", HELD, 1)
    )
    assert first == "first" and rest == ["held", "gone", "person"]


def test_small_ones_go_before_large_ones_for_a_while() -> None:
    asked = (("first", HELD, 1), ("large", HELD, LARGE), ("small", HELD, 1))
    assert ordered(*asked) == ["first", "small", "large"]
    assert ordered(*asked, at=PATIENCE_SECONDS + 1) == ["first", "large", "small"]


def test_a_full_line_gives_way_only_to_who_is_more_urgent() -> None:
    async def test() -> None:
        clock = Clock()
        turns = Turns(1, 2, clock)
        turns.ticket(HELD, 1)
        old, young = turns.ticket(BACKGROUND, 1), turns.ticket(BACKGROUND, 1)
        with pytest.raises(LineFullError):
            turns.ticket(BACKGROUND, 1)
        turns.ticket(HELD, 1)
        assert isinstance(young.turn.exception(), LineFullError) and not old.turn.done()
        assert turns.waiting == 2 and turns.waiting_for(HELD) == 1 and turns.refused == 2
        clock.now = 7.0
        assert turns.oldest == 7.0

    asyncio.run(test())


def test_who_gives_up_leaves_no_place_taken() -> None:
    async def test() -> None:
        turns = Turns(1, 5, Clock())
        first, second, third = (turns.ticket(HELD, 1) for _ in range(3))

        async def wait(ticket: Ticket) -> None:
            async with turns.turn(ticket):
                pass

        impatient = asyncio.create_task(wait(second))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        assert turns.waiting == 1
        await wait(first)
        await wait(third)
        assert turns.running == turns.waiting == 0
        await wait(turns.ticket(HELD, 1))

    asyncio.run(test())
