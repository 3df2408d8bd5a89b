"""reputation: digests that are known to be bad, from feeds on this machine.

The hosts of a file's links are looked up by static, which is the first to know them.
"""

from __future__ import annotations

from gateway.model import Outcome, Ran, SkipKind, Skipped, Subject, SubjectKind
from gateway.pipeline import Case, Enabled, InScope, NotCached, Stage
from gateway.stages.services import StageServices


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Look the part's SHA-256 up."""
    feeds = services.feeds
    if feeds.empty:
        why = feeds.problems[0] if feeds.problems else "no feed is installed"
        return Skipped(SkipKind.NOT_APPLICABLE, f"{why}: there is nothing to ask")
    digests = dict.fromkeys((subject.as_sent.sha256, subject.content.sha256))
    findings = tuple(found for digest in digests for found in feeds.look_up(digest, ()))
    if findings:
        return Ran(findings[0].evidence, findings, engine="feeds")
    return Ran(f"not in {feeds.describe()}", engine="feeds")


STAGE: Stage[StageServices] = Stage(
    name="reputation",
    purpose="Look each file's digest up in local feeds; static does so for hosts of links.",
    subject=SubjectKind.PART,
    run=run,
    gates=(Enabled("reputation.enabled"), InScope(), NotCached()),
    needs=("type",),
    on_failure="nothing is known of the file; the other stages judge it",
)
