"""Real pages and HTML bodies: inert afterwards, the same text, and most of them the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.extraction import ExtractStatus, extract
from gateway.mime import decode, scan
from tests.unit.extraction.webjudges import acting, text_of

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
MAX_JUDGED = 150_000
"""Bytes of a page that html5lib, which needs a second for a megabyte, is asked about."""


def _pages() -> list[tuple[str, bytes]]:
    found = [(path.name, path.read_bytes()) for path in sorted(CORPUS.rglob("*.html"))]
    for path in sorted(CORPUS.rglob("*.eml")):
        data = path.read_bytes()
        found += [
            (f"{path.name} {node.path}", decode(node, data))
            for node in scan(data).walk()
            if node.claimed_type == "text/html" and not node.children
        ]
    return found


PAGES = _pages() if CORPUS.is_dir() else []
SAID_MORE = {"cdata.html", "cdata.out.html"}
"""What browsers take for a comment is shown: a CDATA section outside of foreign content."""

pytestmark = pytest.mark.skipif(not PAGES, reason="../shared/corpus is not here")


def shown(data: bytes) -> str:
    """The page as text, whatever it is encoded in."""
    for mark, encoding in (
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"<\0", "utf-16-le"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-16-be" if data.startswith(b"\0<") else "utf-8", "replace")


@pytest.mark.parametrize(("name", "data"), PAGES, ids=[name for name, _ in PAGES])
def test_a_real_page_is_inert_and_says_the_same(name: str, data: bytes) -> None:
    made = extract(data, "html")
    assert made.status in (ExtractStatus.CLEANED, ExtractStatus.UNCHANGED)
    assert all(removal.what != "page written anew" for removal in made.removed)
    result = data if made.content is None else made.content
    if len(data) > MAX_JUDGED:
        return
    for scripting in (True, False):
        assert acting(shown(result), scripting=scripting) == []
    if made.content is not None and name not in SAID_MORE:
        assert text_of(shown(result)) == text_of(shown(data))


def test_most_real_pages_stay_byte_for_byte() -> None:
    changed = [name for name, data in PAGES if extract(data, "html").content is not None]
    assert len(changed) * 5 < len(PAGES)
