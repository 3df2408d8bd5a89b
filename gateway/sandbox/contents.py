"""Contents that live in files: what guests read from and write into.

A file's descriptor is shared by all contents cut from it and is closed with the last of them.
Nothing here interprets a byte. Files that a guest wrote are sealed before anybody relies on them,
so that a guest cannot change what was already hashed (memfd_create(2), F_ADD_SEALS).
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from gateway.engines.static.report import StaticReport
from gateway.model import BytesContent, Content
from gateway.model.content import CHUNK

IN_MEMORY_LIMIT = 16 * 1024 * 1024
"""Bytes that may be written into a memfd; what may become more is written into a spool file.
Several mails are in flight at once: memory must not follow what a small archive unfolds into."""

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW


class SharedFile:
    """A descriptor that is closed when its last user is gone."""

    __slots__ = ("fd", "sealed")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.sealed = False

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self.fd).st_size

    def seal(self) -> bool:
        """Make the bytes immutable, whoever else holds the file; False where it cannot be done.

        A file on disk has no seals; a memfd that somebody mapped for writing refuses them.
        """
        if not self.sealed:
            try:
                fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALS)
            except OSError:
                return False
            self.sealed = True
        return True

    def __del__(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


@dataclass(frozen=True, slots=True)
class Glance:
    """What a content showed in passing, taken for a file of that type and name."""

    type: str
    name: str
    report: StaticReport


class FileContent:
    """`size` bytes at `offset` of a shared file, as a `gateway.model.Content`.

    `glance`: what was seen in it in passing, if anything; see `Glance`.
    """

    __slots__ = ("_sha256", "file", "glance", "offset", "size")

    def __init__(
        self, file: SharedFile, offset: int, size: int, glance: Glance | None = None
    ) -> None:
        self.file = file
        self.offset = offset
        self.size = size
        self.glance = glance
        self._sha256 = ""

    @property
    def fd(self) -> int:
        """The file's descriptor; valid as long as this content lives."""
        return self.file.fd

    @property
    def sha256(self) -> str:
        """Hexadecimal digest, computed at first use. Raises OSError as `read` does."""
        if not self._sha256:
            if self.size <= CHUNK:
                self._sha256 = sha256(self.read()).hexdigest()
            else:
                digest = sha256()
                for start in range(0, self.size, CHUNK):
                    digest.update(self.read(start, start + CHUNK))
                self._sha256 = digest.hexdigest()
        return self._sha256

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end` (or the end).

        Raises OSError when the file has become shorter than the content.
        """
        stop = self.size if end is None else min(end, self.size)
        wanted = max(0, stop - start)
        data = os.pread(self.file.fd, wanted, self.offset + start)
        while len(data) < wanted:  # pread(2) stops at 2 GiB, and at the end of the file
            more = os.pread(self.file.fd, wanted - len(data), self.offset + start + len(data))
            if not more:
                raise OSError(f"{wanted - len(data)} bytes of a content are gone from its file")
            data += more
        return data


def memory_file(name: str = "sluice") -> SharedFile:
    """An empty file in memory that can be sealed."""
    return SharedFile(os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))


def spool_file(directory: Path) -> SharedFile:
    """An empty file without a name in `directory` (open(2), O_TMPFILE where there is such)."""
    with tempfile.TemporaryFile(dir=directory) as untied:
        return SharedFile(os.dup(untied.fileno()))


def output_file(bound: int, spool: Path | None) -> SharedFile:
    """A file for at most `bound` bytes of a guest's output: in memory when small.

    Without a spool (`explain`, tests) everything is held in memory.
    """
    if bound <= IN_MEMORY_LIMIT or spool is None:
        return memory_file()
    return spool_file(spool)


def content_from_bytes(data: bytes) -> FileContent:
    """A sealed copy of `data` in memory that can be handed to a guest."""
    file = memory_file()
    _write_all(file.fd, data)
    file.seal()
    return FileContent(file, 0, len(data))


def content_in_file(content: Content) -> FileContent:
    """`content` as one that a guest can be handed; a copy only where it is not in a file yet."""
    if isinstance(content, FileContent):
        return content
    if isinstance(content, BytesContent):
        return content_from_bytes(content.read())
    return joined((content,))


def joined(contents: Iterable[Content]) -> FileContent:
    """A sealed copy in memory of `contents`, one behind the other."""
    file = memory_file()
    size = 0
    for content in contents:
        for start in range(0, content.size, CHUNK):
            _write_all(file.fd, content.read(start, min(start + CHUNK, content.size)))
        size += content.size
    file.seal()
    return FileContent(file, 0, size)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
