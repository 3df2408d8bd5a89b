"""No false alarm: on the corpus' honest files nothing weighs medium or more."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.engines import static
from gateway.engines.identify import identify
from gateway.model import Severity

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*.*") if path.is_file()) if CORPUS.is_dir() else []
ACTING_ON_PURPOSE = {
    "1-dde-in-excel2003.xml": "a DDE link that starts calc.exe",
    "dde-in-excel2003.xml": "a DDE link that starts calc.exe",
    "dde-test.xlsx": "a DDE link that starts cmd",
    "testDdeLink.xlsx": "a DDE link that starts cmd",
    "excel4_sample_macro.xls": "an Excel 4 macro sheet",
    "excel4_sample_macro.xlsb": "an Excel 4 macro sheet",
    "excel4_sample_macro.xlsm": "an Excel 4 macro sheet that starts on opening",
    "excel4_sample_macro.xlt": "an Excel 4 macro sheet",
    "excel4_sample_macro_excel5_format.xls": "an Excel 4 macro sheet",
    "sample_with_external_link_to_doc.docm": "an OLE object linked from the web",
    "sample_with_external_link_to_doc.docx": "an OLE object linked from the web",
    "sample_with_external_link_to_doc.dotm": "an OLE object linked from the web",
    "sample_with_external_link_to_doc.ppsx": "an OLE object linked from the web",
    "sample_with_external_link_to_doc.pptm": "an OLE object linked from the web",
    "sample_with_external_link_to_doc.xlsb": "an OLE object linked from the web",
    "sample_with_lnk_file.pps": "a shortcut to calc.exe as an OLE package",
}
"""Files that their test suites made dangerous, with what they carry."""

pytestmark = pytest.mark.skipif(not FILES, reason="../shared/corpus is not here")


def alarms(path: Path) -> list[str]:
    data = path.read_bytes()
    kind = identify(data, path.name, "").guess.type
    report = static.examine(data, kind, path.name)
    return [
        f"{found.code}: {found.evidence}"
        for found in report.findings
        if found.severity.rank >= Severity.MEDIUM.rank
    ]


def test_honest_files_raise_no_alarm_and_acting_ones_do() -> None:
    raised = {path.name: found for path in FILES if (found := alarms(path))}
    assert {name: raised[name] for name in raised if name not in ACTING_ON_PURPOSE} == {}
    assert set(raised) == set(ACTING_ON_PURPOSE)
