"""The state file and the order of undoing, on plans that only write files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drivers import DriverError, PairConfig, Plan, Spelling, apply, repair
from drivers.actions import Step, WriteFile
from drivers.rules import rule_set
from drivers.state import State, current_boot, read_state, write_state

CONFIG = PairConfig("eth1", "eth2")


def plan_of(*steps: Step) -> Plan:
    return Plan(CONFIG, rule_set(CONFIG, "02:00:00:00:00:01", Spelling.NFT), steps)


def writing(name: str, path: Path, value: str) -> Step:
    return Step(name, (WriteFile(str(path), value),), (WriteFile(str(path), f"not {value}"),))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "run" / "drivers.json"


def test_apply_and_revert(tmp_path: Path, state: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with apply(plan_of(writing("first", one, "1"), writing("second", two, "2")), state) as pair:
        assert (one.read_text(), two.read_text()) == ("1", "2")
        assert json.loads(state.read_text())["begun"] == 2
        assert pair.revert() == ("second", "first")
        assert pair.revert() == ()
    assert (one.read_text(), two.read_text()) == ("not 1", "not 2")
    assert list(state.parent.iterdir()) == []


def test_a_step_is_on_disk_before_it_begins(tmp_path: Path, state: Path) -> None:
    seen: list[tuple[str, int]] = []
    steps = [writing(name, tmp_path / name, "1") for name in ("a", "b", "c")]

    def look(name: str) -> None:
        seen.append((name, json.loads(state.read_text())["begun"]))
        assert not (tmp_path / name).exists()

    apply(plan_of(*steps), state, look).revert()
    assert seen == [("a", 1), ("b", 2), ("c", 3)]


def test_a_failing_step_is_undone_with_those_before_it(tmp_path: Path, state: Path) -> None:
    good = writing("good", tmp_path / "good", "1")
    bad = Step(
        "bad",
        (WriteFile(str(tmp_path / "nowhere" / "x"), "1"),),
        (WriteFile(str(tmp_path / "bad"), "undone"),),
    )
    never = writing("never", tmp_path / "never", "1")
    with pytest.raises(DriverError, match="Cannot write 1"):
        apply(plan_of(good, bad, never), state)
    assert (tmp_path / "good").read_text() == "not 1"
    assert (tmp_path / "bad").read_text() == "undone"
    assert not (tmp_path / "never").exists()
    assert not state.exists()


def test_repair_after_a_crash_goes_backwards_and_only_over_what_had_begun(
    tmp_path: Path, state: Path
) -> None:
    log = tmp_path / "log"
    steps = tuple(Step(name, (), (WriteFile(str(log), name),)) for name in ("a", "b", "c"))
    write_state(state, State(1, current_boot(), 2, steps))
    assert repair(state) == ("b", "a")
    assert log.read_text() == "a"
    assert repair(state) == ()


def test_an_undo_that_fails_does_not_keep_the_others_and_is_tried_again(
    tmp_path: Path, state: Path
) -> None:
    good = Step("good", (), (WriteFile(str(tmp_path / "good"), "undone"),))
    bad = Step("bad", (), (WriteFile(str(tmp_path), "a directory"),))
    write_state(state, State(1, current_boot(), 2, (good, bad)))
    with pytest.raises(DriverError, match="Not everything could be undone"):
        repair(state)
    assert (tmp_path / "good").read_text() == "undone"
    assert read_state(state) is not None


def test_what_an_undo_would_restore_may_be_gone(tmp_path: Path, state: Path) -> None:
    gone = Step("gone", (), (WriteFile(str(tmp_path / "vanished" / "setting"), "1"),))
    write_state(state, State(1, current_boot(), 1, (gone,)))
    assert repair(state) == ("gone",)


def test_a_refused_optional_write_is_no_error(tmp_path: Path, state: Path) -> None:
    managed = WriteFile(str(tmp_path), "3", optional=True)
    apply(plan_of(Step("interrupts", (managed,), (managed,))), state).revert()


def test_the_state_of_another_boot_is_of_no_use(state: Path) -> None:
    write_state(state, State(1, "another boot", 1, (Step("old", (), ()),)))
    assert read_state(state) is None
    assert repair(state) == ()
    assert not state.exists()


@pytest.mark.parametrize("raw", [b"", b"{", b'{"version": 1}', b"[]", b"\xff"])
def test_a_state_file_that_cannot_be_read_is_one_sentence(state: Path, raw: bytes) -> None:
    state.parent.mkdir()
    state.write_bytes(raw)
    with pytest.raises(DriverError, match="cannot be read"):
        repair(state)


def test_two_cannot_hold_the_pair(tmp_path: Path, state: Path) -> None:
    with apply(plan_of(writing("a", tmp_path / "a", "1")), state):
        with pytest.raises(DriverError, match="Another process already runs"):
            repair(state)
        with pytest.raises(DriverError, match="Another process already runs"):
            apply(plan_of(), state)
