"""Writes the system that runs to another disk: the image, without what this machine has kept.

Every partition but the state's is copied to the same place; the state begins empty and takes the
rest of the disk. The partition table is written last: a disk that was half written does not start,
and does not look as if it could.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.appliance.slots import Partition, Table
from gateway.appliance.target import FlashError, Target

STATE = "sluice-state"
SMALLEST_STATE = 256 << 20
"""Bytes, as image/mkosi.repart says."""

_ALIGNMENT = 1 << 20
_TABLE_SECTORS = 34
"""Of a partition table at a disk's begin, and of its copy at the end (UEFI 2.10, section 5.3)."""

_CHUNK = 4 << 20

Progress = Callable[[str, int, int], None]
"""What is done, bytes so far, bytes in all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes where, in bytes. `script` is sfdisk's."""

    copied: tuple[Partition, ...]
    state_begin: int
    state_size: int
    script: str


def plan(table: Table, size: int) -> Plan:
    """How the disk of `table` goes onto one of `size` bytes. Raises FlashError. Pure."""
    parts = sorted(table.partitions, key=lambda part: part.start)
    if not parts or parts[-1].name != STATE:
        raise FlashError(
            f"{table.device} is no appliance's disk: its last partition is not {STATE}"
        )
    *copied, state = parts
    sector = table.sectorsize
    end = (size - _TABLE_SECTORS * sector) // _ALIGNMENT * _ALIGNMENT
    begin = state.start * sector
    if end - begin < SMALLEST_STATE:
        needed = begin + SMALLEST_STATE + _ALIGNMENT
        raise FlashError(f"the disk has {size / 1e9:.1f} GB, and {needed / 1e9:.1f} GB are needed")
    lines = ["label: gpt", f"sector-size: {sector}"]
    lines += [_line(part, part.size) for part in copied]
    lines.append(_line(state, (end - begin) // sector))
    return Plan(tuple(copied), begin, end - begin, "\n".join(lines) + "\n")


def install(table: Table, made: Plan, target: Target, progress: Progress) -> None:
    """Write everything and read it back. Raises FlashError, OSError."""
    exclusive = os.O_EXCL if target.path.is_block_device() else 0
    total = sum(part.size for part in made.copied) * table.sectorsize
    done = 0
    with Path(table.device).open("rb") as source:
        descriptor = os.open(target.path, os.O_RDWR | exclusive)
        try:
            _erase_tables(descriptor, target.size, table.sectorsize)
            digests = []
            for part in made.copied:
                digest = hashlib.sha256()
                begin, size = part.start * table.sectorsize, part.size * table.sectorsize
                for offset, chunk in _chunks(source.fileno(), begin, size):
                    _write(descriptor, chunk, offset)
                    digest.update(chunk)
                    done += len(chunk)
                    progress("written", done, total)
                digests.append(digest.digest())
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            _verify(descriptor, table, made, digests, target, progress)
        finally:
            os.close(descriptor)
    words = ["mkfs.ext4", "-q", "-F", "-L", STATE, "-E", f"offset={made.state_begin}"]
    _run([*words, str(target.path), f"{made.state_size >> 10}k"])
    _run(["sfdisk", "-q", "--wipe-partitions=never", str(target.path)], made.script)
    os.sync()


def _verify(
    descriptor: int,
    table: Table,
    made: Plan,
    digests: list[bytes],
    target: Target,
    progress: Progress,
) -> None:
    total, done = sum(part.size for part in made.copied) * table.sectorsize, 0
    for part, expected in zip(made.copied, digests, strict=True):
        digest = hashlib.sha256()
        begin, size = part.start * table.sectorsize, part.size * table.sectorsize
        for _, chunk in _chunks(descriptor, begin, size):
            digest.update(chunk)
            done += len(chunk)
            progress("read back", done, total)
        if digest.digest() != expected:
            raise FlashError(
                f"{target.path} does not hold what was written to it; try another disk"
            )


def _line(part: Partition, sectors: int) -> str:
    attributes = f', attrs="{part.attrs}"' if part.attrs else ""
    return (
        f"start={part.start}, size={sectors}, type={part.type}, uuid={part.uuid},"
        f' name="{part.name}"{attributes}'
    )


def _chunks(descriptor: int, begin: int, size: int) -> Iterator[tuple[int, bytes]]:
    offset, end = begin, begin + size
    while offset < end:
        chunk = os.pread(descriptor, min(_CHUNK, end - offset), offset)
        if not chunk:
            raise FlashError("the disk ends before its last partition does")
        yield offset, chunk
        offset += len(chunk)


def _write(descriptor: int, chunk: bytes, offset: int) -> None:
    left = memoryview(chunk)
    while left:
        written = os.pwrite(descriptor, left, offset)
        left, offset = left[written:], offset + written


def _erase_tables(descriptor: int, size: int, sector: int) -> None:
    zeros = bytes(_TABLE_SECTORS * sector)
    _write(descriptor, zeros, 0)
    _write(descriptor, zeros, size - len(zeros))
    os.fsync(descriptor)


def _run(words: list[str], text: str = "") -> None:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise FlashError(f"{words[0]} failed: {last}")
