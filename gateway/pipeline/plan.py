"""The plan: an ordered tuple of stages, checked once when it is built.

A plan's version names its stages and the engines behind them, so that a cached verdict is never
taken for the verdict of another plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

from gateway.model import SubjectKind
from gateway.pipeline.stage import Services, Stage

S = TypeVar("S", bound=Services)


class PlanError(Exception):
    """The stages do not form a plan: a programming error."""


@dataclass(frozen=True)
class Plan(Generic[S]):
    """Stages in order: message stages, part stages, message stages.

    Raises PlanError for a name used twice, a need that no earlier stage gives, or part stages
    that are not contiguous.
    """

    stages: tuple[Stage[S], ...]

    def __post_init__(self) -> None:
        given: set[str] = set()
        seen: set[str] = set()
        for stage in self.stages:
            if stage.name in seen:
                raise PlanError(f"stage {stage.name} appears twice")
            missing = [need for need in stage.needs if need not in given]
            if missing:
                raise PlanError(f"stage {stage.name} needs {missing[0]}, which nothing gives")
            seen.add(stage.name)
            given.update(stage.gives)
        if self.stages != (*self.opening, *self.part_stages, *self.closing):
            raise PlanError("part stages must follow each other")

    @property
    def names(self) -> tuple[str, ...]:
        """The stages' names in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def opening(self) -> tuple[Stage[S], ...]:
        """The message stages before the first part stage."""
        return self.stages[: self._first_part]

    @property
    def part_stages(self) -> tuple[Stage[S], ...]:
        """The stages that work on each part."""
        return tuple(stage for stage in self.stages if stage.subject is SubjectKind.PART)

    @property
    def closing(self) -> tuple[Stage[S], ...]:
        """The message stages after the last part stage."""
        return self.stages[self._first_part + len(self.part_stages) :]

    @property
    def judging(self) -> frozenset[str]:
        """Names of the stages whose silence leaves the verdict open."""
        return frozenset(stage.name for stage in self.stages if stage.judges)

    def version(self, engines: tuple[str, ...] = ()) -> str:
        """A short digest of the stages and of `engines` (names with versions)."""
        text = "\n".join((*self.names, *sorted(engines)))
        return sha256(text.encode()).hexdigest()[:12]

    @property
    def _first_part(self) -> int:
        for index, stage in enumerate(self.stages):
            if stage.subject is SubjectKind.PART:
                return index
        return len(self.stages)
