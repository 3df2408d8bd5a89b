"""What became of each part's extraction, as the decision sees it."""

from __future__ import annotations

import pytest

from gateway.engines.unpack.office import OFFICE_TYPES
from gateway.model import (
    Action,
    BytesContent,
    Envelope,
    Failed,
    NotReached,
    Origin,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    TimedOut,
)
from gateway.pipeline import Case, Row, Trace
from gateway.policy import Extraction, load_policy
from gateway.stages import PLAN
from gateway.stages.dispose import facts_of
from gateway.stages.unpack import DOCUMENTS
from tests.unit.stages.documents import embedding
from tests.unit.stages.line import ANNA, Line
from tests.unit.stages.mails import attached, docm, mail, signed_envelope
from tools.corpus.compose import Attachment
from tools.corpus.ooxml import word_document


def extraction_of(outcome: Outcome) -> Extraction:
    """The decision's view of one attached document whose extract row is `outcome`."""
    case = Case(
        id="case",
        message=BytesContent(b"mail"),
        envelope=Envelope("", (ANNA,)),
        policy=load_policy(""),
        plan_version="",
        judging=PLAN.judging,
        trace=Trace(PLAN.names),
    )
    content = BytesContent(b"document")
    part = case.add_part(
        case.root, origin=Origin.MIME, name="a.docm", claimed_type="", content=content
    )
    part.mime_path = ("1.1",)
    case.trace.fill(Row(part.id, "extract", outcome, 0.0))
    return facts_of(case).parts[1].extraction


@pytest.mark.parametrize(
    ("outcome", "extraction"),
    [
        (Ran("nothing to take out"), Extraction.NOTHING),
        (Failed("damaged"), Extraction.FAILED),
        (TimedOut(1000, "too slow"), Extraction.FAILED),
        (Skipped(SkipKind.UNAVAILABLE, "the inspector is gone"), Extraction.FAILED),
        (Skipped(SkipKind.OVER_LIMIT, "too large"), Extraction.FAILED),
        (Skipped(SkipKind.DISABLED, "off"), Extraction.NOT_DUE),
        (Skipped(SkipKind.NOT_APPLICABLE, "a text"), Extraction.NOT_DUE),
        (Skipped(SkipKind.OUT_OF_SCOPE, "for nobody"), Extraction.NOT_DUE),
        (Skipped(SkipKind.ENCRYPTED, "no key"), Extraction.NOT_DUE),
        (NotReached("a virus was found"), Extraction.NOT_DUE),
    ],
)
def test_each_outcome_of_extract(outcome: Outcome, extraction: Extraction) -> None:
    assert extraction_of(outcome) is extraction


def extractions(case: Case) -> dict[str, Extraction]:
    return {part.label: part.extraction for part in facts_of(case).parts}


def test_an_embedded_document_goes_with_the_one_around_it(line: Line) -> None:
    document = embedding(docm("outer"), "inner.docm", docm("inner"))
    case = line.run(mail(attached("a.docm", document)))
    found = extractions(case)
    assert found["a.docm"] is Extraction.DONE
    assert found["word/embeddings/inner.docm"] is Extraction.REMOVED
    assert [d.action for d in case.dispositions] == [Action.DELIVER_EXTRACTED]


def test_an_embedded_document_without_anything_that_acts_stays(line: Line) -> None:
    document = embedding(docm("outer"), "inner.docx", word_document(("inner",)))
    case = line.run(mail(attached("a.docm", document)))
    assert extractions(case)["word/embeddings/inner.docx"] in (
        Extraction.NOTHING,
        Extraction.REMOVED,
    )
    assert [d.action for d in case.dispositions] == [Action.DELIVER_EXTRACTED]


def test_a_document_in_a_sealed_mail_is_kept_back(line: Line) -> None:
    sealed = signed_envelope(mail(attached("a.docm", docm("one"))))
    case = line.run(mail(Attachment("smime.p7m", "application/pkcs7-mime", sealed)))
    assert extractions(case)["a.docm"] is Extraction.FAILED
    assert [d.action for d in case.dispositions] == [Action.QUARANTINE]
    assert not line.delivered


def test_documents_that_unpack_opens_are_those_the_guest_can_open() -> None:
    assert set(DOCUMENTS) == OFFICE_TYPES
