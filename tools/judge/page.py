"""docs/EXTRACTION.md: the figures of one run, and plainly what falls short."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from tools.judge import openable
from tools.judge.model import Judged

_TOP = """\
# What extraction leaves, and what it takes

Written by `python -m tools.judge {arguments}`; nothing here was written by hand. {count} files,
judged by oletools (olevba, oleobj, msodde, oleid), pdfid, `qpdf --check` and qpdf's reading of
every object, lxml, and a look at every relationship and member: the output and every file inside
it. Words are pdftotext's, as multisets; Office documents are drawn by LibreOffice, pages by PDFium
at 72 dpi and compared by structural similarity. Unchanged outputs are compared byte by byte, so
words and pages are those of changed documents; packages written as one XML file are not drawn,
because LibreOffice shows their source. Milliseconds are those of `gatewayctl extract`, confined
guests included, on a shared machine with {cores} cores and a load of {load:.1f} at the end.
"""

_SHORT = """\
## What this does not show

- Microsoft Office was not asked: whether Word, Excel and PowerPoint open an output without
  offering a repair is judged by LibreOffice, python-docx, openpyxl and python-pptx only.
- Outputs that are byte for byte their original were not drawn, so a removal that was missed shows
  as a complaint or not at all. The judges read what they know: oletools no binary workbook's
  formulas, pdfid no object streams (qpdf reads those).
- Of right-to-left and joined scripts there are one document each of ours (Arabic, Hebrew,
  Chinese, Thai, Hindi) and what the corpus holds.
- Of what is gone some letters were drawn by LibreOffice from an equation object, whose preview
  picture stays.
