"""Invariant: whatever bytes come in, extraction answers; and an output it calls cleaned is clean.

Documents are mutated as an attacker or a bad line would: bytes changed, cut, doubled, inserted.
"""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extraction import ExtractStatus, extract, survey
from tests.unit.extraction import pictures, samples, test_contract

SAMPLES = {
    "docx": samples.acting_word,
    "xlsx": samples.acting_book,
    "pptx": samples.acting_slide,
    "pdf": samples.acting_pdf,
}
READ_AS_TEXT = {
    "html": test_contract.TestHtml().acting,
    "svg": test_contract.TestDrawing().acting,
    "ics": test_contract.TestCalendar().acting,
    "csv": test_contract.TestTable().acting,
    "png": test_contract.TestPicture().acting,
    "jpeg": lambda: pictures.jpeg_with_segment(0xFE, b"x" + pictures.PAGE) + pictures.TAIL,
    "gif": lambda: pictures.animation("gif") + pictures.TAIL,
    "webp": lambda: pictures.turned("webp") + pictures.TAIL,
    "tiff": lambda: pictures.animation("tiff") + pictures.TAIL,
}
"""Formats in which any bytes are a file, or most damage leaves one."""
ALL = SAMPLES | READ_AS_TEXT
build = cache(lambda kind: ALL[kind]())


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A document with up to eight mutations."""
    kind = draw(st.sampled_from(sorted(ALL)))
    data = bytearray(build(kind))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(0, 40))
        match draw(st.sampled_from(("change", "cut", "double", "insert"))):
            case "change" if data:
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + length]
            case "double":
                data[at:at] = data[at : at + length]
            case _:
                data[at:at] = draw(st.binary(max_size=8))
    return kind, bytes(data)


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_mutated_documents_are_answered_honestly(given_document: tuple[str, bytes]) -> None:
    kind, data = given_document
    made = extract(data, kind)
    if made.content is not None:
        assert extract(made.content, kind).status is ExtractStatus.UNCHANGED
        assert survey(made.content, kind).hits == ()
    else:
        assert made.status is not ExtractStatus.CLEANED


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=400))
def test_any_bytes_are_answered(kind: str, data: bytes) -> None:
    assert extract(data, kind).status is not ExtractStatus.CLEANED
