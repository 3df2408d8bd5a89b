"""Runs samples and counts: verdicts, reasons, seconds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.emulation import Budget, Context, Environment, Sample, judge, load_rules
from gateway.model import Verdict
from tools.corpus.detections import Case
from tools.detect.chain import judged

BUDGET = Budget(seconds=20.0)
"""As long as policy lets a file run by default (emulate.budget_seconds)."""

_TYPES = {
    **{name: name for name in ("docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm")},
    **{name: name for name in ("xlsb", "xlam", "pptx", "pptm", "ppsx", "ppsm", "potx", "potm")},
    **dict.fromkeys(("doc", "dot"), "ole-doc"),
    **dict.fromkeys(("xls", "xlt"), "ole-xls"),
    **dict.fromkeys(("ppt", "pps"), "ole-ppt"),
    "rtf": "rtf",
    "pdf": "pdf",
}
"""Types of the corpus' documents, by the ends of their names: which of them are looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One sample's outcome: its verdict, why it is not what it should be, seconds."""

    name: str
    verdict: Verdict
    reason: str
    seconds: float


def seen(environment: Environment, sample: Sample) -> Seen:
    """Detonate and judge."""
    begun = time.monotonic()
    result = environment.detonate(sample, Context(), BUDGET)
    seconds = time.monotonic() - begun  # with the guest's start and end
    judgement = judge(result, load_rules())
    rules = ", ".join(hit.rule.id for hit in judgement.hits[:3])
    reason = result.stopped_by.detail if result.stopped_by else rules
    return Seen(sample.name, judgement.verdict, reason, seconds)


def cases(environment: Environment, listed: Iterable[Case]) -> list[Seen]:
    """Every case in an environment."""
    return [seen(environment, Sample(c.name, c.type, c.make())) for c in listed]


def corpus(environment: Environment, directory: Path) -> Iterator[Seen]:
    """Every document below a directory that the environment runs, as mails would bring it."""
    files = [
        path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and _TYPES.get(path.suffix.lower().lstrip(".")) in environment.types
    ]
    for report in judged(files, int(BUDGET.seconds)):
        rules = ", ".join(rule.id for rule in report.rules[:3])
        verdict = Verdict(report.verdict)
        yield Seen(Path(report.file).name, verdict, rules or report.reason, report.ms / 1000)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
