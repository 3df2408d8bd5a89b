"""The workflow for a terminal or a plain file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from gateway.cli.drawing.data import Fate, Picture, Step
from gateway.model import SubjectKind

_HEADINGS = {SubjectKind.MESSAGE: "For the mail as a whole", SubjectKind.PART: "For each part"}
_SIGNS = {"": "▸", Fate.RUNS: "✓", Fate.DEPENDS: "?", Fate.SKIPPED: "·"}
_INDENT = 17


def as_text(picture: Picture, columns: int = 80) -> str:
    """The workflow in lines of at most `columns`."""
    return "\n".join(_lines(picture, columns)) + "\n"


def title(picture: Picture) -> str:
    """What the picture shows, in one line."""
    of = f" of a {picture.title} ('{picture.type}')" if picture.type else ""
    return f"Workflow{of}: plan {picture.plan}, policy {picture.policy}"


def _lines(picture: Picture, columns: int) -> Iterator[str]:
    yield from textwrap.wrap(title(picture), columns)
    for subject, steps in groupby(picture.steps, lambda step: step.subject):
        yield ""
        yield _HEADINGS[SubjectKind(subject)]
        for step in steps:
            yield from _step(step, columns)


def _step(step: Step, columns: int) -> Iterator[str]:
    lead = f"  {_SIGNS[step.fate]} {step.name}"
    yield from _hang(lead, step.purpose, columns)
    match step.fate:
        case "":
            for gate in step.gates:
                yield from _hang("", f"if {gate.says}", columns)
        case Fate.RUNS:
            yield from _hang("", "runs", columns)
        case Fate.DEPENDS:
            yield from _hang("", f"runs {step.reason}", columns)
        case _:
            rule = f" [{step.rule}]" if step.rule else ""
            yield from _hang("", f"{step.kind}: {step.reason}{rule}", columns)
    if step.budget and step.fate != Fate.SKIPPED:
        yield from _hang("", f"at most {step.budget}", columns)


def _hang(lead: str, words: str, columns: int) -> Iterator[str]:
    first = lead.ljust(_INDENT)
    yield from textwrap.wrap(
        words,
        columns,
        initial_indent=first,
        subsequent_indent=" " * _INDENT,
        break_on_hyphens=False,
    )
