"""What the static engine answers, and the partial results its examiners hand it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.model import Finding, Severity

ENGINE = "static"


@dataclass(frozen=True, slots=True)
class StaticReport:
    """What a file's structure shows without running it.

    `active` names what acts by itself when the file is opened; `extractable` what extraction can
    take out; `hosts` are named by links and references; `notes` say what could not be read.
    """

    findings: tuple[Finding, ...] = ()
    active: tuple[str, ...] = ()
    extractable: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    encrypted: bool = False
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Sight:
    """A report in the making: examiners add to it, `report` closes it."""

    findings: list[Finding] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    extractable: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    encrypted: bool = False
    notes: list[str] = field(default_factory=list)

    def find(self, code: str, severity: Severity, confidence: int, evidence: str) -> None:
        """Add a finding; `code` without the engine's name, `confidence` 0 to 100."""
        shown = "".join(sign if sign.isprintable() else " " for sign in evidence)[:300]
        self.findings.append(Finding(f"{ENGINE}.{code}", severity, confidence, shown, ENGINE))

    def acts(self, what: str) -> None:
        """Say that `what` acts by itself."""
        self.active.append(what)

    def report(self) -> StaticReport:
        """The finished report, each thing named once."""
        return StaticReport(
            findings=tuple(dict.fromkeys(self.findings)),
            active=tuple(dict.fromkeys(self.active)),
            extractable=tuple(dict.fromkeys(self.extractable)),
            hosts=tuple(sorted(self.hosts)),
            encrypted=self.encrypted,
            notes=tuple(self.notes),
        )
