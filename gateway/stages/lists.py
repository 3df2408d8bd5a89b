"""lists: files that policy always lets through and files it never takes, by SHA-256 and host."""

from __future__ import annotations

from gateway.model import Finding, Outcome, Ran, Severity, Subject, SubjectKind
from gateway.pipeline import Case, Stage
from gateway.policy import listed_hash
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices

BLOCKED_FILE = "lists.blocked_file"


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Look the part's digest up; an entry ends the part's plan either way."""
    policy = policy_of(case)
    lists = policy.lists
    if not (lists.allow_hashes or lists.block_hashes):
        return Ran("policy lists no files")
    match = listed_hash(policy, subject.as_sent.sha256)
    if match is None and subject.lock is not None:
        match = listed_hash(policy, subject.content.sha256)
    if match is None:
        return Ran("not on a list")
    if match.allowed:
        subject.listed = "allow"
        case.end(subject, f"lists: its SHA-256 is allowed ({match.rule})")
        return Ran(f"its SHA-256 is allowed ({match.rule})")
    subject.listed = "block"
    case.end(subject, f"lists: its SHA-256 is blocked ({match.rule})")
    evidence = f"its SHA-256 is blocked ({match.rule})"
    return Ran(evidence, (Finding(BLOCKED_FILE, Severity.INFO, 100, evidence, "lists"),))


STAGE: Stage[StageServices] = Stage(
    name="lists",
    purpose="Look each file up in policy's lists of allowed and blocked digests.",
    subject=SubjectKind.PART,
    run=run,
    needs=("type",),
    gives=("listed",),
    judges=True,
)
