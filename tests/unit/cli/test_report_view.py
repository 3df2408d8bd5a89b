"""What an administrator reads of a report: complete, in 80 columns, and safe to print."""

from __future__ import annotations

import pytest

from gateway.cli.report_view import report_lines
from gateway.cli.words import look_of, size_words, time_words
from gateway.pipeline.report import QuestionReport, Report
from tests.unit.cli.reports import ID, finding, part, report, row


def shown(shown_report: Report, columns: int = 80) -> str:
    """The whole text as a terminal would show it."""
    return "\n".join(line.plain.rstrip() for line in report_lines(shown_report, columns))


def test_everything_a_report_says_is_on_the_page() -> None:
    text = shown(report())
    for words in (
        f"Mail {ID}  clean",
        "From     bob@example.org",
        "Subject  A letter",
        "10 kB, SHA-256 cdcdcdcdcdcdcdcd…",
        "c6ea36d92283, policy 28b9665bcb4e",
        "0.1   letter.docm, Word document with macros, 6.8 kB, can act: macros  clean",
        "Taken out of letter.docm",
        "- VBA macros (word/vbaProject.bin): they run",
        "For ann@example.org: delivered without what was taken out",
        "[extract.enabled, built-in\n    default]",
        "next hop answered 250 2.0.0 Ok: queued as 4F",
    ):
        assert words in text


def test_a_row_says_what_and_why_and_where_it_was_decided() -> None:
    text = shown(
        report(
            rows=(
                row(
                    "0.1",
                    "emulate",
                    "skipped",
                    kind="unsupported",
                    reason="no environment runs it",
                    rule="policy.toml line 31",
                ),
                row("0.1", "extract", "failed", reason="the parser crashed"),
                row("0.1", "static", "timed_out", reason="it took 15 s"),
                row("0.1", "judge", "not_reached", reason="blocked before"),
            )
        )
    )
    assert "  ? emulate      unsupported: no environment runs it [policy.toml line 31]" in text
    assert "  ✗ extract      broke: the parser crashed" in text
    assert "  ✗ static       took too long: it took 15 s" in text
    assert "  – judge        not reached: blocked before" in text


def test_findings_stand_below_their_stage_and_weighty_ones_mark_it() -> None:
    text = shown(report(rows=(row("0.1", "static", findings=(finding(),)),)))
    assert "  ! static       done" in text
    assert "                   high: it phones home (static.home, 80 % sure)" in text
    light = row("0.1", "static", findings=(finding("low"),))
    assert look_of(light).sign == "✓"


def test_stages_with_the_same_reason_share_a_line() -> None:
    same = {"outcome": "skipped", "kind": "not_applicable", "reason": "nothing to run"}
    text = shown(report(rows=(row("0.1", "emulate", **same), row("0.1", "extract", **same))))  # type: ignore[arg-type]
    assert "  · emulate, extract\n                 not needed: nothing to run" in text


def test_stages_of_the_mail_are_not_repeated_for_each_part() -> None:
    text = shown(report(rows=(row("0.1", "parse", reason="odd one"), row("0", "static"))))
    assert "odd one" not in text
    assert "static" not in text


def test_parts_stand_below_what_they_were_found_in() -> None:
    parts = (
        part("0.1", "outer.zip", "zip"),
        part("0.2", "second.txt", "text"),
        part("0.10", "tenth.txt", "text"),
        part("0.1.1", "inner.txt", "text", parent="0.1"),
    )
    text = shown(report(parts=parts))
    places = [text.index(name) for name in ("outer.zip, ", "inner.txt", "second.txt", "tenth.txt")]
    assert places == sorted(places)
    assert "6.8 kB, inside outer.zip" in text


def test_open_questions_are_shown_once_with_all_their_files() -> None:
    questions = (
        QuestionReport("0.1", "antivirus", "unavailable", "clamd is down"),
        QuestionReport("0.2", "antivirus", "unavailable", "clamd is down"),
        QuestionReport("0", "parse", "failed", "it broke"),
    )
    parts = (part(), part("0.2", name=""))
    text = shown(report(verdict="unscanned", parts=parts, questions=questions))
    assert "open: antivirus: clamd is down (letter.docm, part 0.2)" in text
    assert "open: parse: it broke (the mail)" in text


@pytest.mark.parametrize("columns", [60, 80, 110])
def test_no_line_is_wider_than_the_screen(columns: int) -> None:
    wordy = report(
        subject="a rather long subject " * 8,
        rows=(row("0.1", "static", reason="many words " * 30, findings=(finding(),)),),
    )
    assert max(len(line) for line in shown(wordy, columns).splitlines()) <= columns


def test_what_came_from_outside_cannot_drive_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;owned\x07\r\n\u202egnp.exe"
    hostile = report(
        subject=evil,
        parts=(part(name=evil),),
        rows=(row("0.1", "static", reason=evil, findings=(finding(evidence=evil),)),),
    )
    text = shown(hostile)
    assert "\ufffd[2J" in text
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (10_091, "10 kB"),
        (999_999, "1.0 MB"),
        (5_582_267, "5.6 MB"),
        (7_200_000_000_000, "7200 GB"),
    ],
)
def test_sizes_are_for_people(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.9, "59 s"), (60, "1 min"), (7500, "2 h 5 min"), (356_400, "4 d 3 h")],
)
def test_durations_are_for_people(seconds: float, words: str) -> None:
    assert time_words(seconds) == words
