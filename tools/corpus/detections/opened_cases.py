"""Documents that LibreOffice opens in the virtual machine: harmless outside of it.

Their macros touch nothing but the fake user's folders and addresses of documentation.
"""

from __future__ import annotations

from tools.corpus import odf, ooxml, ooxml_others
from tools.corpus.detections.case import Case
from tools.corpus.pdf import honest_pdf

_TEXT = ("Invoice 2026-117", "Please find the details below.")
_ROWS = (("item", "price"), ("paper", "12"), ("sum", "=SUM([.B2:.B2])"))


def _macro(name: str, source: str, rule: str, event: str = "load") -> Case:
    """A text whose macro Main runs when it is opened or closed."""
    text = f"Sub Main\n{source}\nEnd Sub\n"
    return Case(
        f"{name}.odt", "odf", lambda: odf.odt(_TEXT, macros=text, events={event: "Main"}), rule
    )


def _sheet(name: str, source: str, rule: str) -> Case:
    text = f"Sub Main\n{source}\nEnd Sub\n"
    return Case(
        f"{name}.ods", "odf", lambda: odf.ods(_ROWS, macros=text, events={"load": "Main"}), rule
    )


OPENED_BAD: tuple[Case, ...] = (
    _macro(
        "starts-shell",
        'Shell("/bin/sh", 0, "-c \'id > /tmp/id.txt\'", True)',
        "viewer-starts-shell",
    ),
    _macro(
        "hidden-words",
        'a = Array(47, 98, 105, 110, 47, 115, 104)\ns = ""\nFor i = 0 To 6\ns = s & Chr(a(i))\n'
        "Next\nShell(s, 0, \"-c 'uname -a'\", True)",
        "viewer-starts-shell",
    ),
    _macro("on-closing", 'Shell("/bin/sh", 0, "-c id", True)', "viewer-starts-shell", "unload"),
    _macro(
        "starts-with-desk",
        'f = FreeFile\nMkDir "/home/user/.config/autostart"\n'
        'Open "/home/user/.config/autostart/update.desktop" For Output As #f\n'
        'Print #f, "[Desktop Entry]"\nPrint #f, "Exec=/home/user/.update"\nClose #f',
        "viewer-writes-outside",
    ),
    _macro(
        "drops-script",
        'f = FreeFile\nOpen "/home/user/.update.sh" For Output As #f\nPrint #f, "#!/bin/sh"\n'
        "Close #f",
        "viewer-writes-outside",
    ),
    _sheet("sheet-starts-perl", 'Shell("/usr/bin/perl", 0, "-e 1", True)', "viewer-starts-shell"),
)

OPENED_HONEST: tuple[Case, ...] = (
    Case("letter.docx", "docx", lambda: ooxml.word_document(_TEXT)),
    Case("letter.odt", "odf", lambda: odf.odt(_TEXT)),
    Case("table.xlsx", "xlsx", lambda: ooxml_others.workbook((("a", "b"), ("1", "2")))),
    Case("table.ods", "odf", lambda: odf.ods(_ROWS)),
    Case("slides.pptx", "pptx", lambda: ooxml_others.presentation(_TEXT)),
    Case("letter.pdf", "pdf", lambda: honest_pdf(_TEXT)),
    Case(
        "letter.rtf",
        "rtf",
        lambda: rb"{\rtf1\ansi Invoice 2026-117\par Please find the details below.}",
    ),
    Case(
        "linked-picture.odt",
        "odf",
        lambda: odf.odt(_TEXT, picture="http://pictures.example/logo.png"),
    ),
    Case(
        "formats.odt",
        "odf",
        lambda: odf.odt(
            _TEXT,
            macros='Sub Main\nThisComponent.Text.String = "Formatted"\nEnd Sub\n',
            events={"load": "Main"},
        ),
    ),
)
