"""The saved memory of a guest: kept with holes, loaded sealed, changed by no machine."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest

from gateway.emulation.microvm import memory

PAGE = 1 << 16
SIZE = 64 * PAGE


def _kept(tmp_path: Path) -> Path:
    descriptor = memory.empty(SIZE)
    os.pwrite(descriptor, b"first", 3 * PAGE)
    os.pwrite(descriptor, b"last", SIZE - 4)
    assert memory.keep(descriptor, tmp_path / "kept") == 2 * PAGE
    os.close(descriptor)
    return tmp_path / "kept"


def test_what_was_kept_comes_back_whole_and_zeros_take_no_room(tmp_path: Path) -> None:
    kept = _kept(tmp_path)
    assert kept.stat().st_size == SIZE
    assert kept.stat().st_blocks * 512 <= 4 * PAGE
    with memory.load(kept) as loaded:
        assert os.fstat(loaded.fileno()).st_blocks * 512 <= 4 * PAGE
        assert os.pread(loaded.fileno(), SIZE, 0) == kept.read_bytes()
        assert os.pread(loaded.fileno(), 5, 3 * PAGE) == b"first"


def test_nobody_changes_what_was_loaded(tmp_path: Path) -> None:
    with memory.load(_kept(tmp_path)) as loaded:
        again = os.open(f"/proc/self/fd/{loaded.fileno()}", os.O_RDWR)  # as QEMU opens it
        with pytest.raises(PermissionError):
            os.write(again, b"x")
        with pytest.raises(PermissionError):
            os.ftruncate(again, 0)
        with pytest.raises(PermissionError):
            mmap.mmap(again, SIZE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        with mmap.mmap(again, SIZE, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE) as own:
            own[3 * PAGE : 3 * PAGE + 5] = b"other"
        os.close(again)
        assert os.pread(loaded.fileno(), 5, 3 * PAGE) == b"first"
