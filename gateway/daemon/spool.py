"""Where a mail's bytes wait: in memory up to a limit, then in a file without a name.

A file without a name (open(2) O_TMPFILE) vanishes with the process that holds it, so a crash
leaves nothing behind; in mode `through` the sender still has the mail.
"""

from __future__ import annotations

import os
from pathlib import Path

from gateway.model import BytesContent, Content
from gateway.sandbox import FileContent, SharedFile


class BodyBuffer:
    """Collects one mail's bytes; `content` hands them over, complete."""

    def __init__(self, directory: Path, memory_limit: int) -> None:
        """`directory`: where the file goes; `memory_limit`: bytes held in memory at most."""
        self._directory = directory
        self._limit = memory_limit
        self._pieces: list[bytes] = []
        self._held = 0
        self._size = 0
        self._file = -1

    def write(self, data: bytes) -> None:
        """Append `data`. Raises OSError when the spool is full."""
        self._pieces.append(data)
        self._held += len(data)
        self._size += len(data)
        if self._held > self._limit:
            self._spill()

    def content(self) -> Content:
        """The complete mail; the buffer is empty afterwards. Raises OSError when the spool is full:
        then it is empty as well, since the next mail must not begin with the rest of this one."""
        if self._file < 0:
            content: Content = BytesContent(b"".join(self._pieces))
        else:
            try:
                self._spill()
            except OSError:
                self.discard()
                raise
            content = FileContent(SharedFile(self._file), 0, self._size)
            self._file = -1
        self._pieces, self._held, self._size = [], 0, 0
        return content

    def discard(self) -> None:
        """Forget what was collected."""
        self._pieces, self._held, self._size = [], 0, 0
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _spill(self) -> None:
        if self._file < 0:
            flags = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC
            self._file = os.open(self._directory, flags, 0o600)
        for piece in self._pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(self._file, view) :]
        self._pieces, self._held = [], 0
