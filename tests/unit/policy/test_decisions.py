"""Decisions as a table: facts, recipient, policy, expected answer, one sentence why."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Action, Disposition, Verdict
from gateway.policy import (
    Block,
    Extraction,
    MailFacts,
    OpenQuestion,
    PartFacts,
    Policy,
    UnscannedKind,
    decide,
    load_policy,
    settle,
)

CLEAN, SUSPICIOUS, MALICIOUS = Verdict.CLEAN, Verdict.SUSPICIOUS, Verdict.MALICIOUS
NOT_DUE, DONE, FAILED = Extraction.NOT_DUE, Extraction.DONE, Extraction.FAILED

ANN, RAW, LAB = "ann@example.org", "raw@example.org", "lab@example.org"
EXCEPTIONS = f"""
[[recipients]]
match = ["{RAW}"]
extract = false
[[recipients]]
match = ["{LAB}"]
inspect = false
"""


def part(
    label: str = "a.pdf",
    verdict: Verdict = CLEAN,
    *kinds: UnscannedKind,
    extraction: Extraction = NOT_DUE,
    block: Block | None = None,
) -> PartFacts:
    """A part about which a question of each of `kinds` stayed open."""
    questions = tuple(OpenQuestion(kind, "emulate", "told so") for kind in kinds)
    return PartFacts("0.1", label, verdict, "seen by static", questions, extraction, block)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    parts: tuple[PartFacts, ...]
    action: Action
    why: str
    policy: str = ""
    recipient: str = ANN


def row(*parts: PartFacts, is_: Action, why: str, policy: str = "", to: str = ANN) -> Row:
    return Row(parts, is_, why, policy, to)


U = UnscannedKind
A = Action
BLOCKED = Block("type 'msi' is blocked", "scope.types.msi, policy.toml line 3")

TABLE = (
    row(part(), is_=A.DELIVER, why="nothing was found"),
    row(part(extraction=Extraction.NOTHING), is_=A.DELIVER, why="nothing to take out"),
    row(part(extraction=DONE), is_=A.DELIVER_EXTRACTED, why="extraction changed a part"),
    row(part(extraction=DONE), to=RAW, is_=A.DELIVER, why="this recipient is out of extraction"),
    row(part("x", MALICIOUS), is_=A.REJECT, why="malicious is refused"),
    row(part("x", MALICIOUS, extraction=DONE), is_=A.REJECT, why="nobody cleans up an attack"),
    row(
        part("x", MALICIOUS, U.UNAVAILABLE),
        is_=A.QUARANTINE,
        policy='[verdict]\nmalicious = "quarantine"',
        why="malicious is final: a retry could not make it better",
    ),
    row(
        part("x", MALICIOUS),
        part("y", CLEAN, U.ENCRYPTED),
        is_=A.QUARANTINE,
        policy='[verdict]\nmalicious = "deliver"',
        why="who only watches malware still keeps back what the other rules keep back",
    ),
    row(
        part("x", MALICIOUS, extraction=DONE),
        is_=A.DELIVER_EXTRACTED,
        policy='[verdict]\nmalicious = "deliver"',
        why="who only watches malware gets the harmless copy",
    ),
    row(
        part("x", MALICIOUS, extraction=FAILED),
        is_=A.QUARANTINE,
        policy='[verdict]\nmalicious = "deliver"',
        why="not even then the original goes out where extraction was due",
    ),
    row(part("x", MALICIOUS), to=LAB, is_=A.DELIVER, why="the sample mailbox gets everything"),
    row(part("x", SUSPICIOUS), is_=A.QUARANTINE, why="suspicious waits for somebody"),
    row(part("x", SUSPICIOUS, extraction=DONE), is_=A.DELIVER_EXTRACTED, why="made harmless"),
    row(
        part("x", SUSPICIOUS, extraction=Extraction.REMOVED),
        is_=A.DELIVER_EXTRACTED,
        why="the suspicious object was taken out with its container",
    ),
    row(
        part("x", SUSPICIOUS, extraction=DONE),
        to=RAW,
        is_=A.QUARANTINE,
        why="the harmless copy is not for this recipient, the original is suspicious",
    ),
    row(
        part("x", SUSPICIOUS, extraction=DONE),
        part("y", SUSPICIOUS),
        is_=A.QUARANTINE,
        why="one of two suspicious parts was not made harmless",
    ),
    row(
        part("x", SUSPICIOUS, extraction=DONE),
        is_=A.QUARANTINE,
        policy='[verdict]\nsuspicious_extracted = "quarantine"',
        why="policy keeps back what was suspicious even when harmless",
    ),
    row(part(extraction=FAILED), is_=A.QUARANTINE, why="a failed extraction delivers no original"),
    row(
        part(extraction=FAILED),
        is_=A.TEMPFAIL,
        policy='[extract]\nfailed = "tempfail"',
        why="policy chooses how, not whether",
    ),
    row(part(extraction=FAILED), to=RAW, is_=A.DELIVER, why="extraction was not due for this one"),
    row(
        part(extraction=FAILED),
        part("b.pdf", extraction=DONE),
        is_=A.QUARANTINE,
        why="one harmless copy does not excuse the other original",
    ),
    row(part("x", CLEAN, U.ENCRYPTED), is_=A.QUARANTINE, why="unscanned.encrypted"),
    row(part("x", CLEAN, U.OVER_LIMIT), is_=A.QUARANTINE, why="unscanned.over_limit"),
    row(part("x", CLEAN, U.UNAVAILABLE), is_=A.TEMPFAIL, why="unscanned.unavailable"),
    row(part("x", CLEAN, U.UNSUPPORTED), is_=A.QUARANTINE, why="unscanned.unsupported"),
    row(part("x", CLEAN, U.DISABLED), is_=A.DELIVER, why="unscanned.disabled: policy's own wish"),
    row(part("x", CLEAN, U.BACKGROUND), is_=A.DELIVER, why="unscanned.background: as policy wants"),
    row(part("x", CLEAN, U.FAILED), is_=A.TEMPFAIL, why="unscanned.failed"),
    row(part("x", CLEAN, U.TIMED_OUT), is_=A.TEMPFAIL, why="unscanned.timed_out"),
    row(
        part("x", CLEAN, U.UNSUPPORTED, extraction=DONE),
        is_=A.DELIVER_EXTRACTED,
        why="nobody can run what was taken out, so that nobody emulated it is no question",
    ),
    row(
        part("x", CLEAN, U.UNSUPPORTED, extraction=DONE),
        to=RAW,
        is_=A.QUARANTINE,
        why="for whom the original would be, the question is open",
    ),
    row(
        part("x", CLEAN, U.UNSUPPORTED, extraction=Extraction.NOTHING),
        is_=A.QUARANTINE,
        why="nothing was taken out, so the question stays",
    ),
    row(
        part("x", CLEAN, U.UNAVAILABLE, extraction=DONE),
        is_=A.TEMPFAIL,
        why="the antivirus that was down might have known the file all the same",
    ),
    row(
        part("x", CLEAN, U.ENCRYPTED),
        part("y", CLEAN, U.UNAVAILABLE),
        is_=A.TEMPFAIL,
        why="the retry may answer one question, so nothing final is done",
    ),
    row(
        part("x", CLEAN, U.ENCRYPTED, U.FAILED),
        is_=A.REJECT,
        policy='[unscanned]\nencrypted = "reject"',
        why="the strictest answer counts",
    ),
    row(part("x.msi", block=BLOCKED), is_=A.REJECT, why="policy forbids the type"),
    row(
        part("x.msi", block=BLOCKED),
        is_=A.QUARANTINE,
        policy='[scope]\nblocked = "quarantine"',
        why="policy forbids the type and keeps the mail",
    ),
)


@pytest.mark.parametrize("case", TABLE, ids=[case.why for case in TABLE])
def test_the_table(case: Row) -> None:
    policy = load_policy(case.policy + EXCEPTIONS)
    disposition = decide(MailFacts(case.parts), case.recipient, policy)
    assert disposition.action is case.action, disposition.reason
    assert disposition.recipient == case.recipient


def test_reason_and_rule_are_for_an_administrator() -> None:
    policy = load_policy('[unscanned]\nencrypted = "reject"\n')
    facts = MailFacts((part("secret.zip", CLEAN, U.ENCRYPTED),))
    assert decide(facts, ANN, policy) == Disposition(
        ANN,
        Action.REJECT,
        "secret.zip is unscanned: emulate: told so",
        rule="unscanned.encrypted, policy.toml line 2",
    )
    facts = MailFacts((part("a.pdf", SUSPICIOUS, extraction=DONE), part("b", CLEAN, U.DISABLED)))
    assert decide(facts, ANN, policy) == Disposition(
        ANN,
        Action.DELIVER_EXTRACTED,
        "what could act was taken out: a.pdf; a.pdf is suspicious: seen by static",
        rule="verdict.suspicious_extracted, built-in default",
    )
    assert decide(MailFacts((part(),)), ANN, policy).rule == ""
    blocked = decide(MailFacts((part("x.msi", block=BLOCKED),)), ANN, policy)
    assert "x.msi is blocked: type 'msi' is blocked (scope.types.msi" in blocked.reason


def test_facts_are_plain_data_that_a_journal_can_hold() -> None:
    facts = MailFacts((part("a", SUSPICIOUS, U.FAILED, extraction=DONE, block=BLOCKED),))
    assert msgspec.json.decode(msgspec.json.encode(facts), type=MailFacts) == facts


_PARTS = st.builds(
    PartFacts,
    subject=st.just("0.1"),
    label=st.sampled_from(["a", "b"]),
    verdict=st.sampled_from([CLEAN, SUSPICIOUS, MALICIOUS]),
    open=st.lists(
        st.builds(OpenQuestion, st.sampled_from(UnscannedKind), st.just("s"), st.just("r")),
        max_size=2,
    ).map(tuple),
    extraction=st.sampled_from(Extraction),
)
_FACTS = st.lists(_PARTS, max_size=4).map(lambda parts: MailFacts(tuple(parts)))
_POLICIES = st.sampled_from(
    [
        Policy(),
        load_policy(
            '[verdict]\nmalicious = "deliver"\nsuspicious = "deliver"\n[unscanned]\n'
            + "".join(f'{kind} = "deliver"\n' for kind in UnscannedKind)
        ),
    ]
)


@given(facts=_FACTS, policy=_POLICIES)
def test_a_failed_extraction_never_delivers(facts: MailFacts, policy: Policy) -> None:
    # Invariant: under any policy, where one part's extraction was due and failed, nothing goes out.
    if any(each.extraction is FAILED for each in facts.parts):
        assert not decide(facts, ANN, policy).action.delivers


@given(facts=_FACTS)
def test_nothing_unscanned_is_delivered_unless_policy_says_so(facts: MailFacts) -> None:
    # Invariant: under the built-in policy only what policy itself wanted (`disabled`, and
    # `background`, which it never says), or what extraction closed, is delivered.
    if decide(facts, ANN, Policy()).action.delivers:
        for each in facts.parts:
            for question in each.open:
                assert question.kind in (U.DISABLED, U.BACKGROUND) or (
                    question.kind is U.UNSUPPORTED and each.extraction.harmless
                )


@given(facts=_FACTS, extra=_PARTS, policy=_POLICIES)
def test_a_further_part_never_frees_a_mail(
    facts: MailFacts, extra: PartFacts, policy: Policy
) -> None:
    # Invariant: adding a part to a mail that is kept back does not get it delivered.
    more = MailFacts((*facts.parts, extra))
    if not decide(facts, ANN, policy).action.delivers:
        assert not decide(more, ANN, policy).action.delivers


@given(facts=_FACTS)
def test_one_recipients_exception_does_not_change_anothers_mail(facts: MailFacts) -> None:
    # Invariant: tables of [[recipients]] that do not match Ann leave her disposition alone.
    with_exceptions = decide(facts, ANN, load_policy(EXCEPTIONS))
    assert with_exceptions.action is decide(facts, ANN, Policy()).action


def actions(*wanted: Action) -> tuple[Action, ...]:
    dispositions = tuple(
        Disposition(f"r{number}@example.org", action, "because", rule="there")
        for number, action in enumerate(wanted)
    )
    settled = settle(dispositions)
    assert [each.recipient for each in settled] == [each.recipient for each in dispositions]
    assert all("because" in each.reason for each in settled)
    return tuple(each.action for each in settled)


@pytest.mark.parametrize(
    ("wanted", "settled", "why"),
    [
        ((A.REJECT, A.REJECT), (A.REJECT, A.REJECT), "all agree"),
        ((A.DELIVER, A.DELIVER_EXTRACTED), (A.DELIVER, A.DELIVER_EXTRACTED), "both are a 250"),
        ((A.REJECT, A.DELIVER), (A.QUARANTINE, A.DELIVER), "250 must not lose the other mail"),
        ((A.REJECT, A.QUARANTINE), (A.QUARANTINE, A.QUARANTINE), "as above"),
        ((A.TEMPFAIL, A.DELIVER, A.REJECT), (A.TEMPFAIL,) * 3, "the retry is for all"),
        ((), (), "no recipient, no answer"),
    ],
)
def test_one_answer_for_all_recipients(
    wanted: tuple[Action, ...], settled: tuple[Action, ...], why: str
) -> None:
    assert actions(*wanted) == settled, why
