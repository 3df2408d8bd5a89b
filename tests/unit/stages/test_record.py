"""What `record` says is what happened: `explain` writes nothing."""

from __future__ import annotations

from tests.unit.stages.line import Line, outcome
from tests.unit.stages.mails import mail
from tools.fuzz.explainer import Explainer, Setup


def test_a_mail_that_is_handled_is_recorded(line: Line) -> None:
    assert "written to the journal" in outcome(line.run(mail()), "record")


def test_a_mail_that_is_explained_is_not() -> None:
    with Explainer(Setup()) as explainer:
        report = explainer.explain(mail()).report
    assert report is not None
    (row,) = [row for row in report.rows if (row.stage, row.subject) == ("record", "0")]
    assert row.outcome == "skipped"
    assert "nothing is written: the mail is only explained" in row.reason
