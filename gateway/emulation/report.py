"""What one detonation showed, as data: the JSON of `gatewayctl emulate` and of the page.

Built from the detonation and its judgement, so that neither can say what the other does not. Names
of fields are part of the interface. Pure.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import msgspec

from gateway.emulation.contract import Behaviour, Child, Detonation, Sample
from gateway.emulation.judge import Hit, Judgement
from gateway.model import Verdict, file_type

SCRIPT_CHARACTERS = 40_000
"""Of a script's text that a report holds."""

HANDED_ON = "handed on"
HELD = "inside"
"""Where a child comes from: its parent made it, fetched it or wanted it run; or it lies in it."""

OUTPUT_CHARACTERS = 8_000
"""Of what the sample printed."""


class ActorLine(msgspec.Struct, frozen=True):
    """Who acted."""

    pid: int
    parent: int
    program: str


class BehaviourLine(msgspec.Struct, frozen=True):
    """One behaviour; `time` in seconds since the sample started, `count` equal ones."""

    time: float
    kind: str
    action: str
    target: str
    arguments: list[str]
    actor: ActorLine
    failed: str
    count: int


class RuleLine(msgspec.Struct, frozen=True):
    """A rule that holds, and the behaviours it rests on, in words."""

    id: str
    title: str
    says: str
    severity: str
    confidence: int
    technique: str
    evidence: list[str]


class ChildLine(msgspec.Struct, frozen=True):
    """A file that the sample handed on, or that lies in it (`origin` says which).

    `verdict` is empty where it was not judged, because the same bytes are judged elsewhere;
    `reason` then says so. `children` is what it handed on in turn.
    """

    path: str
    sha256: str
    size: int
    origin: str = ""
    type: str = ""
    environment: str = ""
    verdict: str = ""
    reason: str = ""
    children: list[ChildLine] = []


class EmulationReport(msgspec.Struct, frozen=True):
    """The whole answer for one file.

    `stopped_by`: why it was not seen to its end, empty when it was; `environment` is empty when
    none ran it. `ms`: from the start of the guest to its end. `text`: the sample itself where it is
    a script. `printed`: what it wrote to its output. `screens`: what appeared, PNG as base64.
    """

    file: str
    type: str
    sha256: str
    environment: str
    verdict: str
    confidence: int
    reason: str
    behaviours: list[BehaviourLine]
    rules: list[RuleLine]
    children: list[ChildLine]
    ms: float
    stopped_by: str
    version: str = ""
    rules_version: str = ""
    exit_status: int | None = None
    notes: list[str] = []
    text: str = ""
    printed: str = ""
    screens: list[str] = []


def report_of(
    sample: Sample, detonation: Detonation, judgement: Judgement, rules_version: str
) -> EmulationReport:
    """The report on a sample that an environment ran."""
    stopped = detonation.stopped_by
    return EmulationReport(
        file=sample.name,
        type=sample.type,
        sha256=sha256(sample.data).hexdigest(),
        environment=detonation.environment,
        verdict=judgement.verdict.value,
        confidence=judgement.confidence,
        reason=judgement.reason,
        behaviours=[_behaviour(each) for each in detonation.behaviours],
        rules=[_rule(hit) for hit in judgement.hits],
        children=[_child(each) for each in detonation.children],
        ms=round(detonation.seconds * 1000, 1),
        stopped_by=stopped.detail if stopped else "",
        version=detonation.version,
        rules_version=rules_version,
        exit_status=detonation.exit_status,
        notes=list(detonation.notes),
        text=_readable(sample.data, SCRIPT_CHARACTERS),
        printed=_readable(detonation.output, OUTPUT_CHARACTERS),
        screens=[b64encode(each).decode() for each in detonation.screens],
    )


def report_without_run(sample: Sample, reason: str) -> EmulationReport:
    """The report on a sample that nothing ran: unscanned, and why."""
    return _not_run(sample, Verdict.UNSCANNED, f"It was not run: {reason}.", reason)


def report_on_inert(sample: Sample) -> EmulationReport:
    """The report on a file of a type that cannot act."""
    title = file_type(sample.type).title
    return _not_run(sample, Verdict.CLEAN, f"There is nothing to run: {title} cannot act.", "")


def _not_run(sample: Sample, verdict: Verdict, reason: str, stopped_by: str) -> EmulationReport:
    return EmulationReport(
        file=sample.name,
        type=sample.type,
        sha256=sha256(sample.data).hexdigest(),
        environment="",
        verdict=verdict.value,
        confidence=0,
        reason=reason,
        behaviours=[],
        rules=[],
        children=[],
        ms=0.0,
        stopped_by=stopped_by,
    )


def _behaviour(behaviour: Behaviour) -> BehaviourLine:
    actor = behaviour.actor
    return BehaviourLine(
        time=round(behaviour.time, 3),
        kind=behaviour.kind.value,
        action=behaviour.action,
        target=behaviour.target,
        arguments=list(behaviour.arguments),
        actor=ActorLine(actor.pid, actor.parent, actor.program),
        failed=behaviour.failed,
        count=behaviour.count,
    )


def _rule(hit: Hit) -> RuleLine:
    rule = hit.rule
    evidence = list(dict.fromkeys(behaviour.text for behaviour in hit.evidence))
    return RuleLine(
        id=rule.id,
        title=rule.title,
        says=rule.says,
        severity=rule.severity.value,
        confidence=rule.confidence,
        technique=rule.technique,
        evidence=evidence,
    )


def _child(child: Child) -> ChildLine:
    return ChildLine(child.path, child.sha256, child.size, HANDED_ON)


def _readable(untrusted_data: bytes, characters: int) -> str:
    """The beginning as text, when it is text; control characters are shown as such."""
    head = untrusted_data[: 4 * characters]
    if b"\0" in head:
        return ""
    text = head.decode("utf-8", "replace")[:characters]
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)
