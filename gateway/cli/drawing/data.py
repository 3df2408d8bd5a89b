"""The workflow as data: each stage with its gates in words, and what becomes of one type.

The words are the gates' own (`describe`), and what becomes of a type is asked of the gates
themselves (`check`) with a part of that type: nothing is known here of any single stage.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.model import (
    BytesContent,
    Handover,
    Origin,
    Skipped,
    Subject,
    SubjectKind,
    file_type,
)
from gateway.pipeline import Plan, Stage
from gateway.policy import Policy, type_scope
from gateway.stages.services import StageServices


class Fate(StrEnum):
    """What becomes of a stage for a part of the type that was asked about."""

    RUNS = "runs"
    DEPENDS = "depends"
    SKIPPED = "skipped"


class Gate(msgspec.Struct, frozen=True):
    """When the stage runs, in words, with the values and lines of the policy."""

    says: str


class Step(msgspec.Struct, frozen=True):
    """One stage. `fate`, `kind`, `reason` and `rule` are empty unless a type was asked about."""

    name: str
    purpose: str
    subject: str
    gates: list[Gate]
    needs: list[str]
    gives: list[str]
    budget: str
    on_failure: str
    judges: bool
    always: bool
    fate: str = ""
    kind: str = ""
    reason: str = ""
    rule: str = ""


class Picture(msgspec.Struct, frozen=True):
    """The whole workflow; `type` is the type that was asked about, or empty."""

    plan: str
    policy: str
    type: str
    title: str
    steps: list[Step]


def picture(plan: Plan[StageServices], policy: Policy, type_name: str = "") -> Picture:
    """The workflow of `plan` under `policy`, for all types or for one."""
    title = file_type(type_name).title if type_name else ""
    steps = [_step(stage, policy, type_name) for stage in plan.stages]
    return Picture(plan.version(), policy.version, type_name, title, steps)


def _step(stage: Stage[StageServices], policy: Policy, type_name: str) -> Step:
    step = Step(
        name=stage.name,
        purpose=stage.purpose,
        subject=stage.subject.value,
        gates=[Gate(gate.describe(policy)) for gate in stage.gates],
        needs=list(stage.needs),
        gives=list(stage.gives),
        budget=_budget(stage, policy),
        on_failure=stage.on_failure,
        judges=stage.judges,
        always=stage.always,
    )
    if not type_name or stage.subject is SubjectKind.MESSAGE:
        return step
    return _with_fate(step, stage, policy, type_name)


def _budget(stage: Stage[StageServices], policy: Policy) -> str:
    """`15000 ms (budgets.static_ms, built-in default)`; empty without one."""
    if not stage.budget:
        return ""
    unit = "s" if stage.budget.endswith("_seconds") else "ms"
    return f"{policy.value(stage.budget)} {unit} ({stage.budget}, {policy.where(stage.budget)})"


def _with_fate(step: Step, stage: Stage[StageServices], policy: Policy, type_name: str) -> Step:
    """Ask the gates of a part in which static found active content, and found none; and of one in
    mail that a person's program hands in."""
    acts = ("something that acts",)
    acting = _first_closed(stage, _part(type_name, acts, policy), policy)
    submitted = _first_closed(stage, _part(type_name, acts, policy, Handover.SUBMITTED), policy)
    inert = _first_closed(stage, _part(type_name, (), policy), policy)
    if acting is not None:
        reason = acting.reason
        if inert is not None and inert.kind is not acting.kind:
            reason = f"{reason}; {inert.kind.value} where nothing in it acts"
        if submitted is None:
            reason = f"{reason}; it runs in submitted mail"
        return msgspec.structs.replace(
            step, fate=Fate.SKIPPED, kind=acting.kind.value, reason=reason, rule=acting.rule
        )
    condition = inert or submitted
    if condition is None:
        return msgspec.structs.replace(step, fate=Fate.RUNS)
    reason = f"unless {inert.reason}" if inert is not None else "in received mail"
    if submitted is not None:
        reason = f"{reason}; in submitted mail {submitted.kind}: {submitted.reason}"
    return msgspec.structs.replace(step, fate=Fate.DEPENDS, reason=reason, rule=condition.rule)


def _first_closed(stage: Stage[StageServices], part: Subject, policy: Policy) -> Skipped | None:
    for gate in stage.gates:
        skipped = gate.check(part, policy)
        if skipped is not None:
            return skipped
    return None


def _part(
    type_name: str,
    active: tuple[str, ...],
    policy: Policy,
    handover: Handover = Handover.RECEIVED,
) -> Subject:
    """A part as it stands before the gates: typed, readable, in the policy's own scope."""
    return Subject(
        id="0.1",
        parent="0",
        kind=SubjectKind.PART,
        origin=Origin.MIME,
        name="",
        claimed_type="",
        content=BytesContent(b"any"),
        depth=1,
        handover=handover,
        type=type_name,
        active=active,
        scope=type_scope(policy, type_name).action.value,
    )
