"""antivirus, emulate, static, reputation, lists, scope, envelope: what each makes of an answer."""

from __future__ import annotations

import pytest

from gateway.engines.antivirus import Clean, Infected, ScanResult, TooLarge, Unavailable
from gateway.engines.reputation import Feeds
from gateway.extraction import ExtractStatus
from gateway.model import (
    BytesContent,
    Failed,
    Finding,
    Origin,
    Outcome,
    Ran,
    Severity,
    SkipKind,
    Skipped,
    TimedOut,
)
from gateway.sandbox import Extracted
from gateway.stages import (
    PLAN,
    NotEmulated,
    antivirus,
    emulate,
    envelope,
    extract,
    lists,
    reputation,
    scope,
    static,
)
from gateway.stages.services import Emulated
from tests.unit.stages.fakes import (
    ANNA,
    BERT,
    BROKEN_GUESTS,
    FakeServices,
    case_of,
    fill,
    part_of,
    run,
    static_report,
)

FOUND = Finding("guest.drops", Severity.HIGH, 90, "it wrote a file", "rules")


def scan(result: ScanResult, policy: str = "") -> tuple[Outcome, str]:
    """The outcome of a scan with that result, and what ended the part's plan."""
    case, services = case_of(policy), FakeServices()
    services.antivirus.result = result
    part = part_of(case)
    return run(antivirus.STAGE, case, part, services), case.ended.get(part.id, "")


def test_mails_deep_in_mails_are_scanned_by_their_parts() -> None:
    case, services = case_of(""), FakeServices()
    services.antivirus.result = Clean()
    outcomes: list[Outcome] = []
    holder = part_of(case)
    for _ in range(5):
        holder.type = "eml"
        inner = case.add_part(
            holder,
            origin=Origin.MIME,
            name="",
            claimed_type="message/rfc822",
            content=BytesContent(b"x"),
        )
        outcomes.append(run(antivirus.STAGE, case, holder, services))
        holder = inner
    assert [isinstance(outcome, Ran) for outcome in outcomes] == [True, True, True, False, False]
    assert isinstance(outcomes[-1], Skipped) and outcomes[-1].kind is SkipKind.NOT_APPLICABLE
    # What lies at the very end is no mail: it is scanned, however deep.
    assert isinstance(run(antivirus.STAGE, case, holder, services), Ran)


def test_a_clean_scan_says_so() -> None:
    assert scan(Clean()) == (Ran("no known virus", engine="clamd"), "")


def test_a_virus_ends_the_plan_of_its_part() -> None:
    outcome, ended = scan(Infected("Eicar"))
    assert isinstance(outcome, Ran)
    assert [(f.code, f.severity) for f in outcome.findings] == [
        (antivirus.VIRUS, Severity.CRITICAL)
    ]
    assert ended == "antivirus found Eicar"


def test_a_virus_does_not_end_it_where_policy_wants_the_whole_report() -> None:
    outcome, ended = scan(Infected("Eicar"), "[emulate]\nstop_after_malicious = false\n")
    assert isinstance(outcome, Ran) and outcome.findings
    assert ended == ""


def test_a_heuristic_is_suspicion_and_ends_nothing() -> None:
    outcome, ended = scan(Infected("Heuristics.Zip.OverlappingFiles"))
    assert isinstance(outcome, Ran)
    assert [(f.code, f.severity) for f in outcome.findings] == [
        (antivirus.SUSPICION, Severity.HIGH)
    ]
    assert ended == ""


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (Unavailable("clamd does not answer"), SkipKind.UNAVAILABLE),
        (TooLarge(), SkipKind.OVER_LIMIT),
    ],
)
def test_no_answer_is_never_a_clean_one(result: ScanResult, kind: SkipKind) -> None:
    outcome, _ = scan(result)
    assert isinstance(outcome, Skipped)
    assert outcome.kind is kind
    assert outcome.kind.opens_verdict


