"""`python -m tools.detect.wrappings`: one harmless program in every wrapping of clamav-testfiles.

Each file goes through what `gatewayctl emulate` does, without a virus scanner, which knows these
files by name. The program alone sets the verdict; each wrapping has to reach the same one, or be
unscanned and say why. A document with the program in it may be worse than the program: that it
carries one is a rule of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.emulation.report import ChildLine, EmulationReport
from gateway.model import Family, Verdict, file_type
from tools.detect.chain import judged

FOLDER = Path("/usr/share/clamav-testfiles")
ALONE = "clam.exe"
PAGE = Path(__file__).resolve().parents[2] / "docs/EMULATION.md"
BEGIN, END = "<!-- tools.detect.wrappings: begin -->", "<!-- tools.detect.wrappings: end -->"
SECONDS = 10
_REASON = 110

_PROGRAMS = frozenset({"pe", "msi"})


def reports(files: list[Path]) -> dict[str, EmulationReport]:
    """What emulation says of each file, by its name."""
    return {Path(report.file).name: report for report in judged(files, SECONDS)}


def problem(alone: EmulationReport, other: EmulationReport) -> str:
    """What is wrong with a wrapping's verdict; empty when it is the program's (or that of a worse
    document), reached because the program was found, or an unscanned that says why."""
    if other.verdict == "unscanned" and other.reason:
        return ""
    if other.verdict != alone.verdict and not _is_worse_document(other):
        return f"{other.verdict}, not {alone.verdict}"
    return "" if _holds_program(other) else "nobody found the program in it"


def table(found: dict[str, EmulationReport]) -> str:
    """Every wrapping with its verdict, and which of them are not as they should be."""
    alone = found[ALONE]
    lines = ["| file | type | program found | verdict | why |", "|---|---|---|---|---|"]
    lines += [_line(name, report) for name, report in sorted(found.items())]
    wrong = [
        f"- {name}: {what}"
        for name, report in sorted(found.items())
        if (what := problem(alone, report))
    ]
    same = sum(report.verdict == alone.verdict for report in found.values())
    worse = sum(_is_worse_document(report) for report in found.values())
    unsure = sum(report.verdict == "unscanned" for report in found.values())
    head = (
        f"{ALONE} alone is {alone.verdict}. Of {len(found)} files {same} are called the same, "
        f"{worse} are documents and worse for carrying it, {unsure} are unscanned with a reason, "
        f"{len(wrong)} are not as they should be."
    )
    return "\n".join([head, "", *lines, *(["", *wrong] if wrong else [])])


def _line(name: str, report: EmulationReport) -> str:
    inside = "yes" if _holds_program(report) else "no"
    why = report.reason.replace("|", "/").rstrip(".")[:_REASON]
    return f"| {name} | {report.type} | {inside} | {report.verdict} | {why} |"


def _is_worse_document(report: EmulationReport) -> bool:
    is_document = file_type(report.type).family in (Family.OFFICE, Family.PDF)
    return is_document and Verdict(report.verdict).rank > Verdict.UNSCANNED.rank


def _holds_program(report: EmulationReport) -> bool:
    return bool(_PROGRAMS & {report.type, *_types(report.children)})


def _types(children: list[ChildLine]) -> Iterator[str]:
    for child in children:
        yield child.type
        yield from _types(child.children)


@click.command()
@click.option("--write", is_flag=True, help="Put the table into docs/EMULATION.md.")
def main(write: bool) -> None:
    """Emulate every wrapping; the exit code says whether all verdicts are as they should be."""
    if not FOLDER.is_dir():
        raise click.ClickException("clamav-testfiles is not installed")
    found = reports(sorted(FOLDER.iterdir()))
    text = table(found)
    click.echo(text)
    if write:
        before, begin, rest = PAGE.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise click.ClickException(f"{PAGE.name} has no {BEGIN} … {END}")
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    sys.exit(1 if any(problem(found[ALONE], each) for each in found.values()) else 0)


if __name__ == "__main__":
    main()
