"""What several stages share: the policy as its own type, guest results as outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.model import Failed, Subject, TimedOut
from gateway.pipeline import Case
from gateway.pipeline.case import MAX_SUBJECTS
from gateway.policy import Policy
from gateway.sandbox import GuestFailed, GuestTimedOut


def policy_of(case: Case) -> Policy:
    """The case's policy. Raises TypeError when it is not one: a programming error."""
    if not isinstance(case.policy, Policy):
        raise TypeError("a case of this plan needs a Policy")
    return case.policy


def most_parts(policy: Policy) -> int:
    """How many parts a mail may have: policy's limit, and never more than a case can hold."""
    return min(policy.limits.members, MAX_SUBJECTS - 1)


def around(case: Case, subject: Subject) -> Iterator[Subject]:
    """The parts that `subject` lies in, from the inside out; the message itself is none of them."""
    parent = subject.parent
    while parent and parent != case.root.id:
        yield case.subjects[parent]
        parent = case.subjects[parent].parent


def broken(result: GuestFailed | GuestTimedOut, what: str) -> Failed | TimedOut:
    """The outcome of a guest that did not answer; `what` it was doing, as `unpacking it`."""
    if isinstance(result, GuestTimedOut):
        return TimedOut(result.budget_ms, f"{what} took longer than {result.budget_ms} ms")
    return Failed(f"{what} failed: {result.error}")
