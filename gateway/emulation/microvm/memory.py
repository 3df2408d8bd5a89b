"""The saved memory of a guest: kept as a file, mapped by every machine, changed by none.

Machines map one file in memory (memfd_create(2)) privately: each page is copied when the guest
writes it, so nothing is read or copied before a machine starts. The file is sealed: not even a QEMU
that was taken over can write what the next machine begins from.
"""

from __future__ import annotations

import fcntl
import os
from io import FileIO
from pathlib import Path

_CHUNK = 1 << 16
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def empty(size: int) -> int:
    """A descriptor of `size` zero bytes in memory, for a guest that is started once."""
    descriptor = os.memfd_create("guest", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.truncate(descriptor, size)
    return descriptor


def keep(descriptor: int, target: Path) -> int:
    """Write a guest's memory into a file, holes where it is zero. Returns bytes that are not."""
    zeros = bytes(_CHUNK)
    size, written = os.fstat(descriptor).st_size, 0
    with target.open("wb") as file:
        file.truncate(size)
        for place in range(0, size, _CHUNK):
            data = os.pread(descriptor, _CHUNK, place)
            if data != zeros:
                written += os.pwrite(file.fileno(), data, place)
    return written


def load(source: Path) -> FileIO:
    """A sealed file in memory of what was kept. Raises OSError."""
    with source.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        loaded = FileIO(empty(size), "rb+")
        _copy(file.fileno(), loaded.fileno(), size)
    fcntl.fcntl(loaded, fcntl.F_ADD_SEALS, _SEALS)
    return loaded


def _copy(source: int, target: int, size: int) -> None:
    """Everything but holes (SEEK_DATA and SEEK_HOLE of lseek(2))."""
    place = 0
    while place < size:
        try:
            place = os.lseek(source, place, os.SEEK_DATA)
        except OSError:  # ENXIO: only a hole is left
            return
        end = os.lseek(source, place, os.SEEK_HOLE)
        os.lseek(target, place, os.SEEK_SET)
        while place < end:
            sent = os.sendfile(target, source, place, end - place)
            if not sent:
                raise OSError(f"the file ends at {place}, before its {size} bytes")
            place += sent
