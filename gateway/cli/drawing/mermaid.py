"""The workflow as a Mermaid flow chart (GitHub and many wikis draw it)."""

from __future__ import annotations

import textwrap
from itertools import groupby, pairwise

from gateway.cli.drawing.data import Fate, Picture, Step
from gateway.model import SubjectKind

_LANES = {SubjectKind.MESSAGE: "the mail as a whole", SubjectKind.PART: "each part"}
_WRAP = 46
_CLASSES = (
    "classDef runs fill:#dff0d8,stroke:#3c763d",
    "classDef depends fill:#fcf8e3,stroke:#8a6d3b",
    "classDef skipped fill:#eeeeee,stroke:#999999,color:#777777",
)


def as_mermaid(picture: Picture) -> str:
    """The flow chart's text."""
    lines = ["flowchart TD"]
    for number, (subject, steps) in enumerate(groupby(picture.steps, lambda step: step.subject)):
        lines.append(f'    subgraph lane{number}["{_LANES[SubjectKind(subject)]}"]')
        lines.append("    direction TB")
        lines += [f"        {_node(step)}" for step in steps]
        lines.append("    end")
    for before, after in pairwise(picture.steps):
        lines.append(f"    {_id(before)} --> {_id(after)}")
    if picture.type:
        lines += [f"    {line}" for line in _CLASSES]
    return "\n".join(lines) + "\n"


def _node(step: Step) -> str:
    words = [f"<b>{step.name}</b>", *_wrapped(step.purpose)]
    if step.fate:
        words += [f"<i>{line}</i>" for line in _wrapped(_fate(step))]
    else:
        words += [f"<i>{line}</i>" for gate in step.gates for line in _wrapped(f"if {gate.says}")]
    label = "<br>".join(words)
    css = f":::{step.fate}" if step.fate else ""
    return f'{_id(step)}["{label}"]{css}'


def _fate(step: Step) -> str:
    match step.fate:
        case Fate.RUNS:
            return "runs"
        case Fate.DEPENDS:
            return f"runs {step.reason}"
        case _:
            return f"{step.kind}: {step.reason}"


def _id(step: Step) -> str:
    return f"stage_{step.name}"


def _wrapped(words: str) -> list[str]:
    """Lines that are safe inside a quoted label."""
    safe = words.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return textwrap.wrap(safe, _WRAP, break_on_hyphens=False, break_long_words=False)
