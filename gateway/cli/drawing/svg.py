"""The workflow as a picture of its own (SVG), without scripts and without fonts from elsewhere."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from itertools import groupby

from gateway.cli.drawing.data import Fate, Picture, Step
from gateway.cli.drawing.text import title
from gateway.model import SubjectKind

_WIDTH, _LEFT, _NAME = 860, 40, 150
_LINE, _PAD, _GAP = 17, 10, 14
_CHARACTERS = 92
"""Characters of 13 px sans-serif that fit beside the name."""

_LANES = {SubjectKind.MESSAGE: "for the mail as a whole", SubjectKind.PART: "for each part"}
_FILL = {"": "#ffffff", Fate.RUNS: "#e3f4e1", Fate.DEPENDS: "#fdf6dd", Fate.SKIPPED: "#f0f0f0"}
_STYLE = (
    "text{font:13px sans-serif;fill:#222}.n{font-weight:bold}.g{fill:#666}.h{font-size:15px}"
    ".b{stroke:#555;stroke-width:1}.a{stroke:#555;stroke-width:1.5}"
)


@dataclass(slots=True)
class _Sheet:
    """What was drawn so far, and how far down."""

    parts: list[str]
    y: int

    def text(self, x: int, y: int, words: str, css: str) -> None:
        self.parts.append(f'<text x="{x}" y="{y}" class="{css}">{escape(words)}</text>')


def as_svg(picture: Picture) -> str:
    """The picture's text."""
    sheet = _Sheet([], 30)
    sheet.text(_LEFT, sheet.y, title(picture), "n h")
    sheet.y += 14
    for subject, steps in groupby(picture.steps, lambda step: step.subject):
        sheet.y += 22
        sheet.text(_LEFT, sheet.y, _LANES[SubjectKind(subject)], "g")
        sheet.y += 8
        for step in steps:
            _draw(sheet, step)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{sheet.y + 10}" '
        f'viewBox="0 0 {_WIDTH} {sheet.y + 10}" role="img">'
    )
    return "\n".join([head, f"<style>{_STYLE}</style>", *sheet.parts, "</svg>"]) + "\n"


def _draw(sheet: _Sheet, step: Step) -> None:
    lines = _lines(step)
    height = len(lines) * _LINE + _PAD
    sheet.parts.append(
        f'<rect x="{_LEFT}" y="{sheet.y}" width="{_WIDTH - 2 * _LEFT}" height="{height}" rx="5" '
        f'fill="{_FILL[step.fate]}" class="b"/>'
    )
    sheet.text(_LEFT + 10, sheet.y + _LINE, step.name, "n")
    for number, (words, css) in enumerate(lines, 1):
        sheet.text(_NAME, sheet.y + number * _LINE, words, css)
    sheet.y += height
    middle = _LEFT + 50
    sheet.parts.append(
        f'<line x1="{middle}" y1="{sheet.y}" x2="{middle}" y2="{sheet.y + _GAP}" class="a"/>'
    )
    sheet.y += _GAP


def _lines(step: Step) -> list[tuple[str, str]]:
    lines = [(line, "") for line in textwrap.wrap(step.purpose, _CHARACTERS)]
    for words in _conditions(step):
        lines += [(line, "g") for line in textwrap.wrap(words, _CHARACTERS)]
    return lines


def _conditions(step: Step) -> list[str]:
    match step.fate:
        case "":
            return [f"if {gate.says}" for gate in step.gates]
        case Fate.RUNS:
            return ["runs"]
        case Fate.DEPENDS:
            return [f"runs {step.reason}"]
        case _:
            return [f"{step.kind}: {step.reason}" + (f" [{step.rule}]" if step.rule else "")]
