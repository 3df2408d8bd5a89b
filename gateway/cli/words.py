"""How outcomes, verdicts and actions are shown: a sign, a word, a colour."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.pipeline.report import RowReport


@dataclass(frozen=True, slots=True)
class Look:
    """A sign of one column, the word an administrator understands, and rich's style."""

    sign: str
    word: str
    style: str


_SKIPS: dict[str, Look] = {
    "not_applicable": Look("·", "not needed", "dim"),
    "cached": Look("≡", "known", "cyan"),
    "out_of_scope": Look("·", "left out", "dim"),
    "disabled": Look("?", "switched off", "yellow"),
    "over_limit": Look("?", "over a limit", "yellow"),
    "unavailable": Look("?", "unavailable", "yellow"),
    "overloaded": Look("?", "overloaded", "yellow"),
    "background": Look("?", "in the background", "yellow"),
    "unsupported": Look("?", "unsupported", "yellow"),
    "encrypted": Look("?", "encrypted", "yellow"),
}
_OUTCOMES: dict[str, Look] = {
    "ran": Look("✓", "", "green"),
    "failed": Look("✗", "broke", "red"),
    "timed_out": Look("✗", "took too long", "red"),
    "not_reached": Look("–", "not reached", "dim"),
}
_FOUND = Look("!", "", "bold red")
_ODD = Look("?", "", "yellow")

VERDICT_STYLE = {
    "clean": "green",
    "unscanned": "yellow",
    "suspicious": "magenta",
    "malicious": "bold red",
}

ACTION_WORDS = {
    "deliver": "delivered as it came",
    "deliver-extracted": "delivered without what was taken out",
    "quarantine": "kept in quarantine",
    "reject": "refused (550)",
    "tempfail": "not taken now (451), the sender tries again",
}

TAGGED_MAIL = {"pass": "passes uninspected", "drop": "is dropped"}
"""What happens to mail in VLAN tags, by `nic.vlan`: it cannot be inspected."""

ACTION_STYLE = {
    "deliver": "green",
    "deliver-extracted": "cyan",
    "quarantine": "yellow",
    "reject": "bold red",
    "tempfail": "yellow",
}

WEIGHTY = frozenset({"medium", "high", "critical"})
"""Severities that make a row stand out."""


def look_of(row: RowReport) -> Look:
    """How a row is shown. A kind or outcome of another version of the gateway is shown as odd."""
    if any(finding.severity in WEIGHTY for finding in row.findings):
        base = _base(row)
        return Look(_FOUND.sign, base.word, _FOUND.style)
    return _base(row)


def _base(row: RowReport) -> Look:
    if row.outcome == "skipped":
        return _SKIPS.get(row.kind, Look(_ODD.sign, row.kind, _ODD.style))
    return _OUTCOMES.get(row.outcome, Look(_ODD.sign, row.outcome, _ODD.style))


def size_words(size: int) -> str:
    """A size for people: `412 bytes`, `3.4 kB`, `12 MB`."""
    if size < 1000:
        return f"{size} bytes" if size != 1 else "1 byte"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    raise AssertionError("the last unit returns")


def time_words(seconds: float) -> str:
    """A duration for people: `45 s`, `3 min`, `2 h 5 min`, `4 d 3 h`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"
