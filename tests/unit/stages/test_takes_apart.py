"""parse, identify, unpack: parts appear, and limits end in words instead of a crash."""

from __future__ import annotations

import pytest

from gateway.engines.unpack.model import Damaged, Encrypted, Limit, OverLimit, Problem, Unsupported
from gateway.model import (
    BytesContent,
    Failed,
    Origin,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    TimedOut,
    TypeGuess,
    Verdict,
)
from gateway.pipeline import Case, Stage
from gateway.pipeline.case import MAX_SUBJECTS
from gateway.sandbox.results import Unpacked, UnpackedChild
from gateway.stages import StageServices, identify, parse, unpack
from tests.unit.stages.fakes import BROKEN_GUESTS, FakeServices, case_of, part_of, run
from tests.unit.stages.line import Line, outcome
from tests.unit.stages.mails import attached, mail
from tools.corpus.archives import zip_of


def child(name: str = "a.txt", parent: int = -1) -> UnpackedChild:
    return UnpackedChild(name, name.encode(), Origin.MEMBER, parent, 0, None, TypeGuess("text"))


def unpacked(
    *children: UnpackedChild, problems: tuple[Problem, ...] = (), policy: str = ""
) -> tuple[Case, Outcome]:
    case = case_of(policy)
    answer = Unpacked(children, problems, ())
    return case, run(unpack.STAGE, case, part_of(case, "zip", "a.zip"), FakeServices(answer))


def test_members_become_parts_below_their_container() -> None:
    case, outcome = unpacked(child("in.zip"), child("a.txt", parent=0), child("b.txt"))
    names = {part.id: part.name for part in case.parts}
    assert names == {"0.1": "a.zip", "0.1.1": "in.zip", "0.1.1.1": "a.txt", "0.1.2": "b.txt"}
    assert outcome == Ran("2 members: in.zip, b.txt", engine="unpack")


def test_many_members_are_counted_and_some_are_named() -> None:
    _, outcome = unpacked(*(child(f"{n}.txt") for n in range(6)))
    assert outcome == Ran("6 members: 0.txt, 1.txt, 2.txt, 3.txt, …", engine="unpack")


@pytest.mark.parametrize(
    ("problems", "kind"),
    [
        ((Encrypted(True),), SkipKind.ENCRYPTED),
        ((Unsupported("nothing opens it"),), SkipKind.UNSUPPORTED),
        ((OverLimit(Limit.DEPTH, 13, 12),), SkipKind.OVER_LIMIT),
        ((Damaged("it ends early"), OverLimit(Limit.RATIO, 900, 250)), SkipKind.OVER_LIMIT),
    ],
)
def test_what_is_not_opened_is_said(problems: tuple[Problem, ...], kind: SkipKind) -> None:
    case, outcome = unpacked(child(), problems=problems)
    assert isinstance(outcome, Skipped)
    assert outcome.kind is kind
    assert outcome.kind.opens_verdict
    assert len(case.parts) == 2  # what could be taken out is judged all the same


def test_a_damaged_archive_has_failed() -> None:
    _, outcome = unpacked(child(), problems=(Damaged("it ends early"),))
    assert outcome == Failed("it is damaged: it ends early", engine="unpack")


def test_an_encrypted_file_is_not_given_to_a_guest() -> None:
    case, services = case_of(), FakeServices()
    part = part_of(case, "zip")
    part.encrypted = True
    outcome = run(unpack.STAGE, case, part, services)
    assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.ENCRYPTED
    assert not services.guests.asked


@pytest.mark.parametrize("guest", BROKEN_GUESTS)
@pytest.mark.parametrize("stage", [parse.STAGE, unpack.STAGE])
def test_a_guest_that_breaks_costs_its_row(stage: Stage[StageServices], guest: object) -> None:
    case = case_of()
    subject = case.root if stage is parse.STAGE else part_of(case, "zip")
    assert isinstance(run(stage, case, subject, FakeServices(guest)), (Failed, TimedOut))


@pytest.mark.parametrize(
    ("members", "most"), [("members = 3", 3), ("members = 100000", MAX_SUBJECTS - 1)]
)
def test_archives_that_are_too_many_together_are_over_the_limit(members: str, most: int) -> None:
    children = [child(f"{n}") for n in range(most)]  # with the archive itself one too many
    case, outcome = unpacked(*children, policy=f"[limits]\n{members}\n")
    assert isinstance(outcome, Skipped)
    assert outcome.kind is SkipKind.OVER_LIMIT
    assert "policy.toml line 2" in outcome.rule
    assert len(case.parts) == most


def test_a_mail_with_more_parts_than_policy_wants_is_over_the_limit(line: Line) -> None:
    parts = [attached(f"{n}.zip", zip_of({"a.txt": b"one"})) for n in range(4)]
    whole = mail(*parts)
    over = line.run(whole, policy="[limits]\nmembers = 3\n")
    assert "limits.members is 3" in outcome(over, "parse")
    assert over.verdict is Verdict.UNSCANNED
    fits = line.run(whole, policy="[limits]\nmembers = 9\n")
    assert "Ran" in outcome(fits, "parse")
    assert fits.verdict is not None
    assert all("Ran" in outcome(fits, "unpack", zipped.id) for zipped in fits.parts[1:5])


def test_archives_of_one_mail_share_the_limit(line: Line) -> None:
    parts = [attached(f"{n}.zip", zip_of({"a.txt": b"one", "b.txt": b"two"})) for n in range(4)]
    case = line.run(mail(*parts), policy="[limits]\nmembers = 9\n")
    assert len(case.parts) == 9
    rows = [outcome(case, "unpack", part.id) for part in case.parts if part.type == "zip"]
    assert any("OVER_LIMIT" in row for row in rows)
    assert not case.trace.missing()


def test_a_mail_that_is_too_large_is_not_taken_apart() -> None:
    case, services = case_of("[limits]\nmessage_bytes = 65536\n"), FakeServices()
    case.root.content = BytesContent(bytes(65537))
    outcome = run(parse.STAGE, case, case.root, services)
    assert isinstance(outcome, Skipped) and outcome.kind is SkipKind.OVER_LIMIT
    assert not services.guests.asked


def identified(name: str, type_name: str) -> Ran:
    case = case_of()
    outcome = run(identify.STAGE, case, part_of(case, type_name, name), FakeServices())
    assert isinstance(outcome, Ran)
    return outcome


@pytest.mark.parametrize(
    ("name", "type_name", "code"),
    [
        ("holiday.jpg", "elf", identify.DISGUISED),
        ("letter.pdf", "sh", identify.DISGUISED),
        ("letter.pdf.exe", "pe", identify.DOUBLE_EXTENSION),
        ("LETTER.PDF .EXE", "pe", identify.DOUBLE_EXTENSION),
        ("setup.exe", "pe", ""),
        ("v1.2.sh", "sh", ""),
        ("noname", "elf", ""),
        ("letter.pdf", "docx", ""),
        ("letter.doc", "rtf", ""),
    ],
)
def test_programs_in_disguise(name: str, type_name: str, code: str) -> None:
    assert [finding.code for finding in identified(name, type_name).findings] == (
        [code] * bool(code)
    )


def test_a_part_without_a_type_has_failed() -> None:
    case = case_of()
    part = part_of(case)
    part.guess = None
    assert isinstance(run(identify.STAGE, case, part, FakeServices()), Failed)
