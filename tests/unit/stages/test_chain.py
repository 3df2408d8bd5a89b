"""The chain: what runs hands files on, each becomes a part, and its parent is as bad as it is."""

from __future__ import annotations

import pytest

from gateway.emulation.bait import BAITS
from gateway.model import (
    BytesContent,
    Finding,
    Origin,
    Outcome,
    Ran,
    Severity,
    SkipKind,
    Skipped,
    Subject,
    TypeGuess,
    Verdict,
)
from gateway.pipeline import Case
from gateway.policy import Extraction
from gateway.stages import PLAN, dispose, emulate, extract, identify, judge
from gateway.stages.cache import cache_key
from gateway.stages.services import Emulated, HandedOn
from tests.unit.stages.fakes import FakeServices, case_of, fill, part_of, run

WORSE = Finding("guest.bad", Severity.CRITICAL, 95, "it deletes shadow copies", "emulation")


def detonated(
    *children: tuple[str, bytes], policy: str = "", omitted: str = "", seconds: float = 1.0
) -> tuple[Case, Subject, Outcome, FakeServices]:
    """The emulate stage on a script that hands on `children`."""
    case, services = case_of(policy), FakeServices()
    part = part_of(case, "sh", "a.sh", b"the script")
    handed = tuple(HandedOn(path, BytesContent(data)) for path, data in children)
    services.emulator.result = Emulated(
        "gvisor", "1", "it ran", children=handed, omitted=omitted, seconds=seconds
    )
    return case, part, run(emulate.STAGE, case, part, services), services


def test_each_file_becomes_a_part_below_the_one_that_ran() -> None:
    case, part, outcome, _ = detonated(("C:\\Temp\\two.sh", b"two"), ("/tmp/note", b"three"))
    two, note = (case.subjects[each] for each in part.children)
    assert (two.name, two.origin, two.chain) == ("two.sh", Origin.DROPPED, 1)
    assert two.guess is not None and two.guess.type == "sh"
    assert (note.name, note.content.read()) == ("note", b"three")
    assert outcome == Ran("it ran; it handed on 2 files, each a part of its own", engine="gvisor 1")


@pytest.mark.parametrize("data", [b"", b"the script"], ids=["empty", "a copy of itself"])
def test_nothing_is_followed_that_is_nothing_new(data: bytes) -> None:
    _, part, outcome, _ = detonated(("/tmp/x", data))
    assert part.children == [] and outcome == Ran("it ran", engine="gvisor 1")


def test_the_same_bytes_under_two_names_are_one_part() -> None:
    _, part, _, _ = detonated(("/tmp/x", b"two"), ("/tmp/y", b"two"))
    assert len(part.children) == 1


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("[emulate]\nchain_files = 1\n", "emulate.chain_files is 1"),
        ("[limits]\nmembers = 2\n", "limits.members is 2"),
        ("[limits]\nunpacked_bytes = 1048576\n", "limits.unpacked_bytes is 1048576"),
    ],
)
def test_what_is_beyond_a_limit_leaves_the_question_open(policy: str, key: str) -> None:
    big = bytes(1 << 20)
    _, part, outcome, _ = detonated(("/tmp/x", b"two"), ("/tmp/y", big), policy=policy)
    assert len(part.children) == 1
    assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.OVER_LIMIT
    assert key in outcome.reason and "policy.toml" in outcome.rule


def test_files_that_did_not_come_back_leave_the_question_open() -> None:
    _, _, outcome, _ = detonated(omitted="/tmp/large (too large)")
    assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.OVER_LIMIT
    assert "/tmp/large" in outcome.reason


def test_a_mail_whose_files_ran_long_enough_runs_no_more() -> None:
    case, _, _, services = detonated(policy="[emulate]\nmail_seconds = 5\n", seconds=5.5)
    outcome = run(emulate.STAGE, case, part_of(case, "sh", "b.sh", b"other"), services)
    assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.OVER_LIMIT
    assert "emulate.mail_seconds" in outcome.reason


def test_far_down_the_chain_nothing_runs() -> None:
    case, part, _, _ = detonated(("/tmp/two.sh", b"two"), policy="[emulate]\nchain_depth = 0\n")
    two = case.subjects[part.children[0]]
    two.type, two.active = "sh", ("it runs",)
    closed = [gate.check(two, case.policy) for gate in emulate.STAGE.gates]
    assert [each.kind for each in closed if each is not None] == [SkipKind.OVER_LIMIT]


def _judged(verdict: Verdict, *findings: Finding) -> tuple[Case, Subject, Outcome, FakeServices]:
    case, part, outcome, services = detonated(("/tmp/two.sh", b"two"))
    fill(case, part, "emulate", outcome)
    two = case.subjects[part.children[0]]
    fill(case, two, "emulate", Ran("it ran", findings))
    two.verdict = verdict
    return case, part, run(judge.STAGE, case, part, services), services


def test_a_part_is_as_bad_as_what_it_handed_on() -> None:
    case, part, outcome, services = _judged(Verdict.MALICIOUS, WORSE)
    assert part.verdict is Verdict.MALICIOUS
    assert isinstance(outcome, Ran)
    assert "it handed on two.sh, which is malicious: it deletes shadow copies" in outcome.reason
    remembered = services.cache.get(cache_key(case, part))
    assert remembered is not None and remembered.verdict is Verdict.MALICIOUS


def test_what_was_not_seen_below_is_not_clean_above_and_not_remembered() -> None:
    case, part, _, services = _judged(Verdict.UNSCANNED)
    assert part.verdict is Verdict.UNSCANNED
    assert services.cache.get(cache_key(case, part)) is None


def test_what_is_in_no_mail_is_not_extracted() -> None:
    case, part, _, _ = detonated(("/tmp/two.docx", b"two"))
    two = case.subjects[part.children[0]]
    two.type = "docx"
    closed = extract.STAGE.gates[0].check(two, case.policy)
    assert closed is not None and closed.kind is SkipKind.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("cleaned", "child"),
    [(True, Extraction.REMOVED), (False, Extraction.NOT_DUE)],
    ids=["the file above is cleaned", "it is not"],
)
def test_who_gets_the_file_cleaned_never_meets_what_it_hands_on(
    cleaned: bool, child: Extraction
) -> None:
    case, part, outcome, _ = detonated(("/tmp/two.sh", b"two"))
    part.extracted = BytesContent(b"clean") if cleaned else None
    for subject in (case.root, part, case.subjects[part.children[0]]):
        for name in PLAN.names[: PLAN.names.index("dispose")]:
            fill(case, subject, name, outcome if name == "emulate" else Ran("done"))
    facts = {each.subject: each.extraction for each in dispose.facts_of(case).parts}
    assert facts["0.1.1"] is child


def test_the_guests_own_documents_are_not_taken_apart() -> None:
    document = next(bait for bait in BAITS if bait.path.endswith(".docx"))
    case, part, _, services = detonated(("/tmp/copy.docx", document.data))
    copy = case.subjects[part.children[0]]
    copy.guess = TypeGuess("docx")
    assert run(identify.STAGE, case, copy, services) == Ran(
        "a file of the guest's own machine, unchanged"
    )
    assert copy.type == "unknown"
    # The same bytes in a mail are what they are.
    sent = part_of(case, "docx", "a.docx", document.data)
    run(identify.STAGE, case, sent, services)
    assert sent.type != "unknown"
