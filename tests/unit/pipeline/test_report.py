"""The report: the names that users were promised, and every outcome as data."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from gateway.model import (
    Action,
    Disposition,
    Failed,
    MessageHead,
    NotReached,
    Outcome,
    Ran,
    Receipt,
    Removal,
    SkipKind,
    Skipped,
    TimedOut,
    Verdict,
)
from gateway.pipeline import Case, Report, Row, TooManySubjectsError, report_of
from gateway.pipeline.case import MAX_SUBJECTS
from tests.unit.pipeline.samples import add, case_of, finding

PROMISED: dict[str, set[str]] = {
    "message": {"id", "sha256", "size", "from", "to", "subject"},
    "plan": {"version", "policy"},
    "subjects": {"id", "parent", "name", "type", "claimed_type", "sha256", "size"},
    "rows": {
        *("subject", "stage", "outcome", "kind", "reason", "rule", "ms", "engine", "findings"),
    },
    "changes": {"subject", "removed"},
    "dispositions": {"recipient", "action", "body_sha256", "reason"},
}
"""Issue 2, JSON of `explain` and `trace`: fields may be added, none renamed."""


def full_case() -> Case:
    case = case_of(None, None, "parse", "static")
    part = add(case, case.root, "a.docm", "docm")
    part.removed = (Removal("VBA macros", "word/vbaProject.bin", "they run"),)
    part.active, part.verdict = ("macros",), Verdict.SUSPICIOUS
    case.head = MessageHead("trace1", case.message.sha256, case.message.size, "a@x", ("b@y",), "Hi")
    case.verdict = Verdict.SUSPICIOUS
    case.dispositions = (Disposition("b@corp.example", Action.REJECT, "why", "ab" * 32, "rule"),)
    case.receipts = (Receipt(("b@corp.example",), 250, "250 Ok"),)
    case.trace.fill(Row("0", "parse", Ran("1 part"), 1.23456))
    case.trace.fill(Row(part.id, "static", Failed("it crashed", (finding(),), "static"), 2.0))
    return case


def as_json(case: Case) -> dict[str, Any]:
    decoded = json.loads(msgspec.json.encode(report_of(case)))
    assert isinstance(decoded, dict)
    return decoded


def test_the_promised_names_are_there() -> None:
    data = as_json(full_case())
    assert {"message", "plan", "subjects", "rows", "verdict", "changes", "dispositions"} <= set(
        data
    )
    for name, fields in PROMISED.items():
        values = data[name] if isinstance(data[name], list) else [data[name]]
        assert values
        assert all(fields <= set(value) for value in values), name


def test_what_the_fields_hold() -> None:
    data = as_json(full_case())
    assert data["message"]["from"] == "a@x"
    assert data["verdict"] == "suspicious"
    assert [(s["id"], s["parent"], s["type"]) for s in data["subjects"]] == [
        ("0", "", "message"),
        ("0.1", "0", "docm"),
    ]
    assert data["changes"] == [
        {
            "subject": "0.1",
            "removed": [
                {"what": "VBA macros", "where": "word/vbaProject.bin", "why": "they run"},
            ],
        }
    ]
    assert data["rows"][0]["ms"] == 1.235
    (question,) = data["open_questions"]
    assert (question["stage"], question["kind"]) == ("static", "failed")
    assert data["receipts"] == [
        {"recipients": ["b@corp.example"], "code": 250, "text": "250 Ok"},
    ]


@pytest.mark.parametrize(
    ("outcome", "name", "kind", "words", "rule", "engine"),
    [
        (Ran("done", engine="clamd"), "ran", "", "done", "", "clamd"),
        (
            Skipped(SkipKind.CACHED, "seen before", "line 3"),
            "skipped",
            "cached",
            "seen before",
            "line 3",
            "",
        ),
        (Failed("it crashed", engine="static"), "failed", "", "it crashed", "", "static"),
        (TimedOut(9, "too slow", engine="gvisor"), "timed_out", "", "too slow", "", "gvisor"),
        (NotReached("a virus"), "not_reached", "", "a virus", "", ""),
    ],
)
def test_every_outcome(
    outcome: Outcome, name: str, kind: str, words: str, rule: str, engine: str
) -> None:
    case = case_of(None, None, "parse")
    case.trace.fill(Row("0", "parse", outcome, 0.0))
    (row,) = report_of(case).rows
    shown = (row.outcome, row.kind, row.reason, row.rule, row.engine)
    assert shown == (name, kind, words, rule, engine)


def test_findings_are_told_whole() -> None:
    (row,) = [row for row in report_of(full_case()).rows if row.findings]
    (told,) = row.findings
    wanted = finding()
    assert msgspec.to_builtins(told) == {
        "code": wanted.code,
        "severity": "high",
        "confidence": wanted.confidence,
        "evidence": wanted.evidence,
        "engine": "static",
        "engine_version": "1",
    }


def test_a_report_comes_back_from_json() -> None:
    report = report_of(full_case())
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_the_row_that_is_being_written_is_in_the_report() -> None:
    case = case_of(None, None, "parse", "record")
    case.trace.fill(Row("0", "parse", Ran("1 part"), 0.0))
    rows = report_of(case, Row("0", "record", Ran("written"), 0.0)).rows
    assert [row.stage for row in rows] == ["parse", "record"]
    assert case.trace.missing() == (("0", "record"),)


def test_a_mail_that_was_not_taken_apart_has_a_report() -> None:
    case = case_of(None, None, "parse")
    report = report_of(case)
    assert (report.message.id, report.message.sha256) == ("trace1", case.message.sha256)
    assert (report.message.sender, report.verdict) == ("", "")


def test_a_case_holds_no_more_subjects_than_its_limit() -> None:
    case = case_of(None, None, "parse")
    for _ in range(MAX_SUBJECTS - 1):
        add(case, case.root)
    with pytest.raises(TooManySubjectsError, match=f"more than {MAX_SUBJECTS} parts"):
        add(case, case.root)
    assert len(case.parts) == MAX_SUBJECTS - 1
