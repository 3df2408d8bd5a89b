"""Every gate, open and closed: its decision, its words, and what the drawing says of it."""

from __future__ import annotations

import pytest

from gateway.model import CachedVerdict, SkipKind, Skipped, Subject, Verdict
from gateway.pipeline import (
    CanAct,
    CanBeExtracted,
    Carries,
    Enabled,
    Gate,
    InScope,
    NotCached,
    Readable,
    TypeListed,
    WithinLimits,
)
from gateway.pipeline.gates import number
from tests.unit.pipeline.samples import FakePolicy, add, case_of

POLICY = FakePolicy(
    on=True,
    off=False,
    emulate__types=["sh", "elf"],
    extract__types=["pdf", "jpeg"],
    empty=[],
    count=7,
    word="seven",
)
LISTED = TypeListed("emulate.types", SkipKind.UNSUPPORTED, "no environment here runs it")


def subject(type_name: str = "text", children: int = 0, **learned: object) -> Subject:
    """A part of a type, and what stages learned of it."""
    case = case_of()
    part = add(case, case.root, "a", type_name)
    for _ in range(children):
        add(case, part)
    for name, value in learned.items():
        setattr(part, name, value)
    return part


CACHED = CachedVerdict(Verdict.CLEAN, "nothing was found", 0.0, True)

OPEN: list[tuple[Gate, Subject]] = [
    (Enabled("on"), subject()),
    (InScope(), subject()),
    (InScope(), subject(scope="block")),
    (Readable(), subject()),
    (WithinLimits(), subject()),
    (NotCached(), subject()),
    (Carries(), subject("zip")),
    (Carries(), subject("eml")),
    (Carries(("docx",)), subject("docx")),
    (CanAct(), subject("sh")),
    (CanAct(), subject("elf")),
    (CanAct(), subject("pdf", active=("a script",))),
    (CanAct(), subject("pdf")),  # static did not run: the question stays open
    (LISTED, subject("sh")),
    (CanBeExtracted(), subject("pdf")),
    (CanBeExtracted(), subject("docm")),
    (CanBeExtracted(), subject("sh")),
    (CanBeExtracted(), subject("jpeg")),
]

NOT = SkipKind.NOT_APPLICABLE

CLOSED: list[tuple[Gate, Subject, SkipKind, str]] = [
    (Enabled("off"), subject(), SkipKind.DISABLED, "off is off"),
    (InScope(), subject("pe", scope="bypass"), SkipKind.DISABLED, "policy bypasses type 'pe'"),
    (
        Readable(),
        subject("zip", encrypted=True),
        SkipKind.ENCRYPTED,
        "the zip archive is encrypted: nobody without its key can look inside",
    ),
    (WithinLimits(), subject(limit_note="it is too deep"), SkipKind.OVER_LIMIT, "it is too deep"),
    (
        NotCached(),
        subject(cached=CACHED),
        SkipKind.CACHED,
        "from the cache: clean: nothing was found",
    ),
    (Carries(), subject("png"), NOT, "A PNG picture carries no other files"),
    (Carries(), subject("docx"), NOT, "A Word document carries no other files"),
    (CanAct(), subject("text"), NOT, "Plain text cannot act: there is nothing to run"),
    (CanAct(), subject("png"), NOT, "A PNG picture cannot act: there is nothing to run"),
    (
        CanAct(),
        subject("zip"),
        NOT,
        "A zip archive only carries files: none could be taken from it",
    ),
    (
        CanAct(),
        subject("zip", children=1),
        NOT,
        "A zip archive only carries files: the one inside is judged as a part of its own",
    ),
    (
        CanAct(),
        subject("rar", children=3),
        NOT,
        "An RAR archive only carries files: the 3 inside are judged as parts of their own",
    ),
    (
        CanAct(),
        subject("pdf", active=()),
        NOT,
        "static found nothing in this PDF document that acts by itself",
    ),
    (
        LISTED,
        subject("pe"),
        SkipKind.UNSUPPORTED,
        "no environment here runs it: type 'pe' is not in emulate.types (sh, elf)",
    ),
    (
        TypeListed("empty", NOT, "no extractor handles it"),
        subject("pdf"),
        NOT,
        "no extractor handles it: type 'pdf' is not in empty (empty)",
    ),
    (
        CanBeExtracted(),
        subject("text"),
        NOT,
        "Plain text has nothing that could be taken out",
    ),
    (
        CanBeExtracted(),
        subject("zip", children=2),
        NOT,
        "A zip archive only carries files: the 2 inside are judged as parts of their own",
    ),
]


@pytest.mark.parametrize(("gate", "part"), OPEN)
def test_open(gate: Gate, part: Subject) -> None:
    assert gate.check(part, POLICY) is None


@pytest.mark.parametrize(("gate", "part", "kind", "reason"), CLOSED)
def test_closed(gate: Gate, part: Subject, kind: SkipKind, reason: str) -> None:
    skipped = gate.check(part, POLICY)
    assert isinstance(skipped, Skipped)
    assert (skipped.kind, skipped.reason) == (kind, reason)
    by_policy = isinstance(gate, (Enabled, InScope, TypeListed))
    assert skipped.rule == ("policy.toml line 7" if by_policy else "")


def test_every_gate_is_seen_open_and_closed() -> None:
    kinds = {Enabled, InScope, Readable, WithinLimits, NotCached, Carries, CanAct, TypeListed}
    kinds.add(CanBeExtracted)
    assert {type(gate) for gate, _ in OPEN} == kinds
    assert {type(gate) for gate, *_ in CLOSED} == kinds


@pytest.mark.parametrize(("gate", "kind"), [(gate, kind) for gate, _, kind, _ in CLOSED])
def test_the_drawing_names_the_kind_that_a_closed_gate_gives(gate: Gate, kind: SkipKind) -> None:
    assert gate.describe(POLICY).endswith(f"else {kind}")


def test_the_drawing_says_what_is_set_and_where() -> None:
    assert Enabled("off").describe(POLICY) == (
        "off is on (now off, policy.toml line 7), else disabled"
    )
    assert LISTED.describe(POLICY) == (
        "the type is in emulate.types (sh, elf; policy.toml line 7), else unsupported"
    )


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (Enabled("count"), "setting count is not a boolean"),
        (TypeListed("word", NOT, "why"), "setting word is not a list"),
    ],
)
def test_a_setting_of_another_kind_is_a_programming_error(gate: Gate, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        gate.check(subject(), POLICY)


def test_numbers_of_a_policy() -> None:
    assert number(POLICY, "count") == 7
    with pytest.raises(TypeError, match="setting word is not a whole number"):
        number(POLICY, "word")
