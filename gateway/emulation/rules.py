"""Behaviour rules as data: their form, and a loader that reports every mistake at once.

A rule holds when each of its `needs` is met and none of its `unless`. This module reads rules; it
judges nothing (see `gateway.emulation.judge`).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.emulation.contract import ACTIONS, Kind, StopKind
from gateway.model import Severity

DIRECTORY = Path(__file__).with_name("rules")
"""The rules shipped with the project."""


class RuleError(Exception):
    """Rules that cannot be used: the message holds one line for each mistake of all files."""


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
Text = Annotated[str, Field(min_length=1)]


class Need(BaseModel):
    """A condition on behaviours: those that match all of its fields, at least `at_least` of them.

    kind, action: one of; empty means any. target, program, argument: regular expressions searched
    in the target, the acting program's path, the arguments joined by spaces; `not_` turns round.
    content: searched in the file that was written to the target, if it was handed back.
    distinct: count different targets instead of occurrences. same_target: the target of an earlier
    need (its number, from 0) must have met that need before; after: any target of it before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: tuple[Kind, ...] = ()
    action: tuple[str, ...] = ()
    target: Pattern = ""
    not_target: Pattern = ""
    program: Pattern = ""
    not_program: Pattern = ""
    argument: Pattern = ""
    not_argument: Pattern = ""
    content: Pattern = ""
    result: Literal["any", "done", "failed"] = "any"
    at_least: int = Field(1, ge=1)
    distinct: bool = False
    same_target: int | None = Field(None, ge=0)
    after: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _known_actions(self) -> Need:
        kinds = self.kind or tuple(Kind)
        possible = frozenset[str]().union(*(ACTIONS[kind] for kind in kinds))
        unknown = sorted(set(self.action) - possible)
        if unknown:
            raise ValueError(f"no such action of {', '.join(kinds)}: {', '.join(unknown)}")
        return self


class Rule(BaseModel):
    """One rule. `says` is the sentence that people read; technique is MITRE ATT&CK's number.

    stopped: the detonation must have been stopped by one of these. Rules of severity low and info
    add context and never change a verdict.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    says: Annotated[str, Field(min_length=10, pattern=r"^[A-Z].*\.$")]
    severity: Severity
    confidence: Annotated[int, Field(ge=0, le=100)]
    technique: Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")]
    needs: tuple[Need, ...] = ()
    unless: tuple[Need, ...] = ()
    stopped: tuple[StopKind, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Rule:
        if not self.needs and not self.stopped:
            raise ValueError("a rule needs at least one condition")
        for number, need in enumerate(self.needs):
            for reference in (need.same_target, need.after):
                if reference is not None and reference >= number:
                    raise ValueError(
                        f"need {number} refers to need {reference}, which is no earlier one"
                    )
        if any(need.same_target is not None or need.after is not None for need in self.unless):
            raise ValueError("'unless' cannot refer to needs")
        return self


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order of their files, with a version that changes with any of them."""

    rules: tuple[Rule, ...]
    version: str


def load_rules(path: Path = DIRECTORY) -> RuleSet:
    """Rules of one `.toml` file or of all in a directory. Raises RuleError with every mistake."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    mistakes: list[str] = []
    rules: list[Rule] = []
    for file in files:
        rules += _file_rules(file, mistakes)
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            mistakes.append(f"rule '{rule.id}' is defined twice")
        seen.add(rule.id)
    if not files or not (rules or mistakes):
        mistakes.append(f"{path}: no rules")
    if mistakes:
        raise RuleError("\n".join(mistakes))
    return RuleSet(tuple(rules), _version(rules))


def _file_rules(file: Path, mistakes: list[str]) -> list[Rule]:
    try:
        document = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        mistakes.append(f"{file.name}: {error}")
        return []
    unknown = sorted(set(document) - {"rule"})
    if unknown:
        mistakes.append(f"{file.name}: unknown {', '.join(unknown)}; only [[rule]] is known")
    entries = document.get("rule", [])
    found: list[Rule] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        name = (
            entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
        )
        try:
            found.append(Rule.model_validate(entry))
        except ValidationError as error:
            for problem in error.errors():
                place = ".".join(map(str, problem["loc"])) or "rule"
                mistakes.append(f"{file.name}: rule {name}: {place}: {problem['msg']}")
    return found


def _version(rules: list[Rule]) -> str:
    text = "\n".join(rule.model_dump_json() for rule in rules)
    return sha256(text.encode()).hexdigest()[:12]
