"""The files attached to the demo's mails: each a few kilobytes, each harmless."""

from __future__ import annotations

from tools.corpus import ooxml, pdf, scripts, texts
from tools.corpus.compose import Attachment
from tools.corpus.pictures import png

ACTING_MACRO = """\
Sub AutoOpen()
    ' Harmless: starts the calculator, as a thousand proofs of concept do.
    Shell "calc.exe", vbNormalFocus
End Sub
"""
QUIET_MACRO = """\
Sub MakeHeading()
    ' Runs only when somebody presses its button.
    Selection.Style = ActiveDocument.Styles("Heading 1")
End Sub
"""


def text_files(salt: str = "") -> dict[str, bytes]:
    """Three text files. `salt` makes them differ, so that no cache answers for them."""
    return {
        "agenda.txt": f"{texts.ENGLISH}\n{salt}\n".encode(),
        "minutes.txt": texts.filler(3000, seed=len(salt) + 7).encode(),
        "grüße.txt": f"{texts.GERMAN}\n{salt}\n".encode(),
    }


def report_pdf(edition: int) -> bytes:
    """A PDF that only shows text."""
    return pdf.honest_pdf(("Quarterly report", texts.ENGLISH, f"Edition {edition}"))


def form_pdf() -> bytes:
    """A PDF that runs JavaScript when it is opened."""
    return pdf.acting_pdf(("Application form", texts.ENGLISH))


def acting_docm() -> bytes:
    """A document whose macro runs at opening and starts a program."""
    paragraphs = (texts.ENGLISH, texts.ARABIC, texts.GERMAN)
    return ooxml.macro_document(paragraphs, ACTING_MACRO, picture=png())


def quiet_docm() -> bytes:
    """A document with a macro that nothing starts."""
    return ooxml.macro_document(
        (texts.ENGLISH, "Letter template"), QUIET_MACRO, picture=png(seed=2)
    )


def csv_text() -> bytes:
    """A small table."""
    return b"name,salary\nA. Example,1000\nB. Example,1001\n"


def disk_report() -> Attachment:
    """A script that only reads, for the mails that show the cache."""
    return Attachment("disk-report.sh", "application/x-sh", scripts.harmless_script())
