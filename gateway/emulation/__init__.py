"""Threat emulation: environments that run files, behaviours they report, rules that judge them."""

from gateway.emulation.contract import (
    Absent,
    Actor,
    Behaviour,
    Budget,
    Child,
    Context,
    Detonation,
    Environment,
    Kind,
    Present,
    Sample,
    StopKind,
    Stopped,
)
from gateway.emulation.environments import chosen, environments, second, supports
from gateway.emulation.gvisor import Gvisor
from gateway.emulation.judge import Hit, Judgement, judge, judge_behaviours
from gateway.emulation.null import Null
from gateway.emulation.rules import Rule, RuleError, RuleSet, load_rules

__all__ = [
    "Absent",
    "Actor",
    "Behaviour",
    "Budget",
    "Child",
    "Context",
    "Detonation",
    "Environment",
    "Gvisor",
    "Hit",
    "Judgement",
    "Kind",
    "Null",
    "Present",
    "Rule",
    "RuleError",
    "RuleSet",
    "Sample",
    "StopKind",
    "Stopped",
    "chosen",
    "environments",
    "judge",
    "judge_behaviours",
    "load_rules",
    "second",
    "supports",
]
