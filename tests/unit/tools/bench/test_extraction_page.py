"""The page of extraction's speed: which aims it calls reached, and its percentiles."""

from __future__ import annotations

from tools.bench.extraction.measure import Timed
from tools.bench.extraction.page import Figures, page


def timed(name: str, ms: float, status: str = "cleaned", type_name: str = "pdf") -> Timed:
    return Timed(name, type_name, status, ms, 50 * 1024)


def lines(document_ms: float, pictures: list[Timed], corpus: list[Timed]) -> list[str]:
    documents = [timed("ten-pages.pdf", document_ms)]
    converted = [timed("ten-pages.pdf", 500.0)]
    made = page(
        Figures({}, corpus, documents, pictures, [], converted, {"ten-pages.pdf": 1000.0}, 0, 3),
        "command",
    )
    return made.splitlines()


def test_an_aim_is_reached_only_below_its_time() -> None:
    assert "| clean ten-pages.pdf | 60 ms | 59.9 ms | reached |" in lines(59.9, [], [])
    assert "| clean ten-pages.pdf | 60 ms | 60.0 ms | missed |" in lines(60.0, [], [])


def test_what_failed_has_reached_nothing() -> None:
    failed = timed("picture.png", 1.0, "failed", "png")
    assert "| check picture.png | 50 ms | 1.0 ms | missed: failed |" in lines(1.0, [failed], [])


def test_the_slowest_of_few_files_is_their_99th_percentile() -> None:
    corpus = [timed(str(ms), float(ms)) for ms in (3, 1, 2)]
    assert "| pdf | 3 | 2.0 | 3.0 | 50 |" in lines(1.0, [], corpus)


def test_the_other_method_is_told_as_a_ratio() -> None:
    row = "| ten-pages.pdf | 10.0 | 500 | 1000 | 100 times clean, 2.0 times convert |"
    assert row in lines(10.0, [], [])
