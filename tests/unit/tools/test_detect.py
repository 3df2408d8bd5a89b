"""The table of tools/detect: what it counts, and how it gets into its page."""

from __future__ import annotations

import pytest

from gateway.model import Verdict
from tools.detect.measure import Seen, percentile
from tools.detect.table import BEGIN, END, Row, renewed, table, written_into


def _seen(verdict: Verdict, seconds: float = 0.1) -> Seen:
    return Seen("s.vbs", verdict, "some-rule", seconds)


def test_counts_and_names_what_is_wrong() -> None:
    bad = [_seen(Verdict.MALICIOUS), _seen(Verdict.UNSCANNED, 3.0)]
    text = table([Row("wsh", bad, [_seen(Verdict.CLEAN)], [_seen(Verdict.SUSPICIOUS)])])
    assert "| wsh | 1 of 2 | 1 of 1 | 1 | 100 ms | 3000 ms |" in text
    assert "- wsh: s.vbs is unscanned, not malicious: some-rule" in text
    assert "1 suspicious" in text
    assert "Every sample" not in text


def test_all_right_is_said() -> None:
    row = Row("wsh", [_seen(Verdict.MALICIOUS)], [_seen(Verdict.CLEAN)])
    assert table([row]).endswith("Every sample gets the verdict it must get.")


def test_the_table_goes_between_its_marks_and_nowhere_else() -> None:
    page = f"before {BEGIN} old {END} after"
    assert written_into(page, "new") == f"before {BEGIN}\nnew\n{END} after"
    with pytest.raises(ValueError, match="no"):
        written_into("a page without marks", "new")


def _page(*rows: Row) -> str:
    return written_into(f"before {BEGIN} {END} after", table(list(rows)))


def test_one_environment_leaves_the_others_as_they_are() -> None:
    bad, good = [_seen(Verdict.MALICIOUS)], [_seen(Verdict.CLEAN)]
    unsure = [_seen(Verdict.UNSCANNED)]
    page = _page(
        Row("wsh", bad, good), Row("office", bad, good, unsure), Row("pdf", bad, good, good)
    )
    text = table([Row("office", [*bad, *bad], good, good)])
    expected = [Row("wsh", bad, good), Row("office", [*bad, *bad], good, good)]
    expected.append(Row("pdf", bad, good, good))
    fresh = renewed(page, text, "office")
    assert fresh.split() == table(expected).split()
    with pytest.raises(ValueError, match="whole"):
        renewed(page, table([Row("office", good, bad)]), "office")
    with pytest.raises(ValueError, match="whole"):
        renewed(page, table([Row("cmd", bad, good)]), "cmd")


def test_percentiles() -> None:
    assert percentile([], 0.5) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
