"""Contents in files: reading, sharing, sealing, closing."""

from __future__ import annotations

import gc
import os
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.model import BytesContent, Content, chunks
from gateway.sandbox import FileContent, content_from_bytes, content_in_file, memory_file
from gateway.sandbox.contents import IN_MEMORY_LIMIT, output_file, spool_file

DATA = bytes(range(256)) * 3000


def _is_open(fd: int) -> bool:
    return Path(f"/proc/self/fd/{fd}").exists()


@pytest.mark.parametrize("bounds", [(0, None), (0, 10), (5, 5), (100, None), (9, 1 << 40), (7, 3)])
def test_a_file_content_reads_as_one_in_memory(bounds: tuple[int, int | None]) -> None:
    content = content_from_bytes(DATA)
    assert isinstance(content, Content)
    assert content.read(*bounds) == BytesContent(DATA).read(*bounds)


def test_digest_and_chunks_are_those_of_the_bytes() -> None:
    content = content_from_bytes(DATA)
    assert content.sha256 == sha256(DATA).hexdigest()
    assert b"".join(chunks(content)) == DATA


def test_a_slice_of_a_file_is_its_own_content() -> None:
    whole = content_from_bytes(DATA)
    part = FileContent(whole.file, 1000, 50)
    assert part.read() == DATA[1000:1050]
    assert part.sha256 == sha256(DATA[1000:1050]).hexdigest()


def test_the_file_closes_with_its_last_content() -> None:
    whole = content_from_bytes(DATA)
    fd, part = whole.fd, FileContent(whole.file, 0, 5)
    del whole
    gc.collect()
    assert _is_open(fd) and part.read() == DATA[:5]
    del part
    gc.collect()
    assert not _is_open(fd)


def test_a_sealed_file_cannot_be_changed_by_whoever_else_holds_it() -> None:
    content = content_from_bytes(DATA)
    other = os.dup(content.fd)
    for change in (
        lambda: os.pwrite(other, b"x", 0),
        lambda: os.ftruncate(other, 5),
        lambda: os.ftruncate(other, len(DATA) + 5),
    ):
        with pytest.raises(PermissionError):
            change()
    os.close(other)


def test_a_file_that_became_shorter_is_an_error_not_a_short_read() -> None:
    file = memory_file()
    os.write(file.fd, DATA)
    content = FileContent(file, 0, len(DATA))
    os.ftruncate(file.fd, 10)
    with pytest.raises(OSError, match="gone"):
        content.read()


def test_small_outputs_are_in_memory_and_large_ones_in_the_spool(tmp_path: Path) -> None:
    small = output_file(IN_MEMORY_LIMIT, tmp_path)
    large = output_file(IN_MEMORY_LIMIT + 1, tmp_path)
    without_spool = output_file(IN_MEMORY_LIMIT + 1, None)
    assert small.seal() and without_spool.seal()
    assert not large.seal()
    assert os.fstat(large.fd).st_dev == tmp_path.stat().st_dev
    assert not list(tmp_path.iterdir())


def test_contents_are_copied_into_a_file_only_when_they_are_in_none(tmp_path: Path) -> None:
    in_file = content_from_bytes(DATA)
    assert content_in_file(in_file) is in_file
    assert content_in_file(BytesContent(DATA)).read() == DATA
    spooled = spool_file(tmp_path)
    os.write(spooled.fd, DATA)
    assert content_in_file(FileContent(spooled, 10, 20)).read() == DATA[10:30]