def detonate(result: Emulated | NotEmulated) -> Outcome:
    case, services = case_of(), FakeServices()
    services.emulator.result = result
    return run(emulate.STAGE, case, part_of(case, "sh", "a.sh"), services)


def test_documents_that_policy_names_are_opened_by_their_application() -> None:
    case, services = case_of('[emulate]\nopened = ["docx"]\n'), FakeServices()
    for kind in ("docx", "xlsx"):
        run(emulate.STAGE, case, part_of(case, kind, f"a.{kind}"), services)
    assert services.emulator.opened == [True, False]


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (
            Emulated("gvisor", "1", "it wrote a file", (FOUND,)),
            Ran("it wrote a file", (FOUND,), "gvisor 1"),
        ),
        (
            Emulated("gvisor", "", "it slept", (FOUND,), "20 s are over", timed_out=True),
            TimedOut(20_000, "it slept", (FOUND,), "gvisor"),
        ),
        (
            Emulated("gvisor", "1", "it ate memory", (FOUND,), "out of memory"),
            Failed("it ate memory; stopped: out of memory", (FOUND,), "gvisor 1"),
        ),
        (NotEmulated("not here", unsupported=True), Skipped(SkipKind.UNSUPPORTED, "not here")),
        (NotEmulated("not now", unsupported=False), Skipped(SkipKind.UNAVAILABLE, "not now")),
    ],
)
def test_each_end_of_a_detonation(result: Emulated | NotEmulated, outcome: Outcome) -> None:
    assert detonate(result) == outcome


ACTED = Ran("it wrote files", (FOUND,), "gvisor 1")
WAITS = "[extract]\nwait_for_emulate = true\n"
CLEANED = Extracted(ExtractStatus.CLEANED, "pdf", BytesContent(b"harmless"), (), "")


@pytest.mark.parametrize(
    ("policy", "emulated", "extracted"),
    [
        ("", ACTED, True),
        (WAITS, ACTED, False),
        (WAITS, Ran("it did nothing", (), "gvisor 1"), True),
        (WAITS, Skipped(SkipKind.NOT_APPLICABLE, "there is nothing to run"), True),
        (WAITS + '[verdict]\nmalicious = "deliver"\n', ACTED, True),
    ],
)
def test_extraction_waits_for_emulation_where_policy_wants_it(
    policy: str, emulated: Outcome, extracted: bool
) -> None:
    """And never where the malicious original would be delivered instead of the extracted copy."""
    case, services = case_of(policy), FakeServices(CLEANED)
    part = part_of(case)
    fill(case, part, "emulate", emulated)
    outcome = run(extract.STAGE, case, part, services)
    assert (part.extracted is not None) is extracted
    if not extracted:
        assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.OUT_OF_SCOPE
        assert "it wrote a file" in outcome.reason
        assert outcome.rule == "policy.toml line 2"
        assert not services.guests.asked


def test_emulation_comes_before_extraction() -> None:
    assert PLAN.names.index("emulate") < PLAN.names.index("extract")


@pytest.mark.parametrize("guest", BROKEN_GUESTS)
def test_static_without_an_answer_leaves_everything_open(guest: object) -> None:
    case = case_of()
    part = part_of(case)
    outcome = run(static.STAGE, case, part, FakeServices(guest))
    assert isinstance(outcome, (Failed, TimedOut))
    assert part.active is None  # so that emulate's gate does not close on it


def test_static_writes_down_what_acts() -> None:
    case = case_of()
    part = part_of(case)
    outcome = run(static.STAGE, case, part, FakeServices(static_report(active=("a script",))))
    assert outcome == Ran("acts by itself: a script", engine="static")
    assert part.active == ("a script",)


def test_scripts_in_a_mails_own_text_do_not_act() -> None:
    case = case_of()
    part = part_of(case, "html", "")
    outcome = run(static.STAGE, case, part, FakeServices(static_report(active=("a script",))))
    assert isinstance(outcome, Ran)
    assert "mail programs do not run these" in outcome.reason
    assert part.active == ()


