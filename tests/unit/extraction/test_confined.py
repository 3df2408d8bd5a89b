"""Extraction and static analysis touch no file, socket or process once they are loaded.

A child process loads everything, then an audit hook ends it at the first event that reaches
outside; what the guest's seccomp filter would kill is found here with its name.
"""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from gateway import extraction
from gateway.engines import static
from tests.unit.extraction import legacy, opendocuments, samples, test_xml2003, test_xlsb
from tools.corpus import demo_files

files = [
    ("docx", samples.acting_word()), ("xlsx", samples.acting_book()),
    ("pptx", samples.acting_slide()), ("pdf", samples.acting_pdf()),
    ("docm", demo_files.acting_docm()),
    ("html", "<script>1</script>".encode("utf-32")), ("html", b"\x1b$B<b>"),
    ("html", b"<form><script>eval(atob('eA=='))</script><p style='x:expression(1)'>"),
    ("rtf", b"{\\\\rtf1{\\\\object\\\\objemb{\\\\*\\\\objdata 01050000}}}"),
    ("odf", opendocuments.acting()), ("odf", opendocuments.flat(opendocuments.BODY)),
    ("ole-doc", legacy.word(("a \\x13 DDEAUTO x \\x14b\\x15",), {"Macros": legacy.VBA})),
    ("ole-xls", legacy.acting_book()), ("ole-ppt", legacy.acting_presentation()),
    ("ole-doc", test_xml2003.word("<w:docOleData/>")), ("ole-doc", test_xml2003.flat("")),
    ("xlsb", test_xlsb.workbook([test_xlsb.cell(9, bytes(8), test_xlsb.REF_3D)])),
    ("lnk", bytes(76)), ("url", b"[InternetShortcut]\\nURL=https://x.example/"), ("sh", b"curl"),
]
extraction.preload()
static.preload()

def guard(event, arguments):
    if event.startswith(("open", "socket.", "subprocess.", "os.", "shutil.", "tempfile.",
                         "import", "ctypes.dlopen", "glob.")):
        sys.stderr.write(f"{event} {arguments[:1]}")
        sys.stderr.flush()
        import_free_exit(3)

import os
import_free_exit = os._exit
sys.addaudithook(guard)
for kind, data in files:
    extraction.extract(data, kind)
    static.examine(data, kind, "name")
sys.stdout.write("done")
"""


def test_nothing_reaches_outside_after_loading() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("done", "", 0)
