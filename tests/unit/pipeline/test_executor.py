"""The executor: whatever stages do, the trace of a case is complete afterwards."""

from __future__ import annotations

import asyncio

import pytest

from gateway.model import (
    BytesContent,
    Failed,
    NotReached,
    Origin,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Case, Enabled, Plan, PlanError, Stage, execute
from tests.unit.pipeline.samples import FakePolicy, FakeServices, add, case_of, stage, tree

MESSAGE = SubjectKind.MESSAGE


def plan(*parts: Stage[FakeServices], shape: object = None) -> Plan[FakeServices]:
    """A plan whose opening finds the parts of `shape` and whose closing does nothing."""

    def parse(case: Case, subject: Subject) -> Outcome:
        tree(case, shape if isinstance(shape, dict) else {"a": {}, "b": {}})
        return Ran("parts")

    return Plan((stage("parse", MESSAGE, parse), *parts, stage("record", MESSAGE, always=True)))


def executed(
    made: Plan[FakeServices], policy: FakePolicy | None = None
) -> tuple[Case, FakeServices]:
    case, services = case_of(made, policy), FakeServices()
    asyncio.run(execute(made, case, services))
    assert case.trace.missing() == ()
    assert len(list(case.trace.rows())) == len(case.subjects) * len(made.stages)
    return case, services


def outcome(case: Case, subject: str, stage_name: str) -> Outcome:
    row = case.trace.get(subject, stage_name)
    assert row is not None
    return row.outcome


def test_each_stage_runs_once_on_each_of_its_subjects() -> None:
    case, _ = executed(plan(stage("look")))
    assert outcome(case, "0", "parse") == Ran("parts")
    for part in ("0.1", "0.2"):
        assert outcome(case, part, "look") == Ran("done")


def test_what_a_part_hands_on_goes_through_the_plan_before_its_parent_goes_on() -> None:
    order: list[str] = []

    def unpack(case: Case, subject: Subject) -> Outcome:
        if subject.name == "second":
            add(case, subject, "held")
        return Ran("done")

    def run(case: Case, subject: Subject) -> Outcome:
        if subject.id == "0.1":
            case.add_part(
                subject,
                origin=Origin.DROPPED,
                name="second",
                claimed_type="",
                content=BytesContent(b"x"),
            )
        return Ran("done")

    def judge(case: Case, subject: Subject) -> Outcome:
        order.append(subject.id)
        return Ran("done")

    part = SubjectKind.PART
    stages = (stage("unpack", part, unpack), stage("run", part, run), stage("judge", part, judge))
    case, _ = executed(plan(*stages, shape={"a": {}}))
    assert order == ["0.1.1", "0.1.1.1", "0.1"]
    assert [case.subjects[each].chain for each in order] == [1, 1, 0]
    assert [each.id for each in case.handed_on(case.subjects["0.1"])] == ["0.1.1", "0.1.1.1"]


def test_rows_that_cannot_apply_say_so() -> None:
    case, _ = executed(plan(stage("look")))
    assert outcome(case, "0", "look") == Skipped(SkipKind.NOT_APPLICABLE, "works on each part")
    for name in ("parse", "record"):
        assert outcome(case, "0.1", name) == Skipped(
            SkipKind.NOT_APPLICABLE, "works on the message as a whole"
        )


def test_children_that_appear_are_inspected_too_level_by_level() -> None:
    order = []

    def unpack(case: Case, subject: Subject) -> Outcome:
        order.append(subject.id)
        if subject.depth < 3:
            add(case, subject)
            add(case, subject)
        return Ran("unpacked")

    case, services = executed(plan(stage("unpack", does=unpack), shape={"zip": {}}))
    assert order == ["0.1", "0.1.1", "0.1.2", "0.1.1.1", "0.1.1.2", "0.1.2.1", "0.1.2.2"]
    assert services.batches == [2, 4]  # one level at a time; a part alone needs no company
    assert outcome(case, "0.1.2.1", "unpack") == Ran("unpacked")


def test_parts_nested_from_the_start_are_inspected_too() -> None:
    case, _ = executed(plan(stage("look"), shape={"mail": {"zip": {"letter": {}}}}))
    assert outcome(case, "0.1.1.1", "look") == Ran("done")


def test_an_exception_costs_its_row_and_nothing_else() -> None:
    def breaks(case: Case, subject: Subject) -> Outcome:
        if subject.id == "0.1":
            raise ZeroDivisionError("division by zero")
        return Ran("fine")

    case, _ = executed(plan(stage("break", does=breaks), stage("after")))
    assert outcome(case, "0.1", "break") == Failed(
        "internal error in stage break: ZeroDivisionError: division by zero"
    )
    assert outcome(case, "0.1", "after") == Ran("done")
    assert outcome(case, "0.2", "break") == Ran("fine")


def test_an_exception_in_the_opening_leaves_a_complete_trace() -> None:
    def breaks(case: Case, subject: Subject) -> Outcome:
        raise ValueError("no")

    made = Plan((stage("parse", MESSAGE, breaks), stage("look"), stage("record", MESSAGE)))
    case, _ = executed(made)
    assert isinstance(outcome(case, "0", "parse"), Failed)
    assert outcome(case, "0", "record") == Ran("done")


def test_cancelling_is_no_failure_of_a_stage() -> None:
    def cancelled(case: Case, subject: Subject) -> Outcome:
        raise asyncio.CancelledError

    made = plan(stage("look", does=cancelled))
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(execute(made, case_of(made), FakeServices()))


def test_an_ended_subject_is_not_reached_but_by_stages_that_always_run() -> None:
    def ends(case: Case, subject: Subject) -> Outcome:
        if subject.id == "0.1":
            case.end(subject, "a virus was found")
            case.end(subject, "another reason, too late")
        return Ran("looked")

    case, _ = executed(plan(stage("scan", does=ends), stage("run"), stage("judge", always=True)))
    assert outcome(case, "0.1", "scan") == Ran("looked")
    assert outcome(case, "0.1", "run") == NotReached("a virus was found")
    assert outcome(case, "0.1", "judge") == Ran("done")
    assert outcome(case, "0.2", "run") == Ran("done")


def test_the_first_closed_gate_gives_the_reason_and_the_stage_does_not_run() -> None:
    ran = []

    def note(case: Case, subject: Subject) -> Outcome:
        ran.append(subject.id)
        return Ran("done")

    gates = (Enabled("a.enabled"), Enabled("b.enabled"))
    policy = FakePolicy(a__enabled=False, b__enabled=False)
    case, _ = executed(plan(stage("look", does=note, gates=gates)), policy)
    closed = outcome(case, "0.1", "look")
    assert closed == Skipped(SkipKind.DISABLED, "a.enabled is off", "policy.toml line 7")
    assert ran == []


def test_an_error_in_a_gate_is_not_swallowed_as_a_pass() -> None:
    """A setting of the wrong kind is a programming error: it must be heard of."""
    made = plan(stage("look", gates=(Enabled("a.enabled"),)))
    case = case_of(made, FakePolicy(a__enabled="yes"))
    with pytest.raises(TypeError, match=r"setting a\.enabled is not a boolean"):
        asyncio.run(execute(made, case, FakeServices()))


def test_milliseconds_are_measured_around_the_stage() -> None:
    case, _ = executed(plan(stage("look"), shape={"a": {}}))
    row = case.trace.get("0.1", "look")
    assert row is not None
    assert row.ms == pytest.approx(5.0)


# --- the plan itself ------------------------------------------------------------------------------


def test_names_versions_and_sections_of_a_plan() -> None:
    made = plan(stage("look", judges=True), stage("judge"))
    assert made.names == ("parse", "look", "judge", "record")
    assert [each.name for each in made.opening] == ["parse"]
    assert [each.name for each in made.part_stages] == ["look", "judge"]
    assert [each.name for each in made.closing] == ["record"]
    assert made.judging == {"look"}
    assert made.version() == plan(stage("look"), stage("judge")).version()
    assert made.version() != plan(stage("judge"), stage("look")).version()
    assert made.version(("clamd 1",)) != made.version(("clamd 2",))
    assert made.version(("a", "b")) == made.version(("b", "a"))


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((stage("a"), stage("a")), "stage a appears twice"),
        ((stage("a", needs=("type",)), stage("b", gives=("type",))), "a needs type"),
        ((stage("a"), stage("b", MESSAGE), stage("c")), "part stages must follow each other"),
    ],
)
def test_stages_that_form_no_plan(stages: tuple[Stage[FakeServices], ...], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        Plan(stages)
