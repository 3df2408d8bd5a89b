"""The executor: runs a plan over a case, fills every row exactly once.

Order: the message stages before the parts, then the parts level by level (children appear while
their parent is unpacked), then the message stages after them. What a part hands on when it runs is
the exception: it goes through the plan before its parent goes on, so that the parent's verdict can
rest on it. An exception inside a stage is this
module's business and nobody else's: it becomes a `Failed` row.
"""

from __future__ import annotations

from typing import TypeVar

from gateway.model import (
    Failed,
    NotReached,
    Origin,
    Outcome,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
)
from gateway.pipeline.case import Case
from gateway.pipeline.plan import Plan
from gateway.pipeline.stage import Services, Stage
from gateway.pipeline.trace import Row

S = TypeVar("S", bound=Services)


async def execute(plan: Plan[S], case: Case, services: S) -> Case:
    """Run `plan` on `case`; on return its trace is complete."""
    for stage in plan.opening:
        await _step(stage, case, case.root, services)
    await _run_parts(plan, case, services)
    _fill_not_applicable(plan, case)
    for stage in plan.closing:
        await _step(stage, case, case.root, services)
    return case


async def _run_parts(plan: Plan[S], case: Case, services: S) -> None:
    await _run_levels(plan, case, [case.subjects[part] for part in case.root.children], services)


async def _run_levels(plan: Plan[S], case: Case, level: list[Subject], services: S) -> None:
    while level:
        if len(level) == 1:
            await _run_part(plan, case, level[0], services)
        else:
            await services.together([_run_part(plan, case, part, services) for part in level])
        inside = [case.subjects[child] for part in level for child in part.children]
        level = [child for child in inside if child.origin is not Origin.DROPPED]


async def _run_part(plan: Plan[S], case: Case, part: Subject, services: S) -> None:
    for stage in plan.part_stages:
        known = len(part.children)
        await _step(stage, case, part, services)
        fresh = [case.subjects[child] for child in part.children[known:]]
        await _run_levels(plan, case, [c for c in fresh if c.origin is Origin.DROPPED], services)


async def _step(stage: Stage[S], case: Case, subject: Subject, services: S) -> None:
    started = services.monotonic()
    outcome = _closed(stage, case, subject)
    if outcome is None:
        outcome = await _guarded(stage, case, subject, services)
    ms = (services.monotonic() - started) * 1000
    case.trace.fill(Row(subject.id, stage.name, outcome, ms))


def _closed(stage: Stage[S], case: Case, subject: Subject) -> Outcome | None:
    """The outcome that keeps `stage` from running, or None when it shall run."""
    ended = case.ended.get(subject.id)
    if ended is not None and not stage.always:
        return NotReached(ended)
    for gate in stage.gates:
        skipped = gate.check(subject, case.policy)
        if skipped is not None:
            return skipped
    return None


async def _guarded(stage: Stage[S], case: Case, subject: Subject, services: S) -> Outcome:
    try:
        return await stage.run(case, subject, services)
    except Exception as error:  # noqa: BLE001 - the stage border: an error becomes a recorded row
        return Failed(f"internal error in stage {stage.name}: {type(error).__name__}: {error}")


def _fill_not_applicable(plan: Plan[S], case: Case) -> None:
    """Fill the rows of part stages on the message, and of message stages on the parts."""
    for part_stage in plan.part_stages:
        row = Row(case.root.id, part_stage.name, _ON_PARTS, 0.0)
        case.trace.fill(row)
    for part in case.parts:
        for stage in (*plan.opening, *plan.closing):
            case.trace.fill(Row(part.id, stage.name, _ON_MESSAGE, 0.0))


_ON_PARTS = Skipped(SkipKind.NOT_APPLICABLE, f"works on each {SubjectKind.PART.value}")
_ON_MESSAGE = Skipped(
    SkipKind.NOT_APPLICABLE, f"works on the {SubjectKind.MESSAGE.value} as a whole"
)