def test_what_static_cannot_read_to_its_end_has_failed() -> None:
    case = case_of()
    part = part_of(case)
    report = static_report(notes=("the table is damaged",))
    outcome = run(static.STAGE, case, part, FakeServices(report))
    assert isinstance(outcome, Failed)
    assert "the table is damaged" in outcome.error
    assert part.active is None


def test_what_is_encrypted_is_noted_and_has_not_failed() -> None:
    case = case_of()
    part = part_of(case)
    report = static_report(notes=("there is no key",), encrypted=True)
    assert run(static.STAGE, case, part, FakeServices(report)) == Ran(
        "it is encrypted", engine="static"
    )
    assert part.encrypted


def test_reputation_without_feeds_has_nothing_to_ask() -> None:
    case = case_of()
    outcome = run(reputation.STAGE, case, part_of(case), FakeServices())
    assert isinstance(outcome, Skipped)
    assert outcome.kind is SkipKind.NOT_APPLICABLE


def test_reputation_finds_a_digest() -> None:
    case, services = case_of(), FakeServices()
    part = part_of(case)
    services.feeds = Feeds(hashes=frozenset({part.content.sha256}))
    outcome = run(reputation.STAGE, case, part, services)
    assert isinstance(outcome, Ran)
    assert [finding.code for finding in outcome.findings] == ["reputation.hash"]
    other = part_of(case, data=b"other")
    outcome = run(reputation.STAGE, case, other, services)
    assert outcome == Ran("not in 1 digests and 0 hosts of the feeds", engine="feeds")


@pytest.mark.parametrize("word", ["block", "allow"])
def test_a_listed_digest_ends_the_plan(word: str) -> None:
    digest = part_of(case_of()).content.sha256
    case = case_of(f'[lists]\n{word}_hashes = ["{digest}"]\n')
    part = part_of(case)
    outcome = run(lists.STAGE, case, part, FakeServices())
    assert part.listed == word
    assert isinstance(outcome, Ran)
    assert "policy.toml line 2" in outcome.reason
    assert part.id in case.ended
    assert bool(outcome.findings) == (word == "block")
    other = part_of(case, data=b"other")
    assert run(lists.STAGE, case, other, FakeServices()) == Ran("not on a list")
    assert other.id not in case.ended


@pytest.mark.parametrize(
    ("word", "ended"), [("inspect", False), ("bypass", False), ("block", True)]
)
def test_scope_writes_policys_word_into_the_part(word: str, ended: bool) -> None:
    case = case_of(f'[scope.types]\npdf = "{word}"\n')
    part = part_of(case)
    outcome = run(scope.STAGE, case, part, FakeServices())
    assert part.scope == word
    assert isinstance(outcome, Ran)
    assert "policy.toml line 2" in outcome.reason
    assert (part.id in case.ended) is ended


SCOPES = f"""
[[recipients]]
match = ["{ANNA}"]
extract = false
[[recipients]]
match = ["{BERT}"]
inspect = false
"""


def test_envelope_settles_each_recipients_scopes() -> None:
    case = case_of(SCOPES, (ANNA, BERT, "carl@corp.example"))
    outcome = run(envelope.STAGE, case, case.root, FakeServices())
    assert case.inspect_for == {ANNA, "carl@corp.example"}
    assert case.extract_for == {"carl@corp.example"}
    assert isinstance(outcome, Ran)
    assert f"{ANNA} gets originals, not extracted files (policy.toml line 4)" in outcome.reason
    assert f"{BERT} gets everything as it came (policy.toml line 7)" in outcome.reason


@pytest.mark.parametrize(("word", "listed"), [("block", "block"), ("allow", "")])
def test_envelope_looks_the_sender_up(word: str, listed: str) -> None:
    case = case_of(f'[lists]\n{word}_senders = ["*@client.example"]\n')
    outcome = run(envelope.STAGE, case, case.root, FakeServices())
    assert case.root.listed == listed
    assert isinstance(outcome, Ran)
    assert "sender fits '*@client.example'" in outcome.reason
    assert bool(outcome.findings) is (word == "block")
