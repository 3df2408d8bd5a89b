"""The trace: each row is filled exactly once, and nothing missing goes unnoticed."""

from __future__ import annotations

import pytest

from gateway.model import NotReached, Ran
from gateway.pipeline import Row, Trace, TraceError

DONE = Ran("done")


def trace() -> Trace:
    made = Trace(("parse", "identify"))
    made.add_subject("0")
    made.add_subject("0.1")
    return made


def row(subject: str, stage: str) -> Row:
    return Row(subject, stage, DONE, 1.0)


def test_a_new_subject_has_an_empty_row_for_every_stage() -> None:
    assert trace().missing() == (
        ("0", "parse"),
        ("0", "identify"),
        ("0.1", "parse"),
        ("0.1", "identify"),
    )
    assert list(trace().rows()) == []
    assert trace().get("0", "parse") is None


def test_a_filled_row_is_found_and_no_longer_missing() -> None:
    made = trace()
    made.fill(row("0", "identify"))
    assert made.get("0", "identify") == row("0", "identify")
    assert ("0", "identify") not in made.missing()
    assert made.line("0") == (row("0", "identify"),)


def test_a_row_is_filled_once() -> None:
    made = trace()
    made.fill(row("0", "parse"))
    with pytest.raises(TraceError, match=r"stage parse on subject 0 is already filled"):
        made.fill(Row("0", "parse", NotReached("later"), 0.0))
    assert made.get("0", "parse") == row("0", "parse")


@pytest.mark.parametrize(("subject", "stage"), [("0.2", "parse"), ("0", "emulate")])
def test_a_row_that_does_not_exist_cannot_be_filled(subject: str, stage: str) -> None:
    with pytest.raises(TraceError, match=f"no row for stage {stage} on subject {subject}"):
        trace().fill(row(subject, stage))


def test_a_subject_appears_once() -> None:
    made = trace()
    with pytest.raises(TraceError, match=r"subject 0\.1 is already in the trace"):
        made.add_subject("0.1")


def test_rows_come_by_subject_then_in_plan_order() -> None:
    made = trace()
    for subject, stage in (
        ("0.1", "identify"),
        ("0", "identify"),
        ("0.1", "parse"),
        ("0", "parse"),
    ):
        made.fill(row(subject, stage))
    assert [(each.subject, each.stage) for each in made.rows()] == [
        ("0", "parse"),
        ("0", "identify"),
        ("0.1", "parse"),
        ("0.1", "identify"),
    ]
    assert made.missing() == ()
