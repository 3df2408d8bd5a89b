"""The command: `python -m tools.detect [--environment E] [--corpus DIR] [--write]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from gateway.emulation import Absent, Environment, Gvisor
from gateway.emulation.environments import DEFAULT_MICROVM, DEFAULT_ROOT
from gateway.emulation.microvm.environment import MicroVm
from gateway.emulation.scripts import (
    cmd_environment,
    office_environment,
    pdf_environment,
    powershell_environment,
    wsh_environment,
)
from gateway.emulation.winapi.environment import winapi_environment
from gateway.emulation.winapi.place import python
from gateway.sandbox.blocking import BlockingGuests
from gateway.sandbox.zygotes import PROGRAMS
from tools.corpus.detections import (
    CMD_BAD,
    CMD_HONEST,
    GVISOR_BAD,
    GVISOR_HONEST,
    MICROVM_BAD,
    MICROVM_HONEST,
    OFFICE_BAD,
    OFFICE_HONEST,
    PDF_BAD,
    PDF_HONEST,
    POWERSHELL_BAD,
    POWERSHELL_HONEST,
    WINAPI_BAD,
    WINAPI_HONEST,
    WSH_BAD,
    WSH_HONEST,
    Case,
)
from tools.corpus.detections.opened_cases import OPENED_BAD, OPENED_HONEST
from tools.detect.measure import cases, corpus
from tools.detect.table import ALL_RIGHT, BEGIN, END, MACHINE, Row, renewed, table, written_into

PAGE = Path(__file__).resolve().parents[2] / "docs/EMULATION.md"

Suite = tuple[Environment, tuple[Case, ...], tuple[Case, ...]]


def _suites(guests: BlockingGuests, programs: BlockingGuests, work: Path) -> tuple[Suite, ...]:
    """Environments with their samples, apart from the virtual machine."""
    return (
        (wsh_environment(guests), WSH_BAD, WSH_HONEST),
        (office_environment(guests), OFFICE_BAD, OFFICE_HONEST),
        (pdf_environment(guests), PDF_BAD, PDF_HONEST),
        (powershell_environment(guests), POWERSHELL_BAD, POWERSHELL_HONEST),
        (cmd_environment(guests), CMD_BAD, CMD_HONEST),
        (Gvisor(DEFAULT_ROOT, work), GVISOR_BAD, GVISOR_HONEST),
        (winapi_environment(programs), WINAPI_BAD, WINAPI_HONEST),
    )


@click.command()
@click.option("--environment", default="", help="Only this one; microvm is run only when named.")
@click.option("--corpus", "directory", type=click.Path(exists=True, path_type=Path), default=None)
@click.option("--microvm", type=click.Path(path_type=Path), default=DEFAULT_MICROVM)
@click.option("--write", is_flag=True, help="Put the table, or one's row, into docs/EMULATION.md.")
def main(environment: str, directory: Path | None, microvm: Path, write: bool) -> None:
    """Run every sample in its environment; the exit code says whether all verdicts are right."""
    guests = BlockingGuests()
    programs = BlockingGuests(operations=PROGRAMS, python=str(python()))
    rows: list[Row] = []
    work = Path(tempfile.mkdtemp(prefix="sluice-detect-"))
    bad, honest = (*MICROVM_BAD, *OPENED_BAD), (*MICROVM_HONEST, *OPENED_HONEST)
    machine: Suite = (MicroVm(microvm, guests), bad, honest)
    suites = (machine,) if environment == "microvm" else _suites(guests, programs, work)
    for each, bad, honest in suites:
        if environment not in ("", each.name):
            continue
        state = each.probe()
        if isinstance(state, Absent):
            click.echo(f"{each.name}: absent: {state.reason}", err=True)
            continue
        found = list(corpus(each, directory)) if directory is not None else []
        rows.append(Row(each.name, cases(each, bad), cases(each, honest), found or None))
    guests.close()
    shutil.rmtree(work)
    programs.close()
    text = table(rows)
    click.echo(text)
    if write:
        marks = MACHINE if environment == "microvm" else (BEGIN, END)
        page = PAGE.read_text()
        one = environment not in ("", "microvm")
        PAGE.write_text(
            written_into(page, renewed(page, text, environment) if one else text, marks)
        )
    sys.exit(0 if ALL_RIGHT in text else 1)


if __name__ == "__main__":
    main()
