"""Apply a plan, change it while it runs, revert it, and repair what a crash left.

The invariant: a step is written to the state file before its first action, and taken out of it
after its last undo. So at any kill -9 the file covers everything that was done; `repair` undoes
it, backwards, and may itself be killed and run again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from drivers import actions as act
from drivers.actions import AnyAction
from drivers.config import OnFailure
from drivers.errors import DriverError
from drivers.execute import do, undo
from drivers.plan import Plan, render
from drivers.rules import RuleSet, RuleText
from drivers.state import (
    DEFAULT_STATE,
    VERSION,
    State,
    current_boot,
    locked,
    read_state,
    remove_state,
    take_lock,
    write_state,
)

BeforeStep = Callable[[str], None]
"""Called with each step's name before it runs: progress for a person, or a crash for a test."""


class Applied:
    """A NIC pair that is up. Leaving the `with` block, or `revert`, takes it down again."""

    def __init__(self, rules: RuleSet, state_path: Path, lock: int) -> None:
        self._rules = rules
        self._state_path = state_path
        self._lock: int | None = lock

    @property
    def rules(self) -> RuleSet:
        """The rules now in force."""
        return self._rules

    def update(
        self, *, workers: tuple[int, ...] | None = None, on_failure: OnFailure | None = None
    ) -> None:
        """Change the workers or the answer to failure; raises `DriverError`, changing nothing.

        The nft rules change in one transaction. Where iptables spells the queue rule there are
        three, so the order matters: with `hold`, delivery to more workers comes before packets
        are queued for them, and queueing for fewer before their delivery ends.
        """
        new = self._rules.changed(workers=workers, on_failure=on_failure)
        text = render(new, first=False)
        actions: list[AnyAction] = [act.LoadNft(text.nft), *_queue_actions(text)]
        if new.queues < self._rules.queues:
            actions.reverse()
        for action in actions:
            do(action)
        self._rules = new

    def revert(self) -> tuple[str, ...]:
        """Undo everything; the names of the steps undone. A second call does nothing."""
        if self._lock is None:
            return ()
        try:
            return _undo_all(self._state_path)
        finally:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.revert()


def apply(
    plan: Plan, state_path: Path = DEFAULT_STATE, before_step: BeforeStep | None = None
) -> Applied:
    """Carry out all steps; when one fails, undo those before it and raise its `DriverError`.

    Refuses when another process holds the pair, or when a crash left something: `repair` first.
    """
    lock = take_lock(state_path)
    try:
        if read_state(state_path) is not None:
            raise DriverError(f"{state_path} names an unfinished run; repair it first.")
        try:
            _do_all(plan, state_path, before_step)
        except BaseException:
            _undo_all(state_path)
            raise
    except BaseException:
        os.close(lock)
        raise
    return Applied(plan.rules, state_path, lock)


def repair(state_path: Path = DEFAULT_STATE) -> tuple[str, ...]:
    """Undo what a crashed process left; the names of the steps undone, none when all is well.

    Raises `DriverError` when a living process holds the pair, or when an undo fails (the others
    are carried out all the same, and the file stays for another try).
    """
    with locked(state_path):
        return _undo_all(state_path)


def _queue_actions(text: RuleText) -> list[AnyAction]:
    queues: list[AnyAction] = []
    if text.ip:
        queues.append(act.LoadIptables(4, text.ip))
    if text.ip6:
        queues.append(act.LoadIptables(6, text.ip6))
    return queues


def _do_all(plan: Plan, path: Path, before_step: BeforeStep | None) -> None:
    boot = current_boot()
    for number, step in enumerate(plan.steps, 1):
        write_state(path, State(VERSION, boot, number, plan.steps))
        if before_step:
            before_step(step.name)
        for action in step.do:
            do(action)


MAX_REASONS: Final = 3
"""How many failed undos one sentence names."""


def _undo_all(path: Path) -> tuple[str, ...]:
    state = read_state(path)
    undone: list[str] = []
    failures: list[str] = []
    while state is not None and state.begun:
        step = state.steps[state.begun - 1]
        for action in step.undo:
            try:
                undo(action)
            except DriverError as error:
                failures.append(str(error))
        undone.append(step.name)
        state = State(VERSION, state.boot, state.begun - 1, state.steps)
        if not failures:  # with a failure the file stays as it is, so that repair tries again
            write_state(path, state)
    if failures:
        raise DriverError("Not everything could be undone: " + " ".join(failures[:MAX_REASONS]))
    remove_state(path)
    return tuple(undone)
