"""The buffer of a mail: every byte once, on disk above its limit, nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.daemon.spool import BodyBuffer
from gateway.sandbox import FileContent

LIMIT = 64


@pytest.fixture
def buffer(tmp_path: Path) -> Iterator[BodyBuffer]:
    yield BodyBuffer(tmp_path, LIMIT)
    assert list(tmp_path.iterdir()) == [], "a file of the spool has no name"


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the shortest way to count


@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 10 * LIMIT])
def test_what_goes_in_comes_out(buffer: BodyBuffer, size: int) -> None:
    data = os.urandom(size)
    for at in range(0, size, 7):
        buffer.write(data[at : at + 7])
    content = buffer.content()
    assert (content.read(), content.size) == (data, size)
    assert isinstance(content, FileContent) is (size > LIMIT)


def test_it_is_empty_afterwards_and_used_again(buffer: BodyBuffer) -> None:
    for data in (b"a" * 3 * LIMIT, b"b", b"c" * 3 * LIMIT):
        buffer.write(data)
        assert buffer.content().read() == data
    buffer.write(b"d" * 3 * LIMIT)
    buffer.discard()
    buffer.write(b"e")
    assert buffer.content().read() == b"e"


def test_no_descriptor_is_left(buffer: BodyBuffer) -> None:
    before = descriptors()
    for _ in range(20):
        buffer.write(b"x" * 2 * LIMIT)
        buffer.discard()
        buffer.write(b"x" * 2 * LIMIT)
        buffer.content()
    assert descriptors() == before


def test_two_mails_of_a_session_do_not_share_a_file(buffer: BodyBuffer) -> None:
    """The first may still be read, by an analysis that goes on, while the second arrives."""
    contents = []
    for letter in (b"a", b"b", b"c"):
        buffer.write(letter * 3 * LIMIT)
        contents.append(buffer.content())
    assert [content.read()[:1] for content in contents] == [b"a", b"b", b"c"]
    for one, other in pairwise(contents):
        assert isinstance(one, FileContent) and isinstance(other, FileContent)
        assert one.fd != other.fd


def test_memory_stays_below_the_limit(buffer: BodyBuffer) -> None:
    for _ in range(100):
        buffer.write(b"x" * 10)
        assert buffer._held <= LIMIT
    buffer.discard()


@given(st.lists(st.binary(max_size=50), max_size=30))
@settings(max_examples=50, deadline=None)
def test_whatever_the_pieces_are(pieces: list[bytes]) -> None:
    buffer = BodyBuffer(Path("/tmp"), LIMIT)
    for piece in pieces:
        buffer.write(piece)
    assert buffer.content().read() == b"".join(pieces)


@pytest.mark.parametrize("fails_at", ["write", "content"])
def test_a_full_disk_leaves_nothing_of_the_mail(
    buffer: BodyBuffer, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    real, before = os.write, descriptors()

    def full(descriptor: int, data: memoryview) -> int:
        real(descriptor, data[: len(data) // 2])  # half of it still fits
        raise OSError(28, "No space left on device")

    buffer.write(b"a" * 2 * LIMIT)
    buffer.write(b"a" * (LIMIT // 2))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        if fails_at == "write":
            buffer.write(b"a" * 2 * LIMIT)
        else:
            buffer.content()
    if fails_at == "write":
        buffer.discard()  # as the session does
    monkeypatch.undo()
    buffer.write(b"b")
    assert buffer.content().read() == b"b"
    assert descriptors() == before
