"""identify: what each part is by its content, against what its name and its sender claim."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.emulation import props
from gateway.model import (
    Acts,
    Failed,
    Family,
    Finding,
    Outcome,
    Ran,
    Severity,
    Subject,
    SubjectKind,
    TypeGuess,
)
from gateway.model.filetype import BY_EXTENSION, UNKNOWN
from gateway.pipeline import Case, Stage
from gateway.stages.services import StageServices

DISGUISED = "identify.disguised"
DOUBLE_EXTENSION = "identify.double_extension"
POLYGLOT = "identify.polyglot"

_ONE_READING = frozenset({Family.IMAGE, Family.MEDIA, Family.PDF})
"""Families whose honest files are of no second type."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Take the type that the guest told when it made the part, and compare it with the name."""
    guess = subject.guess
    if guess is None:
        return Failed("the inspector told no type")
    if subject.chain and subject.content.sha256 in props.digests():
        subject.type = UNKNOWN.name
        return Ran("a file of the guest's own machine, unchanged")
    subject.type = guess.type
    findings = (*_disguises(subject), *_polyglot(subject))
    return Ran(_words(subject, guess), findings, engine="libmagic")


def _words(subject: Subject, guess: TypeGuess) -> str:
    words = f"{subject.file_type.title}, by content"
    if guess.second:
        words += f"; magika says {guess.second} ({guess.second_score} %)"
    if subject.claimed_type:
        words += f"; declared as {subject.claimed_type}"
    return words


def _disguises(subject: Subject) -> tuple[Finding, ...]:
    """A program under a harmless file's name. Other mismatches are everyday life."""
    extensions = subject.name.lower().split(".")[1:]
    if not extensions or subject.file_type.acts is not Acts.ALWAYS:
        return ()
    named = BY_EXTENSION.get(extensions[-1].strip())
    if named is not None and named.acts in (Acts.NEVER, Acts.BY_CONTENT):
        evidence = f"{subject.name} is named as a {named.title} and is a {subject.file_type.title}"
        return (Finding(DISGUISED, Severity.HIGH, 75, evidence, "identify"),)
    before = BY_EXTENSION.get(extensions[-2].strip()) if len(extensions) > 1 else None
    if before is not None and before.acts in (Acts.NEVER, Acts.BY_CONTENT):
        evidence = f"{subject.name} hides its type behind a second extension"
        return (Finding(DOUBLE_EXTENSION, Severity.MEDIUM, 60, evidence, "identify"),)
    return ()


def _polyglot(subject: Subject) -> Iterator[Finding]:
    """One file, two readings: what a scanner takes for a picture, a program takes for a page. What
    carries or runs other files anyway gains nothing by it, and texts may speak of other files."""
    if subject.file_type.family not in _ONE_READING:
        return
    for second in subject.also:
        evidence = f"it is a {subject.file_type.title} and can be read as {second}, too"
        yield Finding(POLYGLOT, Severity.MEDIUM, 70, evidence, "identify")


STAGE: Stage[StageServices] = Stage(
    name="identify",
    purpose="Tell each part's type by its content and compare it with its name.",
    subject=SubjectKind.PART,
    run=run,
    needs=("parts",),
    gives=("type",),
    judges=True,
)
