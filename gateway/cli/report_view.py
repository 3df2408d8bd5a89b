"""A report as an administrator reads it: the mail, each file with each stage, what was done.

Lines fit the console's width. Rows that say the same, one stage after the other, are one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from rich.console import Console
from rich.text import Text

from gateway.cli.screen import hanging, styled
from gateway.cli.words import (
    ACTION_STYLE,
    ACTION_WORDS,
    VERDICT_STYLE,
    Look,
    look_of,
    size_words,
)
from gateway.model import MESSAGE_ID, Origin, SubjectKind, file_type
from gateway.pipeline.report import (
    DispositionReport,
    FindingReport,
    Report,
    RowReport,
    SubjectReport,
)
from gateway.stages import PLAN
from gateway.store import Event

_FIELD_INDENT = 11
_STAGE_INDENT = 17
_FINDING_INDENT = 19

_MESSAGE_STAGES = frozenset(
    stage.name for stage in PLAN.stages if stage.subject is SubjectKind.MESSAGE
)
_PART_STAGES = frozenset(PLAN.names) - _MESSAGE_STAGES

_SHOWN_DIGEST = 16
"""Hexadecimal digits: enough to find a file by; `--json` has all."""


def show_report(report: Report, console: Console) -> None:
    """Print the whole report."""
    for line in report_lines(report, console.width):
        console.print(line, overflow="fold", no_wrap=False)


def show_events(events: Sequence[Event], console: Console) -> None:
    """Print what became of the mail after its trace was written."""
    for event in events:
        at = datetime.fromtimestamp(event.at).astimezone().strftime("%Y-%m-%d %H:%M")
        lead = styled(f"{at}  {event.what}", "bold")
        body = styled(f"{event.detail}; by {event.by}")
        console.print(hanging(lead, body, console.width, 34))


def report_lines(report: Report, columns: int) -> Iterator[Text]:
    """The report's lines, each at most `columns` wide where words allow."""
    yield from _head(report, columns)
    for subject in sorted(report.subjects, key=_place):
        yield Text()
        yield from _subject(report, subject, columns)
    yield Text()
    yield from _changes(report, columns)
    yield from _end(report, columns)


def _place(subject: SubjectReport) -> tuple[int, ...]:
    """Sorts parts below what they were found in: `0.2`, `0.2.1`, `0.10`."""
    return tuple(int(step) for step in subject.id.split(".") if step.isdecimal())


def _labels(report: Report) -> dict[str, str]:
    """What each subject is called in sentences."""
    labels = {each.id: each.name or f"part {each.id}" for each in report.subjects if each.parent}
    return {**labels, MESSAGE_ID: "every mail in it" if report.unseen else "the mail"}


def _whole(report: Report) -> str:
    return "Every mail in the connection" if report.unseen else "The mail as a whole"


def _head(report: Report, columns: int) -> Iterator[Text]:
    message = report.message
    title = styled(f"{'Connection' if report.unseen else 'Mail'} {message.id}", "bold")
    title.append("  ")
    title.append_text(_verdict(report.verdict))
    yield title
    size = f"{size_words(message.size)}, SHA-256 {message.sha256[:_SHOWN_DIGEST]}…"
    between = f"{report.envelope.client} to {report.envelope.server}"
    fields = [
        ("From", message.sender),
        ("To", ", ".join(message.to)),
        ("Subject", message.subject),
        ("Size", "" if report.unseen else size),
        ("Between", between if report.unseen else ""),
        ("Plan", f"{report.plan.version}, policy {report.plan.policy}"),
    ]
    for name, value in fields:
        if value:
            yield hanging(styled(f"  {name}", "dim"), styled(value), columns, _FIELD_INDENT)


def _subject(report: Report, subject: SubjectReport, columns: int) -> Iterator[Text]:
    yield _subject_title(report, subject, columns)
    hidden = _MESSAGE_STAGES if subject.parent else _PART_STAGES
    rows = [row for row in report.rows if row.subject == subject.id and row.stage not in hidden]
    for _, group in groupby(rows, _same):
        yield from _rows(list(group), columns)