"""

_OTHER = "- The method `{method}` is judged in a run of its own.\n"


def page(judged: Sequence[Judged], ours: Sequence[Judged], arguments: str) -> str:
    """The whole page; `ours` are failures that their own application opens."""
    sections = [
        _TOP.format(
            arguments=arguments,
            count=len(judged),
            cores=os.cpu_count(),
            load=os.getloadavg()[0],
        ),
        "## By type\n\n" + _table(judged),
        "## Complaints\n\n" + _complaints(judged),
        "## Words and pages\n\n" + _likeness(judged),
        "## Without a result\n\n" + _openable(judged, ours) + _failures(judged),
        _short(judged),
    ]
    return "\n".join(sections)


def _table(judged: Sequence[Judged]) -> str:
    head = (
        "| type | files | cleaned | unchanged | replaced | encrypted | failed | complaints "
        "| words kept | similarity (median) | p50 ms | p99 ms |"
    )
    types = sorted({one.answer.type for one in judged})
    lines = [_line(name, [one for one in judged if one.answer.type == name]) for name in types]
    lines = [head, "|---|" + "---|" * 11, *lines, _line("all", judged)]
    return "\n".join(lines) + "\n"


def _line(name: str, files: Sequence[Judged]) -> str:
    count = Counter(one.answer.status for one in files)
    before = sum(one.words_before for one in files)
    kept = sum(one.words_kept for one in files)
    alike = [min(one.similarity) for one in files if one.similarity]
    ms = sorted(one.answer.ms for one in files)
    cells: list[object] = [name, len(files)]
    cells += [count[each] for each in ("cleaned", "unchanged", "replaced", "encrypted", "failed")]
    cells.append(sum(1 for one in files if one.complaints))
    cells.append(f"{100 * kept / before:.2f} %" if before else "")
    cells.append(f"{median(alike):.4f}" if alike else "")
    cells += [f"{median(ms):.1f}", f"{ms[min(len(ms) - 1, int(len(ms) * 0.99))]:.1f}"]
    return "| " + " | ".join(map(str, cells)) + " |"


def _complaints(judged: Iterable[Judged]) -> str:
    lines = [
        f"- `{one.answer.file}` ({one.answer.status}): {_plain('; '.join(one.complaints))}"
        for one in judged
        if one.complaints
    ]
    return ("\n".join(lines) if lines else "None.") + "\n"


def _likeness(judged: Sequence[Judged]) -> str:
    compared = [one for one in judged if one.similarity]
    wordy = [one for one in judged if one.words_before]
    opened = Counter(program for one in judged for program in one.opened)
    lines = [
        f"Compared: {len(compared)} changed documents with "
        f"{sum(len(one.similarity) for one in compared)} pages, "
        f"{sum(one.words_before for one in wordy)} words. Opened before and after: "
        + ", ".join(f"{program} {count}" for program, count in sorted(opened.items()))
        + ".",
        "",
        "Opened before, not after: "
        + (_plain("; ".join(f"{one.answer.file} ({', '.join(one.closed)})"
                            for one in judged if one.closed)) or "none")
        + ".",
        "",
        "The ten least alike:",
        "",
        "| file | worst page | words | missing | removed |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    for one in sorted(compared, key=lambda one: (min(one.similarity), one.answer.file))[:10]:
        removed = ", ".join(dict.fromkeys(item.what for item in one.answer.removed))
        share = f"{one.words_kept} of {one.words_before}"
        missing = " ".join(one.missing[:8])
        lines.append(
            f"| `{one.answer.file}` | {min(one.similarity):.4f} | {share} "
            f"| {_plain(missing)} | {_plain(removed)} |"
        )
    lines += ["", _without_errors(wordy)]
    lines += ["", "Words that are gone, with what was removed:", "", *_lost(wordy)]
    return "\n".join(lines) + "\n"


def _without_errors(wordy: Sequence[Judged]) -> str:
    """How many words are kept when error values, which LibreOffice computes, do not count."""
    before = sum(one.words_before for one in wordy)
    errors = sum(one.error_values for one in wordy)
    gone = sum(one.words_before - one.words_kept for one in wordy)
    kept = 100 * (before - gone) / max(before - errors, 1)
    return (
        f"Of {gone} words that are gone {errors} are pieces of error values such as `#NAME?`, "
        "which LibreOffice computes where a macro or a DDE link is. "
        f"Without them {kept:.2f} % of the words are kept."
    )


def _lost(wordy: Iterable[Judged]) -> list[str]:
    lines = []
    for one in wordy:
        if one.words_kept < one.words_before:
            removed = ", ".join(dict.fromkeys(item.what for item in one.answer.removed))
            gone = f"{one.words_before - one.words_kept} of {one.words_before}"
            words = _plain(" ".join(one.missing))
            if one.error_values == one.words_before - one.words_kept:
                words += "; only error values"
            lines.append(f"- `{one.answer.file}`: {gone} ({words}); {_plain(removed)}")
    return lines or ["None."]


def _openable(judged: Sequence[Judged], ours: Sequence[Judged]) -> str:
    names = ", ".join(f"`{one.answer.file}`" for one in ours)
    return openable.share(judged, ours) + (f" They are {names}." if names else "") + "\n\n"


def _failures(judged: Iterable[Judged]) -> str:
    reasons: dict[str, list[str]] = {}
    for one in judged:
        if one.answer.status in ("failed", "encrypted"):
            reason = one.answer.error.removeprefix(f"{one.source.name}: ")
            reasons.setdefault(f"{one.answer.type}: {reason}", []).append(one.answer.file)
    lines = [
        f"- {_plain(reason)}: {len(files)} ({_plain(', '.join(files[:3]))}"
        + (", …)" if len(files) > 3 else ")")
        for reason, files in sorted(reasons.items())
    ]
    return ("\n".join(lines) if lines else "None.") + "\n"


def _short(judged: Sequence[Judged]) -> str:
    methods = {one.answer.method for one in judged}
    return _SHORT + "".join(
        _OTHER.format(method=method) for method in ("clean", "convert") if method not in methods
    )


def _plain(untrusted_text: str) -> str:
    """Text from files, safe in a table of Markdown."""
    shown = "".join(char if char.isprintable() else "?" for char in untrusted_text)
    return shown.replace("|", "/").replace("`", "'").replace("<", "(").replace(">", ")")[:400]
