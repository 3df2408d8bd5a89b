"""record: the complete trace into the journal, its own row included."""

from __future__ import annotations

from gateway.model import Outcome, Ran, SkipKind, Skipped, Subject, SubjectKind
from gateway.pipeline import Case, Row, Stage, report_of
from gateway.stages.services import StageServices


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Write the report. An error of the journal becomes this stage's `failed` row."""
    if not services.next_hop.delivers:
        return Skipped(SkipKind.NOT_APPLICABLE, "nothing is written: the mail is only explained")
    outcome = Ran("written to the journal")
    services.journal.record(report_of(case, Row(subject.id, STAGE.name, outcome, 0.0)))
    return outcome


STAGE: Stage[StageServices] = Stage(
    name="record",
    purpose="Write the complete trace into the journal.",
    subject=SubjectKind.MESSAGE,
    run=run,
    needs=("dispositions",),
    on_failure="the mail was handled, its trace is lost; the log says so",
    always=True,
)
