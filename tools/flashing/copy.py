"""Copies an image to a target and reads it back. Holes of the image are written as zeros."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from gateway.appliance.target import FlashError, Target

CHUNK = 4 << 20

Progress = Callable[[str, int, int], None]
"""What is done, bytes so far, bytes in all."""


def write(image: Path, target: Target, progress: Progress) -> str:
    """Write and sync; the digest of what was written. Raises FlashError, OSError."""
    total = image.stat().st_size
    if target.size < total:
        raise FlashError(f"{target.path} holds {target.size} bytes, the image has {total}")
    digest, done = hashlib.sha256(), 0
    # O_EXCL on a block device: the kernel refuses one that has come into use meanwhile.
    exclusive = os.O_EXCL if target.path.is_block_device() else 0
    descriptor = os.open(target.path, os.O_WRONLY | exclusive)
    try:
        with image.open("rb") as source:
            while chunk := source.read(CHUNK):
                _write_all(descriptor, chunk)
                digest.update(chunk)
                done += len(chunk)
                progress("written", done, total)
        os.fsync(descriptor)
        _erase_old_table(descriptor, target.size, total)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def verify(target: Target, size: int, expected: str, progress: Progress) -> None:
    """Read `size` bytes back. Raises FlashError when they are not what was written."""
    digest, done = hashlib.sha256(), 0
    with target.path.open("rb", buffering=0) as source:
        while done < size and (chunk := source.read(min(CHUNK, size - done))):
            digest.update(chunk)
            done += len(chunk)
            progress("read back", done, size)
    if digest.hexdigest() != expected:
        raise FlashError(f"{target.path} does not hold what was written to it; try another medium")


def _erase_old_table(descriptor: int, size: int, written: int) -> None:
    """Zeros over the last 34 blocks: a partition table of an earlier life of the disk has its copy
    there, and would be offered as a repair of ours."""
    tail = min(34 * 512, size - written)
    if tail > 0:
        os.lseek(descriptor, size - tail, os.SEEK_SET)
        _write_all(descriptor, bytes(tail))
        os.fsync(descriptor)


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]
