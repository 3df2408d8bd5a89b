"""What a file handed on when it ran becomes parts of the mail, within policy's limits.

Part of the emulate stage. The parts go through the whole plan; what lies in the mail already, or
is a copy of something above it, is judged where it stands and not a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.model import Origin, Subject
from gateway.pipeline import Case, TooManySubjectsError
from gateway.policy import Policy
from gateway.sandbox import GuestFailed, GuestTimedOut
from gateway.stages.common import most_parts, policy_of
from gateway.stages.services import HandedOn, StageServices

NAME_LENGTH = 200
"""Characters of a handed-on file's name that are kept: file systems allow 255 bytes."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How many files became parts; which limit kept others from it, and where policy says so."""

    count: int
    over: str = ""
    rule: str = ""


async def follow(
    case: Case, subject: Subject, children: Iterable[HandedOn], services: StageServices
) -> Followed:
    """Make a part of each child that is new to the mail."""
    policy = policy_of(case)
    known = {part.content.sha256 for part in case.subjects.values()}
    count = 0
    for child in children:
        if not child.content.size or child.content.sha256 in known:
            continue
        known.add(child.content.sha256)
        if limit := _limit_reached(case, policy, child.content.size):
            key, words = limit
            return Followed(count, f"not everything it handed on is followed: {words}", key)
        try:
            part = case.add_part(
                subject,
                origin=Origin.DROPPED,
                name=_name(child.path),
                claimed_type="",
                content=child.content,
            )
        except TooManySubjectsError as error:
            return Followed(count, f"not everything it handed on is followed: {error}")
        count += 1
        guess = await services.inspector.identify(
            child.content, part.name, policy.budgets.identify_ms
        )
        if not isinstance(guess, GuestFailed | GuestTimedOut):
            part.guess = guess  # without one, the identify stage says that nobody told the type
    return Followed(count)


def _limit_reached(case: Case, policy: Policy, size: int) -> tuple[str, str] | None:
    """The place of the limit in policy and its words; None while there is room for the file."""
    dropped = sum(part.origin is Origin.DROPPED for part in case.parts)
    if dropped >= policy.emulate.chain_files:
        where = policy.where("emulate.chain_files")
        return where, f"emulate.chain_files is {policy.emulate.chain_files}"
    if len(case.subjects) > most_parts(policy):
        return policy.where("limits.members"), f"limits.members is {policy.limits.members}"
    held = sum(part.content.size for part in case.parts if part.parent != case.root.id)
    if held + size > policy.limits.unpacked_bytes:
        where = policy.where("limits.unpacked_bytes")
        return where, f"limits.unpacked_bytes is {policy.limits.unpacked_bytes}"
    return None


def _name(untrusted_path: str) -> str:
    """The last step of a path of either system, in printable characters."""
    last = untrusted_path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable())[-NAME_LENGTH:]
