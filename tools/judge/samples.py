"""Documents of our own that act, in scripts that are easily broken: right-to-left, joined, without
spaces."""

from __future__ import annotations

from pathlib import Path

from tools.corpus.ooxml import macro_document
from tools.corpus.pdf import acting_pdf
from tools.corpus.texts import ARABIC, GERMAN

_TEXTS = {
    "arabic": ARABIC,
    "hebrew": "שלום, זהו הדוח לרבעון השלישי. נא לעיין בטבלה לפני יום חמישי.",
    "chinese": "您好，这是第三季度的报告。请在星期四之前查看表格。",
    "thai": "สวัสดี นี่คือรายงานไตรมาสที่สาม โปรดดูตารางก่อนวันพฤหัสบดี",
    "hindi": "नमस्ते, यह तीसरी तिमाही की रिपोर्ट है। कृपया गुरुवार से पहले तालिका देखें।",
    "german": GERMAN,
}
_MACRO = 'Sub AutoOpen()\nMsgBox "hello"\nEnd Sub\n'


def write(folder: Path) -> None:
    """Write the documents below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for language, text in _TEXTS.items():
        paragraphs = [f"{text} {number}" for number in range(20)]
        (folder / f"{language}.docm").write_bytes(macro_document(paragraphs, _MACRO))
    for pages in (1, 10):
        lines = tuple(f"page line {number}" for number in range(40 * pages))
        (folder / f"script-{pages}.pdf").write_bytes(acting_pdf(lines))
