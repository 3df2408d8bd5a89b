"""The fuzzer's checks notice each kind of broken promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.pipeline import Report
from tools.fuzz.checks import broken_promises, left_behind
from tools.fuzz.explainer import ENVELOPE, Explainer, Setup
from tools.fuzz.sources import CORPUS, sources

TEXT = b"From: a@sender.example\r\nTo: b@rcpt.example\r\nSubject: text\r\n\r\nHello.\r\n"


@pytest.fixture(scope="module")
def good() -> Iterator[Report]:
    with Explainer(Setup()) as explainer:
        explained = explainer.explain(TEXT)
    assert explained.report is not None
    yield explained.report


def replaced(report: Report, **changes: object) -> Report:
    return msgspec.structs.replace(report, **changes)


def first_row(report: Report, **changes: object) -> Report:
    row = msgspec.structs.replace(report.rows[0], **changes)
    return replaced(report, rows=[row, *report.rows[1:]])


def first_disposition(report: Report, **changes: object) -> Report:
    disposition = msgspec.structs.replace(report.dispositions[0], **changes)
    return replaced(report, dispositions=[disposition, *report.dispositions[1:]])


BREAKS: list[tuple[Callable[[Report], Report], str]] = [
    (lambda r: replaced(r, rows=r.rows[1:]), "there is no row for stage envelope"),
    (lambda r: replaced(r, rows=[*r.rows, r.rows[0]]), "2 rows for stage envelope"),
    (lambda r: first_row(r, outcome="vanished"), "the outcome 'vanished'"),
    (lambda r: first_row(r, outcome="skipped", reason=""), "without a reason"),
    (
        lambda r: first_row(r, outcome="failed", reason="internal error in stage envelope: X"),
        "internal error in stage envelope",
    ),
    (lambda r: replaced(r, verdict=""), "the mail's verdict is ''"),
    (
        lambda r: replaced(
            r, subjects=[msgspec.structs.replace(s, verdict="") for s in r.subjects]
        ),
        "the verdict on subject 0.1 is ''",
    ),
    (lambda r: replaced(r, dispositions=r.dispositions[1:]), "1 dispositions for 2 recipients"),
    (lambda r: first_disposition(r, body_sha256=""), "deliver without a body"),
    (lambda r: first_disposition(r, reason=""), "without a reason"),
    (
        lambda r: first_disposition(r, action="deliver-extracted", body_sha256=r.message.sha256),
        "gets the original in place of the extracted mail",
    ),
]


def test_a_good_report_breaks_nothing(good: Report) -> None:
    assert broken_promises(good, ENVELOPE.recipients) == ()
    assert left_behind(good) == ()


@pytest.mark.parametrize(("change", "sentence"), BREAKS, ids=[s for _, s in BREAKS])
def test_each_broken_promise_is_told(
    good: Report, change: Callable[[Report], Report], sentence: str
) -> None:
    told = broken_promises(change(good), ENVELOPE.recipients)
    assert any(sentence in each for each in told), told


def test_sources_are_the_same_each_time() -> None:
    assert sources(Path("/nowhere")) == sources(Path("/nowhere"))
    assert CORPUS.name == "corpus"
