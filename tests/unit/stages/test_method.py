"""Policy's method for a type, and from which belief on a file is extracted at all."""

from __future__ import annotations

import pytest

from gateway.extraction import ExtractStatus
from gateway.model import (
    BytesContent,
    Finding,
    Origin,
    Ran,
    Removal,
    Severity,
    SkipKind,
    Skipped,
)
from gateway.policy import SettingsError, load_policy
from gateway.sandbox import Extracted
from gateway.stages import extract
from gateway.stages.dispose import gone_with_its_document
from tests.unit.stages.fakes import FakeServices, case_of, fill, part_of, run

PIXELS = Removal("everything but pixels and text", "2 pages", "a picture of a page cannot act")
FLAT = Extracted(ExtractStatus.CLEANED, "pdf", BytesContent(b"%PDF"), (PIXELS,), "")


def test_a_type_that_is_converted_says_so_in_the_trace() -> None:
    case = case_of('[extract.methods]\nole-doc = "convert"\n')
    services = FakeServices(FLAT)
    part = part_of(case, "ole-doc", "a.doc")
    outcome = run(extract.STAGE, case, part, services)
    assert isinstance(outcome, Ran)
    assert outcome.reason.startswith(
        "converted to a flat PDF of 2 pages (extract.methods.ole-doc, "
    )
    assert "policy.toml line 2" in outcome.reason
    assert part.extracted_type == "pdf"
    assert services.guests.converted == 1


def test_what_a_converted_document_held_is_gone_with_it() -> None:
    case = case_of('[extract.methods]\nole-doc = "convert"\n')
    part = part_of(case, "ole-doc", "a.doc")
    child = case.add_part(
        part, origin=Origin.EMBEDDED, name="b.exe", claimed_type="", content=BytesContent(b"MZ")
    )
    run(extract.STAGE, case, part, FakeServices(FLAT))
    assert child.taken_out
    assert gone_with_its_document(case, child)


@pytest.mark.parametrize("known_clean", [False, True])
def test_a_type_that_is_off_stays_as_it_is(known_clean: bool) -> None:
    case = case_of('[extract]\nmethods = { pdf = "off" }\n')
    services = FakeServices(FLAT)
    part = part_of(case)
    if known_clean:
        part.extractable = ()
    outcome = run(extract.STAGE, case, part, services)
    assert isinstance(outcome, Skipped)
    assert outcome.kind is SkipKind.DISABLED
    assert "extract.methods.pdf is off" in outcome.reason
    assert outcome.rule == "policy.toml line 2"
    assert not services.guests.asked


@pytest.mark.parametrize(
    ("wanted", "severity", "extracted"),
    [
        ("always", None, True),
        ("suspicious", None, False),
        ("suspicious", Severity.MEDIUM, True),
        ("malicious", Severity.MEDIUM, False),
        ("malicious", Severity.CRITICAL, True),
    ],
)
def test_extraction_can_wait_for_suspicion(
    wanted: str, severity: Severity | None, extracted: bool
) -> None:
    case, services = case_of(f'[extract]\nfrom_suspicion = "{wanted}"\n'), FakeServices(FLAT)
    part = part_of(case)
    found = (Finding("static.x", severity, 90, "it does x", "static"),) if severity else ()
    fill(case, part, "static", Ran("looked", found))
    outcome = run(extract.STAGE, case, part, services)
    assert isinstance(outcome, Ran) is extracted
    if isinstance(outcome, Skipped):
        assert outcome.kind is SkipKind.NOT_APPLICABLE
        assert f"extract.from_suspicion is '{wanted}'" in outcome.reason


def test_a_type_that_cannot_be_drawn_is_refused_when_policy_is_read() -> None:
    with pytest.raises(SettingsError, match="type 'zip' cannot be converted"):
        load_policy('[extract]\nmethods = { zip = "convert" }\n')
