"""A stage of the inspection plan, declared as data.

Everything the workflow drawing, the settings page and the executor need to know of a stage stands
in one frozen value; only `run` is code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gateway.model import Outcome, Subject, SubjectKind
from gateway.pipeline.case import Case
from gateway.pipeline.gates import Gate


class Services(Protocol):
    """What the executor itself needs from outside: a clock and concurrency."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    async def together(self, jobs: Sequence[Awaitable[None]]) -> None:
        """Run `jobs` at the same time and wait for all."""
        ...


S = TypeVar("S", bound=Services, contravariant=True)

Run = Callable[[Case, Subject, S], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Stage(Generic[S]):
    """One step, applied to the message or to each part.

    `judges`: its silence leaves the verdict open (`unscanned`). `always`: it runs even on a
    subject whose plan was ended early. `budget` names the policy setting (milliseconds) that
    bounds it, empty when it is not bounded on its own. `on_failure` is for people.
    """

    name: str
    purpose: str
    subject: SubjectKind
    run: Run[S]
    gates: tuple[Gate, ...] = ()
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    budget: str = ""
    on_failure: str = "the part is unscanned; policy's unscanned.failed decides"
    judges: bool = False
    always: bool = False
