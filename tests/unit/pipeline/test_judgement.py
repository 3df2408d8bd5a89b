"""From rows to a verdict, as tables: what one finding makes, what is open, what is the worst."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.model import (
    Failed,
    NotReached,
    Outcome,
    Ran,
    Severity,
    SkipKind,
    Skipped,
    TimedOut,
    Verdict,
    combine,
)
from gateway.pipeline import (
    IncompleteTraceError,
    Row,
    Trace,
    findings_of,
    message_verdict,
    open_questions,
    part_verdict,
)
from gateway.pipeline.judgement import LIKELY, SURE, verdict_of_finding
from tests.unit.pipeline.samples import finding

JUDGING = frozenset({"scan", "parse"})
CLEAN, UNSCANNED, SUSPICIOUS, MALICIOUS = Verdict


@pytest.mark.parametrize(
    ("severity", "confidence", "verdict"),
    [
        (Severity.CRITICAL, SURE, MALICIOUS),
        (Severity.HIGH, SURE, MALICIOUS),
        (Severity.HIGH, SURE - 1, SUSPICIOUS),
        (Severity.CRITICAL, LIKELY, SUSPICIOUS),
        (Severity.MEDIUM, 100, SUSPICIOUS),
        (Severity.MEDIUM, LIKELY, SUSPICIOUS),
        (Severity.MEDIUM, LIKELY - 1, CLEAN),
        (Severity.CRITICAL, LIKELY - 1, CLEAN),
        (Severity.LOW, 100, CLEAN),
        (Severity.INFO, 100, CLEAN),
    ],
)
def test_what_one_finding_makes(severity: Severity, confidence: int, verdict: Verdict) -> None:
    assert verdict_of_finding(finding(severity, confidence)) is verdict


def row(outcome: Outcome, stage: str = "scan", subject: str = "0.1") -> Row:
    return Row(subject, stage, outcome, 1.0)


OPENS = {
    SkipKind.DISABLED,
    SkipKind.OVER_LIMIT,
    SkipKind.UNAVAILABLE,
    SkipKind.OVERLOADED,
    SkipKind.BACKGROUND,
    SkipKind.UNSUPPORTED,
    SkipKind.ENCRYPTED,
}


@pytest.mark.parametrize("kind", list(SkipKind))
def test_which_skips_leave_a_question(kind: SkipKind) -> None:
    questions = open_questions([row(Skipped(kind, "because"))], JUDGING)
    assert [(q.kind, q.reason) for q in questions] == [(kind.value, "because")] * (kind in OPENS)


@pytest.mark.parametrize(
    ("outcome", "kind", "reason"),
    [
        (Failed("it crashed"), "failed", "it crashed"),
        (TimedOut(5, "too slow"), "timed_out", "too slow"),
        (Ran("fine"), "", ""),
        (NotReached("a virus"), "", ""),
    ],
)
def test_which_outcomes_leave_a_question(outcome: Outcome, kind: str, reason: str) -> None:
    questions = open_questions([row(outcome)], JUDGING)
    assert [(q.kind, q.reason) for q in questions] == [(kind, reason)] * bool(kind)


def test_the_silence_of_a_stage_that_does_not_judge_is_no_question() -> None:
    assert open_questions([row(Failed("it crashed"), "extract")], JUDGING) == ()


def test_findings_count_whatever_became_of_their_stage() -> None:
    one = finding()
    rows = [
        row(Ran("", (one,))),
        row(Skipped(SkipKind.OVER_LIMIT, "", findings=(one,))),
        row(Failed("", (one,))),
        row(TimedOut(1, "", (one,))),
        row(NotReached("")),
    ]
    assert findings_of(rows) == (one,) * 4


@pytest.mark.parametrize(("first", "second"), list(product(Verdict, Verdict)))
def test_the_worst_of_two_verdicts(first: Verdict, second: Verdict) -> None:
    order = [CLEAN, UNSCANNED, SUSPICIOUS, MALICIOUS]
    worst = order[max(order.index(first), order.index(second))]
    assert combine([first, second]) is worst
    assert combine([]) is CLEAN


BAD, ODD = Ran("", (finding(),)), Ran("", (finding(Severity.MEDIUM, 60),))
OPEN, FINE = Failed("it crashed"), Ran("fine")


@pytest.mark.parametrize(
    ("outcomes", "cached", "verdict"),
    [
        ((FINE,), None, CLEAN),
        ((), None, CLEAN),
        ((FINE, OPEN), None, UNSCANNED),
        ((OPEN, ODD), None, SUSPICIOUS),
        ((BAD, ODD, OPEN), None, MALICIOUS),
        ((FINE,), MALICIOUS, MALICIOUS),
        ((BAD,), CLEAN, MALICIOUS),
        ((OPEN,), CLEAN, UNSCANNED),
    ],
)
def test_the_verdict_on_a_part(
    outcomes: tuple[Outcome, ...], cached: Verdict | None, verdict: Verdict
) -> None:
    assert part_verdict(tuple(map(row, outcomes)), JUDGING, cached) is verdict


def trace(*, parse: Outcome = FINE, scan: Outcome = FINE) -> Trace:
    """A mail with one part, complete but for what comes from `dispose` on."""
    made = Trace(("parse", "scan", "dispose", "record"))
    for subject in ("0", "0.1"):
        made.add_subject(subject)
        made.fill(row(parse if subject == "0" else FINE, "parse", subject))
        made.fill(row(scan if subject == "0.1" else FINE, "scan", subject))
    return made


@pytest.mark.parametrize(
    ("made", "parts", "verdict"),
    [
        (trace(), [CLEAN], CLEAN),
        (trace(), [], CLEAN),
        (trace(), [CLEAN, MALICIOUS], MALICIOUS),
        (trace(parse=OPEN), [CLEAN], UNSCANNED),
        (trace(scan=OPEN), [CLEAN], UNSCANNED),
        (trace(parse=OPEN), [SUSPICIOUS], SUSPICIOUS),
    ],
)
def test_the_verdict_on_a_mail(made: Trace, parts: list[Verdict], verdict: Verdict) -> None:
    assert message_verdict(made, JUDGING, parts, until="dispose") is verdict


def test_an_incomplete_trace_has_no_verdict() -> None:
    made = trace()
    made.add_subject("0.2")
    made.fill(row(FINE, "parse", "0.2"))
    words = r"1 rows are empty, the first is scan on subject 0\.2"
    with pytest.raises(IncompleteTraceError, match=words):
        message_verdict(made, JUDGING, [], until="dispose")
    made.fill(row(FINE, "scan", "0.2"))
    assert message_verdict(made, JUDGING, [], until="dispose") is CLEAN


def test_rows_after_the_judgement_may_be_missing() -> None:
    with pytest.raises(IncompleteTraceError):
        message_verdict(trace(), JUDGING, [], until="record")
