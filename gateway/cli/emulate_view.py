"""How `emulate` and `emulator status` speak: a block for each file, data with --json, pages."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec
from rich.text import Text

from gateway.cli.emulating import EmulatorState
from gateway.cli.exits import CliError, Exit
from gateway.cli.file_bar import FileBar
from gateway.cli.screen import console, hanging, styled
from gateway.emulation.attack import technique
from gateway.emulation.page import FirstPage, page
from gateway.emulation.report import ChildLine, EmulationReport
from gateway.model import Verdict

_STYLE = {
    "clean": "green",
    "unscanned": "yellow",
    "suspicious": "bold yellow",
    "malicious": "bold red",
}
_INDENT = 4
_STATUS_INDENT = 29
"""Columns of an environment's title and of whether it is there."""
_SHOWN_DIGEST = 12
"""Hexadecimal digits on the terminal; the page and the JSON have all."""

_EVIDENCE_LINES = 3
"""Of each rule on the terminal; the page and the JSON have all."""


class EmulateView:
    """Prints reports as they come, while `bar` is drawn."""

    def __init__(self, total: int, *, as_json: bool, directory: Path | None) -> None:
        self._as_json = as_json
        self._directory = directory
        self._counts: Counter[str] = Counter()
        self._lines = console()
        self.bar = FileBar("emulating", total, self._lines)

    def show(self, report: EmulationReport, first_page: FirstPage | None) -> None:
        """One file's report. Raises CliError when its page cannot be written."""
        self._counts[report.verdict] += 1
        written = None
        if self._directory is not None:
            written = _write(report, first_page, self._directory)
        if self._as_json:
            click.echo(msgspec.json.encode(report))
        else:
            for line in _block(report, self._lines.width):
                self._lines.print(line)
            if written is not None:
                self._lines.print(styled(f"    report: {written}", "dim"), soft_wrap=True)
        self.bar.advance()

    def summary(self) -> str:
        """How many files had which verdict."""
        return ", ".join(f"{self._counts[word]} {word}" for word in _STYLE if self._counts[word])


def show_emulator(state: EmulatorState, *, as_json: bool) -> None:
    """Print the emulator's state."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(state), indent=2))
        return
    lines = console()
    for each in state.environments:
        mark = styled("present", "green") if not each.absent else styled("absent", "bold red")
        lead = styled(f"{each.title:20}").append_text(mark)
        words = each.absent or " ".join((each.version, each.detail)).strip()
        lines.print(hanging(lead, styled(words), lines.width, _STATUS_INDENT))
        if each.types:
            runs = styled("runs " + ", ".join(each.types), "dim")
            lines.print(hanging(Text(" "), runs, lines.width, _STATUS_INDENT))
    lines.print()
    if not state.enabled:
        lines.print(styled("Emulation is switched off (emulator.enabled).", "yellow"))
    if state.running is None:
        lines.print(styled("No gateway is running here."))
        return
    limit = state.concurrency
    lines.print(styled(f"{state.running} of {limit} guests at work."))
    for name, value in state.counters.items():
        lines.print(styled(f"  {value:8,}  {name}"))


def _block(report: EmulationReport, columns: int) -> list[Text]:
    head = styled(f"{report.verdict:10}", _STYLE[report.verdict])
    where = f"{report.environment}, {report.ms:,.0f} ms" if report.environment else "not run"
    words = styled(f"{report.file}: {report.type}, {where}")
    lines = [hanging(head, words, columns, 12)]
    for rule in report.rules:
        number = f" [{rule.technique} {technique(rule.technique).name}]"
        said = styled(rule.says).append_text(styled(number, "dim"))
        lines.append(hanging(styled(f"    {rule.severity}"), said, columns, 14))
        shown = rule.evidence[:_EVIDENCE_LINES]
        lines += [hanging(Text(" "), styled(line, "dim"), columns, 16) for line in shown]
    if report.reason and report.reason != (report.rules[0].says if report.rules else ""):
        lines.append(hanging(Text("   "), styled(report.reason), columns, _INDENT))
    lines += _chain(report.children, 1, columns)
    return lines


def _chain(children: Sequence[ChildLine], depth: int, columns: int) -> Iterator[Text]:
    """Who handed on what, a line each; `depth` levels below the file."""
    indent = _INDENT * depth
    for child in children:
        words = styled(f"{child.origin} ", "dim").append_text(styled(f"{child.path} ", "bold"))
        words.append_text(styled(f"{child.type} {child.sha256[:_SHOWN_DIGEST]}… ".lstrip(), "dim"))
        words.append_text(styled(child.verdict, _STYLE.get(child.verdict, "dim")))
        if child.verdict != Verdict.CLEAN.value:
            words.append_text(styled(f": {child.reason}" if child.verdict else child.reason))
        yield hanging(Text(" " * (indent - 1)), words, columns, indent)
        yield from _chain(child.children, depth + 1, columns)


def _write(report: EmulationReport, first_page: FirstPage | None, directory: Path) -> Path:
    """The page and the JSON of one file; where the page is."""
    name = re.sub(r"[^\w.-]+", "_", Path(report.file).name).strip("._")[:80] or "file"
    tell_apart = hashlib.sha256(f"{report.file}\0{report.sha256}".encode()).hexdigest()[:8]
    target = directory / f"{name}-{tell_apart}.html"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        target.write_text(page(report, first_page), encoding="utf-8")
        target.with_suffix(".json").write_bytes(
            msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
        )
    except OSError as error:
        raise CliError(Exit.FILE, f"{target} cannot be written: {error.strerror}") from None
    return target
