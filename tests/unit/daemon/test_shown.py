"""Detonations that are kept: for an hour, so many, so many bytes."""

from __future__ import annotations

from gateway.daemon import shown
from gateway.daemon.shown import Shown


def test_a_result_is_there_until_it_is_old() -> None:
    now = [0.0]
    kept: Shown[str] = Shown(lambda: now[0])
    kept.put("a", "one", 3)
    assert kept.get("a") == "one" and kept.get("b") is None
    now[0] = shown.SECONDS + 1
    assert kept.get("a") is None


def test_the_oldest_go_when_there_are_too_many_or_too_large() -> None:
    kept: Shown[int] = Shown(lambda: 0.0)
    for number in range(shown.MOST + 1):
        kept.put(number, number, 0)
    assert kept.get(0) is None and kept.get(1) == 1
    half = shown.MOST_BYTES // 2
    for name in "abc":
        kept.put(name, 1, half)
    assert [kept.get(name) for name in "abc"] == [None, 1, 1]
    kept.put("huge", 1, shown.MOST_BYTES + 1)
    assert kept.get("huge") is None and kept.get("c") == 1
