"""docs/EXTRACTION-SPEED.md: what extraction takes, and whether the aims are met. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.bench.extraction.measure import Timed

_AIMS = (("ten-pages.pdf", 60.0), ("ten-pages.docm", 30.0))
"""Documents whose time is promised, and the promised milliseconds."""
_PICTURE_MS = 50.0
_DOCX_MS = 30.0
_WORD = ("docx", "docm", "dotx", "dotm")
_RESULTS = ("cleaned", "unchanged", "replaced")


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured. `pixels`: milliseconds of Dangerzone's method by the sample's name."""

    machine: Mapping[str, str]
    corpus: Sequence[Timed]
    documents: Sequence[Timed]
    pictures: Sequence[Timed]
    redrawn: Sequence[Timed]
    converted: Sequence[Timed]
    pixels: Mapping[str, float]
    idle_kib: int
    repeats: int


def page(figures: Figures, command: str) -> str:
    """The page as Markdown."""
    facts = ", ".join(f"{key}: {value}" for key, value in figures.machine.items())
    return "\n".join(
        [
            "# How long extraction takes",
            "",
            f"Written by `{command}`; run it again rather than edit it.",
            "",
            "Milliseconds from bytes to result as the gateway works: telling the type, opening",
            "what is packed, a confined guest for each file, cleaning, putting together again.",
            f"Each file ran {figures.repeats} times, its median counts. Memory is the most that",
            f"one guest had at once; {_mib(figures.idle_kib)} MiB of it are the parsers' pages,",
            "which all guests share.",
            "",
            f"Measured on: {facts}.",
            "",
            "## Aims",
            "",
            "| what | aim | measured | |",
            "|---|---|---|---|",
            *_aims(figures),
            "",
            "## Corpus, by type",
            "",
            "| type | files | p50 ms | p99 ms | most memory, MiB |",
            "|---|---|---|---|---|",
            *_types(figures.corpus),
            "",
            "## Beside pixels through a container",
            "",
            "Dangerzone makes every document a PDF and the PDF pixels, both in a gVisor sandbox",
            "without network, and a PDF of the pixels outside of it. Its method was rebuilt here",
            "with LibreOffice and pdftoppm at 150 dpi in `runsc`, Pillow outside, without text",
            "recognition; Dangerzone itself was not measured. `convert` is our method with the",
            "same outcome, the text kept as a layer.",
            "",
            "| document | clean ms | convert ms | Dangerzone's method ms | it takes |",
            "|---|---|---|---|---|",
            *_compared(figures),
            "",
        ]
    )


def _aims(figures: Figures) -> list[str]:
    by_name = {one.name: one for one in figures.documents}
    rows = [_aim(f"clean {name}", aim, by_name[name]) for name, aim in _AIMS if name in by_name]
    words = [one.ms for one in figures.corpus if one.type in _WORD]
    if words:
        rows.append(_row("clean a Word document of the corpus, p50", _DOCX_MS, _at(words, 0.5)))
    for what, pictures in (("check", figures.pictures), ("redraw", figures.redrawn)):
        rows += [_aim(f"{what} {one.name}", _PICTURE_MS, one) for one in pictures]
    return rows


def _aim(what: str, aim: float, one: Timed) -> str:
    """An aim's row; what ended without a result has reached nothing, however quickly."""
    return _row(what, aim, one.ms, "" if one.status in _RESULTS else f"missed: {one.status}")


def _row(what: str, aim: float, ms: float, ended: str = "") -> str:
    answer = ended or ("reached" if ms < aim else "missed")
    return f"| {what} | {aim:.0f} ms | {ms:.1f} ms | {answer} |"


def _types(corpus: Sequence[Timed]) -> list[str]:
    by_type: dict[str, list[Timed]] = defaultdict(list)
    for one in corpus:
        by_type[one.type].append(one)
    rows = [(name, files) for name, files in sorted(by_type.items())]
    rows.append(("all", list(corpus)))
    return [
        f"| {name} | {len(files)} | {_at([one.ms for one in files], 0.5):.1f} "
        f"| {_at([one.ms for one in files], 0.99):.1f} "
        f"| {_mib(max(one.peak_kib for one in files))} |"
        for name, files in rows
        if files
    ]


def _compared(figures: Figures) -> list[str]:
    cleaned = {one.name: one.ms for one in figures.documents}
    converted = {one.name: one.ms for one in figures.converted}
    return [
        f"| {name} | {cleaned[name]:.1f} | {converted[name]:.0f} | {ms:.0f} "
        f"| {ms / cleaned[name]:.0f} times clean, {ms / converted[name]:.1f} times convert |"
        for name, ms in figures.pixels.items()
    ]


def _at(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _mib(kib: int) -> str:
    return f"{kib / 1024:.0f}"
