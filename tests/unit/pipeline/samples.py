"""Cases, plans and policies for tests of the pipeline: complete, fixed, and of no real stage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.model import (
    BytesContent,
    Envelope,
    Finding,
    Origin,
    Outcome,
    Ran,
    Severity,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Case, Gate, Plan, Stage, Trace


class FakePolicy:
    """A policy of the settings it is given; each was set on line 7."""

    version = "policy1"

    def __init__(self, **values: object) -> None:
        self._values = {name.replace("__", "."): value for name, value in values.items()}

    def value(self, key: str) -> object:
        return self._values[key]

    def where(self, key: str) -> str:
        return "policy.toml line 7"


@dataclass(slots=True)
class FakeServices:
    """A clock that goes on by 5 ms at each look; jobs really run at the same time."""

    ticks: float = 0.0
    batches: list[int] = field(default_factory=list)

    def monotonic(self) -> float:
        self.ticks += 0.005
        return self.ticks

    async def together(self, jobs: Sequence[Awaitable[None]]) -> None:
        self.batches.append(len(jobs))
        await asyncio.gather(*jobs)


Does = Callable[[Case, Subject], Outcome]


def ran(case: Case, subject: Subject) -> Outcome:
    """A stage that has nothing to say."""
    return Ran("done")


def stage(
    name: str,
    kind: SubjectKind = SubjectKind.PART,
    does: Does = ran,
    *,
    gates: tuple[Gate, ...] = (),
    judges: bool = False,
    always: bool = False,
    needs: tuple[str, ...] = (),
    gives: tuple[str, ...] = (),
) -> Stage[FakeServices]:
    """A stage that does what the test wants."""

    async def run(case: Case, subject: Subject, services: FakeServices) -> Outcome:
        return does(case, subject)

    return Stage(
        name=name,
        purpose=f"test of {name}",
        subject=kind,
        run=run,
        gates=gates,
        needs=needs,
        gives=gives,
        judges=judges,
        always=always,
    )


def case_of(
    plan: Plan[FakeServices] | None = None, policy: FakePolicy | None = None, *stages: str
) -> Case:
    """A case for `plan`, or for stages of these names."""
    return Case(
        id="trace1",
        message=BytesContent(b"Subject: one\r\n\r\n"),
        envelope=Envelope("a@client.example", ("b@corp.example",)),
        policy=policy or FakePolicy(),
        plan_version="plan1",
        judging=plan.judging if plan is not None else frozenset(stages),
        trace=Trace(plan.names if plan is not None else stages),
        started_at=1000.0,
    )


def add(case: Case, parent: Subject, name: str = "a.txt", type_name: str = "text") -> Subject:
    """A part below `parent`."""
    part = case.add_part(
        parent, origin=Origin.MIME, name=name, claimed_type="", content=BytesContent(name.encode())
    )
    part.type = type_name
    return part


def finding(
    severity: Severity = Severity.HIGH, confidence: int = 90, evidence: str = "it phones home"
) -> Finding:
    return Finding("static.home", severity, confidence, evidence, "static", "1")


def tree(case: Case, shape: Mapping[str, object], parent: Subject | None = None) -> None:
    """Parts by name, nested as in `shape`."""
    for name, below in shape.items():
        part = add(case, parent or case.root, name)
        if isinstance(below, Mapping):
            tree(case, below, part)
