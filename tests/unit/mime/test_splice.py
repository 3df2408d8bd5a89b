"""Splicing: ranges in, segments out, and nothing else touched."""

import pytest

from gateway.mime import (
    Inserted,
    Kept,
    Replacement,
    SpliceError,
    apply,
    chunks,
    in_order,
    splice,
    spliced_size,
)

DATA = b"0123456789"


def test_replacements_become_segments() -> None:
    edits = [Replacement(0, 2, b"ab"), Replacement(4, 4, b"-"), Replacement(8, 10, b"")]
    segments = splice(len(DATA), edits)
    assert segments == [Inserted(b"ab"), Kept(2, 4), Inserted(b"-"), Kept(4, 8)]
    assert apply(DATA, edits) == b"ab23-4567"
    assert spliced_size(segments) == 9


def test_no_replacement_is_one_segment() -> None:
    assert splice(10, []) == [Kept(0, 10)]
    assert splice(0, []) == []


@pytest.mark.parametrize(
    "edits",
    [
        [Replacement(2, 5, b""), Replacement(4, 6, b"")],
        [Replacement(5, 6, b""), Replacement(1, 2, b"")],
        [Replacement(9, 11, b"")],
    ],
)
def test_overlap_wrong_order_and_excess_raise(edits: list[Replacement]) -> None:
    with pytest.raises(SpliceError):
        splice(len(DATA), edits)


def test_a_range_that_runs_backwards_cannot_be_built() -> None:
    with pytest.raises(SpliceError):
        Replacement(5, 4, b"")
    with pytest.raises(SpliceError):
        Replacement(-1, 4, b"")


def test_in_order_sorts_edits_and_keeps_insertions_at_one_place_in_their_order() -> None:
    edits = [Replacement(5, 6, b"c"), Replacement(0, 0, b"a"), Replacement(0, 0, b"b")]
    assert apply(DATA, in_order(edits)) == b"ab01234c6789"
    with pytest.raises(SpliceError):
        in_order([Replacement(5, 8, b""), Replacement(0, 6, b"")])


def test_chunks_read_the_original_in_pieces() -> None:
    asked: list[tuple[int, int]] = []

    def read(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return DATA[offset : offset + length]

    segments = splice(len(DATA), [Replacement(4, 5, b"x")])
    assert b"".join(chunks(segments, read, chunk=3)) == b"0123x56789"
    assert asked == [(0, 3), (3, 1), (5, 3), (8, 2)]


def test_a_short_read_raises_instead_of_sending_half_a_mail() -> None:
    with pytest.raises(SpliceError):
        list(chunks([Kept(0, 20)], lambda offset, length: DATA[offset : offset + length]))
