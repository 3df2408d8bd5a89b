"""The table of wrappings: a sample of the files, and what the table calls wrong."""

from __future__ import annotations

import os

import msgspec
import pytest

from gateway.emulation import Sample
from gateway.emulation.report import ChildLine, EmulationReport, report_on_inert
from tools.detect.wrappings import ALONE, FOLDER, problem, reports, table


def _report(
    verdict: str, *types: str, reason: str = "so it is", outer: str = "zip"
) -> EmulationReport:
    children = [ChildLine("a", "0", 1, type=each) for each in types]
    made = report_on_inert(Sample("a", outer, b""))
    return msgspec.structs.replace(made, verdict=verdict, reason=reason, children=children)


@pytest.mark.parametrize(
    ("report", "wrong"),
    [
        (_report("clean", "pe"), ""),
        (_report("unscanned"), ""),
        (_report("unscanned", reason=""), "unscanned, not clean"),
        (_report("clean", "text"), "nobody found the program in it"),
        (_report("malicious", "pe"), "malicious, not clean"),
        (_report("malicious", "pe", outer="ole-ppt"), ""),
        (_report("malicious", outer="ole-ppt"), "nobody found the program in it"),
        (_report("clean", outer="ole-ppt"), "nobody found the program in it"),
    ],
)
def test_what_is_wrong_with_a_wrapping(report: EmulationReport, wrong: str) -> None:
    assert problem(_report("clean", "pe"), report) == wrong


@pytest.mark.root
@pytest.mark.skipif(not FOLDER.is_dir(), reason="clamav-testfiles is not installed")
@pytest.mark.skipif(os.geteuid() != 0, reason="guests need root")
def test_archives_get_the_verdict_of_the_program_in_them() -> None:
    names = (ALONE, "clam.zip", "clam.tar.gz", "clam.cab", "clam.mail", "clam.newc.cpio")
    found = reports([FOLDER / name for name in names])
    assert [problem(found[ALONE], found[name]) for name in names] == [""] * len(names)
    assert "0 are not as they should be" in table(found)
