"""mail.subject_tag: on notable mails, also where no header field is wanted; never on clean ones."""

from __future__ import annotations

import pytest

from gateway.mime import scan
from gateway.model import Action, Disposition, Verdict
from gateway.stages import rebuild
from tests.unit.stages.fakes import FakeServices, case_of, run
from tests.unit.stages.line import ANNA, Line
from tests.unit.stages.mails import attached, docm, mail

TAG = '[mail]\nsubject_tag = "[checked]"\n'


@pytest.mark.parametrize("header", ["notable", "never"])
def test_a_changed_mail_is_tagged(line: Line, header: str) -> None:
    raw = mail(attached("a.docm", docm("one")))
    line.run(raw, policy=f'{TAG}header = "{header}"\n')
    delivered = line.delivered[ANNA]
    assert b"\r\nSubject: [checked] documents\r\n" in delivered
    assert (b"X-Sluice-Verdict" in delivered) is (header == "notable")


@pytest.mark.parametrize(("verdict", "marked"), [(Verdict.CLEAN, 0), (Verdict.UNSCANNED, 1)])
def test_an_unchanged_mail_is_tagged_when_it_is_not_clean(verdict: Verdict, marked: int) -> None:
    case = case_of(TAG)
    case.verdict, case.mime = verdict, scan(case.message.read())
    case.dispositions = (Disposition(ANNA, Action.DELIVER, "policy delivers it"),)
    run(rebuild.STAGE, case, case.root, FakeServices())
    (body,) = case.bodies
    assert body.content.read().count(b"Subject: [checked] one\r\n") == marked
    assert (body.content is case.message) is not bool(marked)
