"""From the finished case of one file to its report: what it did, and the chain below it.

The report's verdict is the strictest of the file's own and of everything it handed on or holds.
"""

from __future__ import annotations

import msgspec

from gateway.daemon.detonator import Detonated, Detonator, as_emulated
from gateway.emulation import Child, Sample
from gateway.emulation.report import (
    HANDED_ON,
    HELD,
    ChildLine,
    EmulationReport,
    report_of,
    report_on_inert,
    report_without_run,
)
from gateway.model import Acts, Content, Origin, Subject, Verdict, combine
from gateway.pipeline import Case, open_questions
from gateway.stages.alone import file_of
from gateway.stages.judge import judged
from gateway.stages.services import Emulated, NotEmulated, Urgency


class SeenDetonations:
    """`gateway.stages.services.Emulator` that remembers every detonation of one file's chain.

    The environment that somebody asked for, and the time, are for the file itself.
    """

    def __init__(self, detonator: Detonator, environment: str, seconds: int) -> None:
        self._detonator = detonator
        self._environment = environment
        self._seconds = seconds
        self._seen: dict[str, Detonated] = {}
        self.rules_version = detonator.rules_version

    async def emulate(
        self,
        content: Content,
        type_name: str,
        name: str,
        budget_seconds: int,
        urgency: Urgency = Urgency.PERSON,
        *,
        opened: bool = False,
    ) -> Emulated | NotEmulated:
        """Have a sample run."""
        first = not self._seen
        sample = Sample(name, type_name, content.read())
        outcome = await self._detonator.run(
            sample,
            self._seconds if first else min(self._seconds, budget_seconds),
            self._environment if first else "",
            opened=opened,
        )
        if isinstance(outcome, NotEmulated):
            return outcome
        self._seen[content.sha256] = outcome
        return as_emulated(outcome, self.rules_version)

    def of(self, subject: Subject) -> Detonated | None:
        """What the detonation of `subject` showed."""
        return self._seen.get(subject.content.sha256)


def report_of_case(case: Case, seen: SeenDetonations) -> EmulationReport:
    """The report on the file of `case`."""
    file = file_of(case)
    report = _own_report(case, file, seen)
    verdict = combine(
        [
            Verdict(report.verdict),
            *(_verdict(part, seen) for part in case.parts if part is not file),
        ]
    )
    children = _children(case, file, seen)
    changed = msgspec.structs.replace(report, children=children)
    if verdict.value == report.verdict:
        return changed
    worst = [part for part in case.parts if _verdict(part, seen) is verdict and part is not file]
    culprit = worst[-1]
    shown = seen.of(culprit)
    says = f"{culprit.label}, which it {_word(culprit)}, is {verdict}: {_reason(case, culprit)}"
    return msgspec.structs.replace(
        changed,
        verdict=verdict.value,
        reason=f"{says.rstrip('.')}.",
        confidence=shown.judgement.confidence if shown is not None else 0,
    )


def _own_report(case: Case, file: Subject, seen: SeenDetonations) -> EmulationReport:
    """What is said of the file itself."""
    sample = Sample(file.name, file.type, file.content.read())
    shown = seen.of(file)
    if shown is not None:
        report = report_of(sample, shown.detonation, shown.judgement, seen.rules_version)
        notes = [shown.why, *report.notes] if shown.why else report.notes
        return msgspec.structs.replace(report, notes=notes)
    if file.file_type.acts is Acts.NEVER:
        return report_on_inert(sample)
    if file.file_type.acts is Acts.CARRIES and file.verdict is not Verdict.UNSCANNED:
        reason = "It only carries files, and each of them is judged by itself."
        return msgspec.structs.replace(report_on_inert(sample), reason=reason)
    questions = open_questions(case.trace.line(file.id), case.judging)
    return report_without_run(sample, questions[0].reason if questions else "it cannot be run")


def _verdict(part: Subject, seen: SeenDetonations) -> Verdict:
    """The worst of what the plan's rows and the rules say."""
    shown = seen.of(part)
    own = part.verdict or Verdict.UNSCANNED
    return own if shown is None else combine([own, shown.judgement.verdict])


def _children(case: Case, part: Subject, seen: SeenDetonations) -> list[ChildLine]:
    """What `part` handed on or holds; files it left that are no part of their own come last."""
    shown = seen.of(part)
    left: tuple[Child, ...] = shown.detonation.children if shown is not None else ()
    paths = {child.sha256: child.path for child in left}
    lines = [
        ChildLine(
            path=paths.get(child.content.sha256, child.name),
            sha256=child.content.sha256,
            size=child.content.size,
            origin=HANDED_ON if child.origin is Origin.DROPPED else HELD,
            type=child.type,
            environment=_environment(child, seen),
            verdict=_verdict(child, seen).value,
            reason=_reason(case, child),
            children=_children(case, child, seen),
        )
        for child in (case.subjects[each] for each in part.children)
    ]
    followed = {line.sha256 for line in lines}
    elsewhere = {each.content.sha256 for each in case.subjects.values()}
    lines += [
        ChildLine(
            child.path,
            child.sha256,
            child.size,
            HANDED_ON,
            reason=_why_not(child, child.sha256 in elsewhere),
        )
        for child in left
        if child.sha256 not in followed
    ]
    return lines


def _why_not(child: Child, elsewhere: bool) -> str:
    if not child.size:
        return "it is empty"
    return "the same bytes are judged elsewhere in the chain" if elsewhere else "over the limit"


def _environment(part: Subject, seen: SeenDetonations) -> str:
    shown = seen.of(part)
    return shown.detonation.environment if shown is not None else ""


def _reason(case: Case, part: Subject) -> str:
    return judged(case, part)[1]


def _word(part: Subject) -> str:
    return "handed on" if part.chain else "holds"
