"""Invariants of the splicer: no replacement gives the same bytes; what no replacement covers stays;
a part given new content decodes to it, and every other part to what it was."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.mime import (
    PartKind,
    Replacement,
    apply,
    chunks,
    decode,
    replace_content,
    replace_part_by_text_note,
    scan,
    splice,
    spliced_size,
)
from tests.unit.mime.mails import MIXED
from tools.mutate import built_in, mutate

_CUT_OFF = {"limit_header_bytes", "limit_fields", "limit_depth", "limit_parts"}


@given(st.binary(max_size=200), st.integers(1, 50))
def test_no_replacement_gives_the_same_bytes(data: bytes, chunk: int) -> None:
    def read(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    assert b"".join(chunks(splice(len(data), []), read, chunk)) == data


@given(
    st.binary(max_size=100),
    st.lists(st.tuples(st.integers(0, 100), st.binary(max_size=5)), max_size=8),
)
def test_replacements_change_their_ranges_only(data: bytes, cuts: list[tuple[int, bytes]]) -> None:
    points = sorted(min(at, len(data)) for at, _ in cuts)
    edits = [
        Replacement(start, end, new)
        for start, end, (_, new) in zip(points[::2], points[1::2], cuts, strict=False)
    ]
    expected = bytearray(data)
    for edit in reversed(edits):
        expected[edit.start : edit.end] = edit.new
    assert apply(data, edits) == bytes(expected)
    assert spliced_size(splice(len(data), edits)) == len(expected)


@given(st.integers(0, 2**32), st.integers(0, 20), st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_a_replaced_part_decodes_to_its_new_content(seed: int, number: int, new: bytes) -> None:
    data = mutate(seed, 0, [*built_in(), MIXED])
    message = scan(data)
    assume(_CUT_OFF.isdisjoint(note.defect for note in message.all_defects()))
    parts = [p for p in message.walk() if p.kind is PartKind.LEAF and not p.children]
    assume(parts)
    part = parts[number % len(parts)]
    built = apply(data, replace_content(data, part, new))
    assert built[: part.insert_at] == data[: part.insert_at]
    assert built.endswith(data[part.end :])
    again = [p for p in scan(built).walk() if p.path == part.path]
    assert again, "the part is still there"
    assert _text(decode(again[0], built)) == _text(new)


def _text(content: bytes) -> bytes:
    """Line ends belong to the mail, and the last one may be the delimiter's."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")


@given(st.integers(0, 2**32), st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_a_note_replaces_any_part_and_leaves_the_rest(seed: int, text: str) -> None:
    data = mutate(seed, 1, [*built_in(), MIXED])
    message = scan(data)
    assume(_CUT_OFF.isdisjoint(note.defect for note in message.all_defects()))
    for part in message.walk():
        built = apply(data, replace_part_by_text_note(data, part, text))
        assert built[: part.insert_at] == data[: part.insert_at]
        assert built.endswith(data[part.end :])
