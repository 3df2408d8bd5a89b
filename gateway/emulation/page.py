"""One self-contained HTML page about one detonation: no script, nothing fetched from elsewhere.

Everything in it stems from hostile files: jinja2 escapes all of it, and the page forbids itself
scripts and connections (Content-Security-Policy).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.emulation.attack import Tactic, technique
from gateway.emulation.report import BehaviourLine, EmulationReport, RuleLine

TEMPLATE = "page.html.j2"

TIMELINE_ROWS = 400
"""Behaviours that the page lists; the JSON beside it has all of them."""


@dataclass(slots=True)
class ProcessNode:
    """A process of the tree: its number, its program, and what it started.

    One that was started and not run (an emulated machine's program) has no number and no acts;
    `words` are its command line.
    """

    pid: int
    program: str
    acts: int = 0
    words: str = ""
    children: list[ProcessNode] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A technique of the matrix, with the rules that named it."""

    id: str
    name: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A document's first page: a PNG file, or in one sentence's end why there is none."""

    picture: bytes
    why_not: str = ""


def page(report: EmulationReport, first_page: FirstPage | None = None) -> str:
    """The page; `first_page` where the file is a document."""
    return _TEMPLATES.get_template(TEMPLATE).render(
        report=report,
        first_page=first_page,
        verdict_word=report.verdict.upper(),
        tree=process_tree(report.behaviours),
        network=[line for line in report.behaviours if line.kind == "network"],
        files=[line for line in report.behaviours if _changes_a_file(line)],
        registry=[line for line in report.behaviours if line.kind == "registry"],
        timeline=report.behaviours[:TIMELINE_ROWS],
        left_out=max(0, len(report.behaviours) - TIMELINE_ROWS),
        matrix=matrix(report.rules),
        technique=technique,
    )


def process_tree(behaviours: Sequence[BehaviourLine]) -> list[ProcessNode]:
    """The processes that acted, below those that started them; in the order of their first act."""
    nodes: dict[int, ProcessNode] = {}
    roots: list[ProcessNode] = []
    for line in behaviours:
        actor = line.actor
        node = nodes.get(actor.pid)
        if node is None:
            node = nodes[actor.pid] = ProcessNode(actor.pid, actor.program)
            parent = nodes.get(actor.parent)
            (parent.children if parent else roots).append(node)
        node.program = actor.program or node.program
        node.acts += line.count
    _add_started(behaviours, nodes)
    return roots


def _add_started(behaviours: Sequence[BehaviourLine], nodes: Mapping[int, ProcessNode]) -> None:
    """Programs that were started and did nothing themselves, below those that started them."""
    ran = {node.program for node in nodes.values()}
    for line in behaviours:
        if (line.kind, line.action) != ("process", "execute") or line.failed or line.target in ran:
            continue
        started = ProcessNode(0, line.target, words=" ".join(line.arguments))
        around = nodes[line.actor.pid].children
        if started not in around:
            around.append(started)


def matrix(rules: Sequence[RuleLine]) -> list[tuple[str, list[MatrixCell]]]:
    """The techniques of the rules by tactic, tactics in the order of an attack."""
    cells: dict[Tactic, dict[str, list[str]]] = {}
    for rule in rules:
        found = technique(rule.technique)
        cells.setdefault(found.tactic, {}).setdefault(found.id, []).append(rule.title)
    return [
        (
            tactic.value,
            [
                MatrixCell(number, technique(number).name, tuple(dict.fromkeys(titles)))
                for number, titles in sorted(cells[tactic].items())
            ],
        )
        for tactic in Tactic
        if tactic in cells
    ]


def _changes_a_file(line: BehaviourLine) -> bool:
    return line.kind == "file" and line.action != "read"


def _size(octets: int) -> str:
    return f"{octets:,} bytes"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["size"] = _size
_TEMPLATES.filters["base64"] = _base64
