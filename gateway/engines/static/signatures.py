"""The project's own YARA rules: compiled once, matched against each file.

Rules lie in `rules/`, one file per subject. Each carries `id`, `title`, `severity`, `confidence`;
`types` (a comma-separated list) limits it to types. A rule without these does not load.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yara_x

from gateway.engines.static.report import Sight
from gateway.model import Severity

RULES = Path(__file__).parent / "rules"
MAX_SCANNED = 16 * 1024 * 1024
"""Bytes of a file that are matched: its beginning. Scripts and droppers show themselves early."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's metadata, validated."""

    id: str
    title: str
    severity: Severity
    confidence: int
    types: frozenset[str]


class Signatures:
    """All rules, compiled."""

    def __init__(self, sources: dict[str, str]) -> None:
        compiler = yara_x.Compiler()
        compiler.define_global("file_type", "")
        compiler.define_global("file_name", "")
        for name in sorted(sources):
            compiler.new_namespace(name)
            compiler.add_source(sources[name], origin=name)
        self._scanner = yara_x.Scanner(compiler.build())
        # No time limit here: yara-x would start a thread for it, which a guest may not. The
        # guest is killed from outside.

    @staticmethod
    @cache
    def shared() -> Signatures:
        """The rules of this installation; read and compiled at the first call."""
        return Signatures({path.stem: path.read_text() for path in sorted(RULES.glob("*.yar"))})

    def match(self, sight: Sight, data: bytes, type_name: str, name: str) -> None:
        """Add a finding for each rule that matches."""
        self._scanner.set_global("file_type", type_name)
        self._scanner.set_global("file_name", name)
        for matched in self._scanner.scan(data[:MAX_SCANNED]).matching_rules:
            rule = read_rule(matched.metadata)
            if not rule.types or type_name in rule.types:
                sight.find(f"rule.{rule.id}", rule.severity, rule.confidence, rule.title)


def read_rule(metadata: tuple[tuple[str, Any], ...]) -> Rule:
    """A rule's metadata. Raises KeyError or ValueError for one that lacks or misspells some."""
    fields = dict(metadata)
    types = frozenset(part.strip() for part in str(fields.get("types", "")).split(",") if part)
    return Rule(
        id=str(fields["id"]),
        title=str(fields["title"]),
        severity=Severity(str(fields["severity"])),
        confidence=int(fields["confidence"]),
        types=types,
    )
