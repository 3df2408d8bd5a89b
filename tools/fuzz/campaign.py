"""Many mails, in one process or several; every failure is kept with what makes it again."""

from __future__ import annotations

import multiprocessing
import re
import resource
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.pipeline import Report
from tools.fuzz.checks import broken_promises, left_behind
from tools.fuzz.explainer import ENVELOPE, Explained, Explainer, Setup
from tools.fuzz.sources import sources
from tools.mutate import mutate

CHUNK: Final = 20
"""Mails a process is given at a time: progress is seen, and handing them out costs nothing."""

SLOW_SECONDS: Final = 4.0
"""Mails that take longer are counted: something waited for a budget of 5 s or more to end."""

MAX_REASONS: Final = 40
"""Kinds of broken rows that are told; the rest is counted."""

_VARYING: Final = re.compile(r"'[^']*'|\"[^\"]*\"|b'.*|\d+")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Mails `first` to `first + count - 1` of a seed; the corpus they come from."""

    seed: int
    first: int
    count: int
    corpus: Path
    setup: Setup


@dataclass(slots=True)
class Tally:
    """Figures of a number of mails. `failures` are numbers of mails and what was wrong."""

    mails: int = 0
    subjects: int = 0
    rows: int = 0
    extracted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_words: str = ""
    slow: int = 0
    peak_kib: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add the figures of other mails."""
        self.mails += other.mails
        self.subjects += other.subjects
        self.rows += other.rows
        self.extracted += other.extracted
        self.seconds += other.seconds
        if other.slowest > self.slowest:
            self.slowest, self.slowest_words = other.slowest, other.slowest_words
        self.slow += other.slow
        self.peak_kib = max(self.peak_kib, other.peak_kib)
        for mine, theirs in (
            (self.verdicts, other.verdicts),
            (self.actions, other.actions),
            (self.outcomes, other.outcomes),
            (self.broken, other.broken),
        ):
            mine.update(theirs)
        self.failures += other.failures

    def take(self, number: int, explained: Explained) -> None:
        """Count one mail."""
        self.mails += 1
        self.seconds += explained.seconds
        self.slow += explained.seconds > SLOW_SECONDS
        if explained.seconds > self.slowest:
            self.slowest = explained.seconds
            self.slowest_words = f"mail {number}, {_slowest_stage(explained.report)}"
        if explained.report is None:
            self.failures.append((number, explained.error))
            return
        self._count(explained.report)
        broken = broken_promises(explained.report, ENVELOPE.recipients)
        if explained.again is not None:
            self.extracted += 1
            twice = broken_promises(explained.again, ENVELOPE.recipients)
            broken += (*twice, *left_behind(explained.again))
        self.failures += [(number, sentence) for sentence in broken]

    def _count(self, report: Report) -> None:
        self.subjects += len(report.subjects)
        self.rows += len(report.rows)
        self.verdicts[report.verdict] += 1
        self.actions.update(disposition.action for disposition in report.dispositions)
        for row in report.rows:
            self.outcomes[row.outcome] += 1
            if row.outcome in ("failed", "timed_out"):
                self.broken[f"{row.stage}: {_VARYING.sub('…', row.reason)[:150]}"] += 1


def _slowest_stage(report: Report | None) -> str:
    """Where a mail's time went."""
    if report is None:
        return "without a report"
    row = max(report.rows, key=lambda row: row.ms)
    return f"{row.ms / 1000:.1f} s of it in {row.stage} on {row.subject}"


def run(campaign: Campaign, jobs: int, keep_in: Path) -> Iterator[Tally]:
    """The growing tally after each chunk. Failing mails are written into `keep_in`.

    Raises BrokenProcessPool when a process of the fuzzer itself dies.
    """
    total = Tally()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (campaign,)) as pool:
        end = campaign.first + campaign.count
        starts = range(campaign.first, end, CHUNK)
        chunks = [pool.submit(_chunk, start, min(start + CHUNK, end)) for start in starts]
        for chunk in as_completed(chunks):
            tally = chunk.result()
            total.add(tally)
            for number, sentence in tally.failures:
                _keep(campaign, number, sentence, keep_in)
            yield total


def run_here(campaign: Campaign) -> Tally:
    """The tally of the whole campaign, in this process."""
    mails, tally = sources(campaign.corpus), Tally()
    with Explainer(campaign.setup) as explainer:
        for number in range(campaign.first, campaign.first + campaign.count):
            tally.take(number, explainer.explain(mutate(campaign.seed, number, mails)))
    return tally


@dataclass(slots=True)
class _Process:
    """What a process of the pool holds: made once, used for every chunk."""

    seed: int
    sources: list[bytes]
    explainer: Explainer


_here: list[_Process] = []


def _start(campaign: Campaign) -> None:
    explainer = Explainer(campaign.setup)
    _here.append(_Process(campaign.seed, sources(campaign.corpus), explainer))
    # At exit of a pool's process only these finalizers run.
    multiprocessing.util.Finalize(None, explainer.end, exitpriority=10)


def _chunk(first: int, end: int) -> Tally:
    (process,) = _here
    tally = Tally()
    for number in range(first, end):
        mail = mutate(process.seed, number, process.sources)
        tally.take(number, process.explainer.explain(mail))
    tally.peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return tally


def _keep(campaign: Campaign, number: int, sentence: str, folder: Path) -> None:
    """The mail as a file, and beside it what was wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"explain-{campaign.seed}-{number:06}"
    mail = mutate(campaign.seed, number, sources(campaign.corpus))
    (folder / f"{stem}.eml").write_bytes(mail)
    with (folder / f"{stem}.txt").open("a") as told:
        told.write(f"{sentence}\n")
