"""Telling the type of a file to run: what a guest lost to the machine costs, and what is said."""

from __future__ import annotations

import asyncio
from typing import cast

from gateway.cli.emulating import IDENTIFY_SECONDS, _identified
from gateway.model import Content, TypeGuess
from gateway.sandbox import GuestFailed, GuestTimedOut, Inspector, content_from_bytes

LATE = GuestTimedOut(IDENTIFY_SECONDS * 1000)
LOST = GuestFailed("no guest can be started: no answer.")
SHELL = TypeGuess("sh")


class Answers:
    """An inspector that gives these answers, one after the other."""

    def __init__(self, *answers: TypeGuess | GuestFailed | GuestTimedOut) -> None:
        self.left = list(answers)

    async def identify(
        self, content: Content, name: str, budget_ms: int
    ) -> TypeGuess | GuestFailed | GuestTimedOut:
        return self.left.pop(0)


def told(*answers: TypeGuess | GuestFailed | GuestTimedOut) -> TypeGuess | str:
    inspector = cast("Inspector", Answers(*answers))
    return asyncio.run(_identified(inspector, content_from_bytes(b"x"), "x"))


def test_one_guest_that_is_lost_or_late_costs_nothing() -> None:
    assert told(LATE, SHELL) is SHELL
    assert told(LOST, SHELL) is SHELL


def test_what_stays_untold_says_why() -> None:
    assert told(LOST, LATE) == "its type could not be told: telling it took longer than 60 s"
    assert told(LATE, LOST) == "its type could not be told: no guest can be started: no answer"
