"""Compares what happened to a demo mail with what it promises. Reads; changes nothing.

Shared by the demo and the end-to-end tests: both show exactly these sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.pipeline.report import Report, RowReport
from tools.corpus import DemoMail, RowPromise, body_differences, subject_matches, words_missing
from tools.mail.client import SmtpResult


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one mail: the answer, the trace, what each recipient got.

    `bodies` holds what arrived since this mail was sent, by recipient. `client` is the address the
    mail server saw, `sent_from` the sender's own.
    """

    mail: DemoMail
    result: SmtpResult
    report: Report | None
    bodies: dict[str, tuple[bytes, ...]]
    clients: tuple[str, ...] = ()
    sent_from: str = ""


def differences(seen: Seen, *, open_office: bool = True) -> tuple[str, ...]:
    """Everything that is not as promised, a sentence each; empty when all is well."""
    if seen.report is None:
        return ("there is no trace of the mail",)
    return (
        *_answer(seen),
        *_verdict(seen, seen.report),
        *_dispositions(seen, seen.report),
        *_rows(seen.mail, seen.report),
        *_holes(seen.report),
        *_bodies(seen, open_office=open_office),
        *(f"the server saw {client}" for client in seen.clients if client != seen.sent_from),
    )


def _answer(seen: Seen) -> Iterator[str]:
    promise = seen.mail.promise
    if seen.result.code != promise.reply_code:
        yield f"answered {seen.result.code}, promised {promise.reply_code}"
    told = seen.result.text.lower()
    for words in promise.reply_words:
        if not any(word in told for word in words.lower().split("|")):
            yield f"the answer does not say '{words}': {seen.result.text}"


def _verdict(seen: Seen, report: Report) -> Iterator[str]:
    if report.verdict != seen.mail.promise.verdict:
        yield f"verdict {report.verdict}, promised {seen.mail.promise.verdict}"


def _dispositions(seen: Seen, report: Report) -> Iterator[str]:
    actions = {d.recipient: d.action for d in report.dispositions}
    for one in seen.mail.promise.recipients:
        if actions.get(one.recipient) != one.action.value:
            yield f"{one.recipient}: {actions.get(one.recipient)}, promised {one.action}"


def _rows(mail: DemoMail, report: Report) -> Iterator[str]:
    names = {subject.id: subject.name for subject in report.subjects}
    for promised in mail.promise.rows:
        rows = [
            row
            for row in report.rows
            if row.stage == promised.stage and subject_matches(names[row.subject], promised.subject)
        ]
        if not rows:
            yield f"the trace has no row for {promised.stage} on {promised.subject}"
        elif all(_misses(promised, row) for row in rows):
            yield f"{promised.stage} on {promised.subject}: {_misses(promised, rows[0])}"


def _misses(promised: RowPromise, row: RowReport) -> str:
    """How a row falls short of its promise; empty when it does not."""
    if row.outcome != promised.outcome:
        return f"{row.outcome} ({row.reason}), promised {promised.outcome}"
    if promised.kind and row.kind != promised.kind:
        return f"{row.kind}, promised {promised.kind}"
    told = " ".join([row.reason, *(finding.evidence for finding in row.findings)])
    missing = words_missing(promised, told)
    return f"does not say '{missing[0]}': {told}" if missing else ""


def _holes(report: Report) -> Iterator[str]:
    stages = {row.stage for row in report.rows}
    if len(report.rows) != len(report.subjects) * len(stages):
        yield "the trace has a hole"


def _bodies(seen: Seen, *, open_office: bool) -> Iterator[str]:
    for one in seen.mail.promise.recipients:
        bodies = seen.bodies.get(one.recipient, ())
        if len(bodies) != int(one.action.delivers):
            yield f"{one.recipient} got {len(bodies)} mails"
            continue
        for check in one.checks:
            found = body_differences(check, seen.mail.raw, bodies[0], open_office=open_office)
            yield from (f"{one.recipient}: {sentence}" for sentence in found)
