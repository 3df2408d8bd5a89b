"""The writers of binary workbooks, as LibreOffice reads them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.extraction.ole.tokens import Dialect
from tools.corpus.xls import xls
from tools.corpus.xlsb import BinarySheet, Cell, xlsb

SECONDS = 120
CELLS: dict[str, Cell] = {
    "A1": "Total",
    "B1": 3.0,
    "B2": 4.5,
    "B3": "=SUM(B1:B2)*2",
    "C1": '=A1&" of "&B1',
    "C2": '=IF(B1>2,"big","small")',
    "C3": '=MID("abcdef",2,3)&ROUND(B2/4,1)',
    "D1": "=-Other!A1^2",
}
SEEN = ["Total,3,Total of 3,49", ",4.5,big,", ",15,bcd1.1,"]
"""What LibreOffice computes of the formulas that it reads; `-7^2` is 49 in spreadsheets."""


SHEETS = [BinarySheet("Data", CELLS), BinarySheet("Other", {"A1": 7.0})]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_and_computes_what_was_written(tmp_path: Path) -> None:
    books = {
        "xlsb.xlsb": xlsb(SHEETS),
        "excel97.xls": xls(SHEETS),
        "excel5.xls": xls(SHEETS, dialect=Dialect.BIFF5),
    }
    for name, data in books.items():
        (tmp_path / name).write_bytes(data)
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "csv"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), *(str(tmp_path / name) for name in books)],
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    seen = {path.stem: path.read_text().splitlines() for path in tmp_path.glob("*.csv")}
    assert seen == dict.fromkeys(("xlsb", "excel97", "excel5"), SEEN)
