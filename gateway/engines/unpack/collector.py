"""Collects the children of one container: meters limits, names, types, and writes contents.

The only place where limits are counted, so that no format can forget one.
"""

from __future__ import annotations

from gateway.engines.identify import identify
from gateway.engines.identify_model import Identified
from gateway.engines.unpack.model import (
    RATIO_FLOOR,
    Child,
    Contents,
    Damaged,
    Glance,
    Limit,
    LimitReachedError,
    OverLimit,
    Problem,
    UnpackLimits,
    Write,
    no_glance,
)
from gateway.engines.unpack.names import display_name, oddity
from gateway.model import Finding, Origin, TypeGuess

MAX_FINDINGS = 64
"""Findings of one container; an archive of a thousand odd names says no more than sixty do."""

_UNREAD = TypeGuess("unknown")


class Collector:
    """Children, problems and findings of one container of `packed` bytes."""

    def __init__(
        self, packed: int, limits: UnpackLimits, write: Write, glance: Glance = no_glance
    ) -> None:
        self._limits = limits
        self._write = write
        self._glance = glance
        self._unpacked = 0
        self._ratio_limit = max(RATIO_FLOOR, packed * limits.ratio)
        self._children: list[Child] = []
        self._problems: list[Problem] = []
        self._findings: dict[tuple[str, str], Finding] = {}

    def __len__(self) -> int:
        return len(self._children)

    @property
    def member_limit(self) -> int:
        """Bytes that the next member may have at most before some limit is reached."""
        left = min(self._limits.total_bytes, self._ratio_limit) - self._unpacked
        return max(0, min(left, self._limits.member_bytes))

    def over_member_limit(self) -> LimitReachedError:
        """The limit that `member_limit` stood for."""
        left = self._limits.total_bytes - self._unpacked
        if self._limits.member_bytes <= min(left, self._ratio_limit - self._unpacked):
            return _reached(
                Limit.MEMBER_BYTES, self._limits.member_bytes + 1, self._limits.member_bytes
            )
        if left <= self._ratio_limit - self._unpacked:
            total = self._limits.total_bytes
            return _reached(Limit.TOTAL_BYTES, total + 1, total)
        return _reached(Limit.RATIO, self._limits.ratio + 1, self._limits.ratio)

    def count(self) -> None:
        """Make room for one more member. Raises LimitReachedError."""
        if len(self._children) >= self._limits.members:
            raise _reached(Limit.MEMBERS, len(self._children) + 1, self._limits.members)

    def add(
        self,
        raw_name: bytes,
        data: bytes,
        *,
        origin: Origin = Origin.MEMBER,
        parent: int = -1,
        claimed: str = "",
        guess: TypeGuess | None = None,
        taken_apart: bool = False,
    ) -> int:
        """A member with its content; returns its index. Raises LimitReachedError."""
        self.count()
        if len(data) > self.member_limit:
            raise self.over_member_limit()
        self._unpacked += len(data)
        name = self._name(raw_name)
        identified = Identified(guess) if guess else identify(data, name, claimed)
        child = Child(
            name=name,
            raw_name=raw_name,
            origin=origin,
            offset=self._write(data),
            size=len(data),
            guess=identified.guess,
            parent=parent,
            claimed_type=claimed,
            doubtful=identified.doubtful,
            taken_apart=taken_apart,
            report=None if taken_apart else self._glance(data, identified.guess.type, name),
        )
        for second in identified.also:
            self.note(
                "identify.polyglot",
                f"{name or 'a member'} is {identified.guess.type} and can be read as {second} too",
            )
        self._children.append(child)
        return len(self._children) - 1

    def add_unreadable(self, raw_name: bytes, size: int, *, encrypted: bool) -> None:
        """A member whose content could not be had: name and claimed size only."""
        self.count()
        name = self._name(raw_name)
        child = Child(name, raw_name, Origin.MEMBER, -1, max(0, size), _UNREAD, encrypted=encrypted)
        self._children.append(child)

    def problem(self, problem: Problem) -> None:
        """Record a problem once."""
        if problem not in self._problems:
            self._problems.append(problem)

    def explain_damage(self, problem: Problem) -> None:
        """Put `problem` in the place of damage, where there is any: it is why."""
        others = [each for each in self._problems if not isinstance(each, Damaged)]
        if len(others) < len(self._problems):
            self._problems = [problem, *others]

    def note(self, code: str, evidence: str) -> None:
        """Record a finding; see names.py for its severity."""
        if len(self._findings) < MAX_FINDINGS:
            self._findings.setdefault((code, evidence), oddity(code, evidence))

    def contents(self) -> Contents:
        """Everything collected."""
        return Contents(
            tuple(self._children), tuple(self._problems), tuple(self._findings.values())
        )

    def _name(self, raw_name: bytes) -> str:
        name, codes = display_name(raw_name)
        for code in codes:
            self.note(code, f"member {name!r}")
        return name


def _reached(which: Limit, value: int, limit: int) -> LimitReachedError:
    return LimitReachedError(OverLimit(which, value, limit))
