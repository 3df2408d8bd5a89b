"""A picture that is another file as well is noticed, and arrives as the picture alone."""

from __future__ import annotations

from email import message_from_bytes

from gateway.model import Action
from gateway.pipeline import findings_of
from gateway.stages import identify
from tests.unit.extraction.pictures import picture, with_hidden_file
from tests.unit.stages.line import ANNA, Line
from tests.unit.stages.mails import mail
from tools.corpus.archives import zip_of
from tools.corpus.compose import Attachment


def test_a_picture_with_a_zip_behind_it(line: Line) -> None:
    case = line.run(mail(Attachment("a.png", "image/png", with_hidden_file("png"))), ANNA)
    rows = [row for row in case.trace.line(case.parts[-1].id) if row.stage == "identify"]
    assert [finding.code for finding in findings_of(rows)] == [identify.POLYGLOT]
    assert [d.action for d in case.dispositions] == [Action.DELIVER_EXTRACTED]
    attached = list(message_from_bytes(line.delivered[ANNA]).walk())[-1]
    assert attached.get_payload(decode=True) == picture("png")
    assert attached.get_filename() == "a.png"


def test_a_zip_in_the_middle_of_a_document_is_no_second_reading(line: Line) -> None:
    pdf = b"%PDF-1.4\n" + zip_of({"a.txt": b"x"}) + b"\ntrailer<</Size 1>>\nstartxref\n0\n%%EOF\n"
    case = line.run(mail(Attachment("a.pdf", "application/pdf", pdf)), ANNA)
    assert case.parts[-1].also == ()
