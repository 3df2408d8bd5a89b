"""antivirus: known viruses, by clamd. A scanner that does not answer is never a clean answer."""

from __future__ import annotations

from typing import assert_never

from gateway.engines.antivirus import Clean, Infected, TooLarge, Unavailable
from gateway.model import Finding, Outcome, Ran, Severity, SkipKind, Skipped, Subject, SubjectKind
from gateway.pipeline import Case, Enabled, InScope, NotCached, Readable, Stage
from gateway.stages.common import around, policy_of
from gateway.stages.services import StageServices

VIRUS = "antivirus.found"
SUSPICION = "antivirus.suspected"

HEURISTICS = "Heuristics."
"""How clamd names what it guesses without a signature, such as overlapping zip members."""


MAILS_WHOLE = 3
"""Mails inside mails that are scanned as wholes. clamd takes a mail apart itself, with all that is
nested in it: forty mails one in the other would be scanned forty times, in minutes."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have the part scanned."""
    if subject.type == "eml" and subject.children and _mails_around(case, subject) >= MAILS_WHOLE:
        reason = f"it lies {MAILS_WHOLE} mails deep or deeper: its parts are scanned one by one"
        return Skipped(SkipKind.NOT_APPLICABLE, reason)
    result = await services.antivirus.scan(subject.content, policy_of(case).budgets.antivirus_ms)
    match result:
        case Clean():
            return Ran("no known virus", engine="clamd")
        case Infected(name=name):
            return _found(case, subject, name)
        case Unavailable(reason=reason):
            return Skipped(SkipKind.UNAVAILABLE, reason)
        case TooLarge():
            return Skipped(SkipKind.OVER_LIMIT, "clamd refuses files of this size")
        case _:
            assert_never(result)


def _mails_around(case: Case, subject: Subject) -> int:
    """How many mails the part lies in, the message itself not counted."""
    return sum(holder.type == "eml" for holder in around(case, subject))


def _found(case: Case, subject: Subject, name: str) -> Outcome:
    """A signature's match is proof; one of clamd's heuristics is suspicion."""
    evidence = f"clamd found {name}"
    if name.startswith(HEURISTICS):
        finding = Finding(SUSPICION, Severity.HIGH, 70, evidence, "clamd")
        return Ran(f"suspects {name}", (finding,), engine="clamd")
    if policy_of(case).emulate.stop_after_malicious:
        case.end(subject, f"antivirus found {name}")
    finding = Finding(VIRUS, Severity.CRITICAL, 100, evidence, "clamd")
    return Ran(f"found {name}", (finding,), engine="clamd")


STAGE: Stage[StageServices] = Stage(
    name="antivirus",
    purpose="Scan each file for known viruses.",
    subject=SubjectKind.PART,
    run=run,
    gates=(Enabled("antivirus.enabled"), InScope(), NotCached(), Readable()),
    needs=("type",),
    budget="budgets.antivirus_ms",
    judges=True,
)
