"""scope: whether policy inspects, bypasses or blocks files of this type."""

from __future__ import annotations

from gateway.model import Finding, Outcome, Ran, Severity, Subject, SubjectKind
from gateway.pipeline import Case, Stage
from gateway.policy import ScopeAction
from gateway.stages.common import policy_of
from gateway.stages.services import StageServices

BLOCKED_TYPE = "scope.blocked_type"


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Write policy's answer into the part; a blocked part's plan ends here."""
    policy = policy_of(case)
    action = policy.scope.types.get(subject.type, policy.scope.default)
    named = subject.type in policy.scope.types
    rule = policy.where(f"scope.types.{subject.type}" if named else "scope.default")
    subject.scope = action.value
    match action:
        case ScopeAction.INSPECT:
            return Ran(f"type '{subject.type}' is inspected ({rule})")
        case ScopeAction.BYPASS:
            return Ran(f"type '{subject.type}' is bypassed ({rule})")
        case ScopeAction.BLOCK:
            evidence = f"policy blocks type '{subject.type}' ({rule})"
            case.end(subject, f"scope: {evidence}")
            return Ran(evidence, (Finding(BLOCKED_TYPE, Severity.INFO, 100, evidence, "scope"),))


STAGE: Stage[StageServices] = Stage(
    name="scope",
    purpose="Ask policy whether files of this type are inspected, bypassed or blocked.",
    subject=SubjectKind.PART,
    run=run,
    needs=("type",),
    gives=("scope",),
    judges=True,
)
