"""Factories for complete reports; a test overrides only what it is about."""

from __future__ import annotations

from gateway.pipeline.report import (
    ChangeReport,
    DispositionReport,
    EnvelopeReport,
    FindingReport,
    MessageReport,
    PlanReport,
    QuestionReport,
    ReceiptReport,
    RemovalReport,
    Report,
    RowReport,
    SubjectReport,
)

ID = "6b057a4c715a868238c9"


def finding(severity: str = "high", evidence: str = "it phones home") -> FindingReport:
    """A finding of the static stage."""
    return FindingReport("static.home", severity, 80, evidence, "static", "1")


def row(
    subject: str,
    stage: str,
    outcome: str = "ran",
    *,
    kind: str = "",
    reason: str = "done",
    rule: str = "",
    findings: tuple[FindingReport, ...] = (),
) -> RowReport:
    """A row of the trace."""
    return RowReport(subject, stage, outcome, kind, reason, rule, 1.5, "", list(findings))


def part(
    subject: str = "0.1", name: str = "letter.docm", type_name: str = "docm", parent: str = "0"
) -> SubjectReport:
    """A part of 6.8 kB."""
    return SubjectReport(subject, parent, name, type_name, "", "ab" * 32, 6800, "clean", ["macros"])


def report(
    *,
    subject: str = "A letter",
    parts: tuple[SubjectReport, ...] = (part(),),
    rows: tuple[RowReport, ...] = (row("0", "parse"), row("0.1", "identify")),
    verdict: str = "clean",
    questions: tuple[QuestionReport, ...] = (),
) -> Report:
    """A mail to Ann that was extracted and delivered."""
    head = MessageReport(ID, "cd" * 32, 10_091, "bob@example.org", ["ann@example.org"], subject)
    mail = SubjectReport("0", "", "", "message", "message/rfc822", "cd" * 32, 10_091)
    return Report(
        message=head,
        plan=PlanReport("c6ea36d92283", "28b9665bcb4e"),
        subjects=[mail, *parts],
        rows=list(rows),
        verdict=verdict,
        changes=[
            ChangeReport("0.1", [RemovalReport("VBA macros", "word/vbaProject.bin", "they run")])
        ],
        dispositions=[
            DispositionReport(
                "ann@example.org",
                "deliver-extracted",
                "ef" * 32,
                "what could act was taken out: letter.docm",
                "extract.enabled, built-in default",
            )
        ],
        envelope=EnvelopeReport("bob@example.org", ["ann@example.org"], "192.0.2.1", "", False),
        open_questions=list(questions),
        receipts=[ReceiptReport(["ann@example.org"], 250, "250 2.0.0 Ok: queued as 4F")],
        started_at=1_790_000_000.0,
    )