def _subject_title(report: Report, subject: SubjectReport, columns: int) -> Text:
    if not subject.parent:
        return styled(_whole(report), "bold")
    names = {other.id: other.name for other in report.subjects}
    words = [file_type(subject.type).title, size_words(subject.size)]
    if around := names.get(subject.parent):
        dropped = subject.origin == Origin.DROPPED.value
        words.append(f"handed on by {around} when it ran" if dropped else f"inside {around}")
    if subject.active:
        words.append(f"can act: {', '.join(subject.active)}")
    body = styled(f"{subject.name}, " if subject.name else "", "bold")
    body.append_text(styled(", ".join(words)))
    if subject.verdict:
        body.append("  ")
        body.append_text(_verdict(subject.verdict))
    lead = styled(subject.id, "bold")
    return hanging(lead, body, columns, max(len(subject.id) + 2, 6))


def _same(row: RowReport) -> tuple[object, ...]:
    """Rows with an equal key are shown as one; those that did something stand alone."""
    if row.outcome in ("skipped", "not_reached") and not row.findings:
        return row.outcome, row.kind, row.reason, row.rule
    return (row.stage,)


def _rows(rows: list[RowReport], columns: int) -> Iterator[Text]:
    row = rows[0]
    look = look_of(row)
    names = [each.stage for each in rows]
    body = _reason(row, look)
    lead = styled(f"  {look.sign}", look.style)
    if len(names) == 1:
        lead.append(f" {names[0]}", style="" if look.style == "dim" else look.style)
        yield hanging(lead, body, columns, _STAGE_INDENT)
    else:
        yield hanging(lead, styled(", ".join(names)), columns, 4)
        yield hanging(Text(), body, columns, _STAGE_INDENT)
    for finding in row.findings:
        yield hanging(Text(), _finding(finding), columns, _FINDING_INDENT)


def _reason(row: RowReport, look: Look) -> Text:
    body = Text()
    if look.word:
        body.append_text(styled(look.word, look.style))
        body.append(": " if row.reason else "")
    body.append_text(styled(row.reason))
    if row.rule:
        body.append_text(styled(f" [{row.rule}]", "dim"))
    return body


def _finding(finding: FindingReport) -> Text:
    body = styled(f"{finding.severity}: {finding.evidence} ")
    body.append_text(styled(f"({finding.code}, {finding.confidence} % sure)", "dim"))
    return body


def _verdict(verdict: str) -> Text:
    return styled(verdict or "no verdict", VERDICT_STYLE.get(verdict, "yellow"))


def _changes(report: Report, columns: int) -> Iterator[Text]:
    labels = _labels(report)
    for change in report.changes:
        yield styled(f"Taken out of {labels.get(change.subject, change.subject)}", "bold")
        for removal in change.removed:
            body = styled(removal.what)
            if removal.where:
                body.append_text(styled(f" ({removal.where})", "dim"))
            body.append_text(styled(f": {removal.why}"))
            yield hanging(styled("  -", "cyan"), body, columns, 4)
        yield Text()


def _end(report: Report, columns: int) -> Iterator[Text]:
    verdict = styled("Verdict", "bold")
    yield hanging(verdict, _verdict(report.verdict), columns, _FIELD_INDENT)
    for words in _open(report):
        yield hanging(Text(), styled(words), columns, _FIELD_INDENT)
    for disposition in report.dispositions:
        yield Text()
        yield from _disposition(report, disposition, columns)


def _open(report: Report) -> Iterator[str]:
    """Each open question once, with everything it was asked of."""
    labels = _labels(report)
    asked: dict[tuple[str, str], list[str]] = {}
    for question in report.open_questions:
        of = asked.setdefault((question.stage, question.reason), [])
        of.append(labels.get(question.subject, question.subject))
    for (stage, reason), of in asked.items():
        yield f"open: {stage}: {reason} ({', '.join(of)})"


def _disposition(report: Report, disposition: DispositionReport, columns: int) -> Iterator[Text]:
    action = disposition.action
    body = styled(f"{disposition.recipient}: ")
    words = ACTION_WORDS.get(action, action)
    body.append_text(styled(words, ACTION_STYLE.get(action, "yellow")))
    yield hanging(styled("For", "bold"), body, columns, 4)
    because = styled(disposition.reason)
    if disposition.rule:
        because.append_text(styled(f" [{disposition.rule}]", "dim"))
    yield hanging(Text(), because, columns, 4)
    for receipt in report.receipts:
        if disposition.recipient in receipt.recipients:
            answer = f"next hop answered {receipt.text or receipt.code}"
            yield hanging(Text(), styled(answer, "dim"), columns, 4)
