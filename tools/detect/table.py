"""The table in words."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model import Verdict
from tools.detect.measure import Seen, percentile

BEGIN, END = "<!-- tools.detect: begin -->", "<!-- tools.detect: end -->"
MACHINE = ("<!-- tools.detect microvm: begin -->", "<!-- tools.detect microvm: end -->")
"""The virtual machine has a table of its own: it is not built on every machine."""

ALL_RIGHT = "Every sample gets the verdict it must get."
_WORDS_MAX = 110


@dataclass(frozen=True, slots=True)
class Row:
    """One environment's samples."""

    environment: str
    bad: list[Seen]
    honest: list[Seen]
    corpus: list[Seen] | None = None


def table(rows: list[Row]) -> str:
    """All rows, and every sample that is not as it should be."""
    lines = [
        "| environment | bad: malicious | honest: clean | inconclusive | p50 | p99 |",
        "|---|---|---|---|---|---|",
    ]
    lines += map(_line, rows)
    for row in rows:
        lines += _corpus(row)
    wrong = [line for row in rows for line in _wrong(row)]
    return "\n".join([*lines, "", *(wrong or [ALL_RIGHT])])


def _line(row: Row) -> str:
    found = sum(one.verdict is Verdict.MALICIOUS for one in row.bad)
    clean = sum(one.verdict is Verdict.CLEAN for one in row.honest)
    both = [*row.bad, *row.honest]
    unsure = sum(one.verdict is Verdict.UNSCANNED for one in both)
    seconds = [one.seconds for one in both]
    half, most = percentile(seconds, 0.5), percentile(seconds, 0.99)
    counts = f"{found} of {len(row.bad)} | {clean} of {len(row.honest)} | {unsure}"
    return f"| {row.environment} | {counts} | {half * 1000:.0f} ms | {most * 1000:.0f} ms |"


def _corpus(row: Row) -> list[str]:
    if row.corpus is None:
        return []
    counts = {
        verdict: sum(one.verdict is verdict for one in row.corpus)
        for verdict in (Verdict.CLEAN, Verdict.UNSCANNED, Verdict.SUSPICIOUS, Verdict.MALICIOUS)
    }
    words = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count)
    seconds = [one.seconds for one in row.corpus]
    half, most = percentile(seconds, 0.5), percentile(seconds, 0.99)
    head = f"`{row.environment}` on the corpus' {len(row.corpus)} documents: {words};"
    lines = ["", f"{head} p50 {half * 1000:.0f} ms, p99 {most * 1000:.0f} ms.", ""]
    lines += [
        f"- {one.name}: {one.verdict.value} ({one.reason[:_WORDS_MAX]})"
        for one in row.corpus
        if one.verdict is not Verdict.CLEAN
    ]
    return lines


def _wrong(row: Row) -> list[str]:
    lines = []
    for listed, wanted in ((row.bad, Verdict.MALICIOUS), (row.honest, Verdict.CLEAN)):
        lines += [
            f"- {row.environment}: {one.name} is {one.verdict.value}, not {wanted.value}: "
            f"{one.reason[:_WORDS_MAX]}"
            for one in listed
            if one.verdict is not wanted
        ]
    return lines


def renewed(page: str, text: str, environment: str) -> str:
    """The table of a page with the row and the documents of one environment from `text`.

    Raises ValueError where either names samples that are not as they should be, or the page has no
    such row: all have to be run then.
    """
    old = page.partition(BEGIN)[2].partition(END)[0]
    before, after = _paragraphs(old), _paragraphs(text)
    row = f"| {environment} |"
    kept = [line for line in before[0].splitlines() if not line.startswith(row)]
    if before[-1] != ALL_RIGHT or after[-1] != ALL_RIGHT or len(kept) == len(before[0].split("\n")):
        raise ValueError("the whole table has to be made")
    fresh = next(line for line in after[0].splitlines() if line.startswith(row))
    rows = [fresh if line.startswith(row) else line for line in before[0].splitlines()]
    others = _without(before[1:-1], environment)
    documents = after[1:-1] or _of(before[1:-1], environment)
    return "\n\n".join(["\n".join(rows), *documents, *others, ALL_RIGHT])


def _paragraphs(text: str) -> list[str]:
    return [each.strip("\n") for each in text.split("\n\n") if each.strip()]


def _of(paragraphs: list[str], environment: str) -> list[str]:
    """The sentence about an environment's documents, and the list behind it."""
    found: list[str] = []
    for each in paragraphs:
        if each.startswith(f"`{environment}` on ") or (found and each.startswith("- ")):
            found.append(each)
        elif found:
            break
    return found


def _without(paragraphs: list[str], environment: str) -> list[str]:
    gone = _of(paragraphs, environment)
    return [each for each in paragraphs if each not in gone]


def written_into(page: str, text: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """The page with the table between its marks. Raises ValueError when it has none."""
    before, begin, rest = page.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        raise ValueError(f"the page has no {marks[0]} … {marks[1]}")
    return f"{before}{begin}\n{text}\n{end}{after}"
