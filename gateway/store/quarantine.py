"""The quarantine: mails that were accepted and are kept instead of delivered.

A mail in quarantine was answered 250, so the gateway answers for it: the files and both
directories are fsynced before `keep` returns, and a mail is complete exactly when its directory
has its final name (rename is atomic, POSIX rename(2)). What a crash leaves half-done has a
temporary name and is swept at the next start.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gateway.model import Content, chunks
from gateway.store.database import NotKeptError, StoreError

_BODY = "message.eml"
_META = "kept.json"
_PARTIAL = ".partial-"


class Kept(msgspec.Struct, frozen=True):
    """A mail in quarantine. `at` is in seconds since the epoch; `id` is its trace's; `client`,
    `server` and `port` are of the connection it came on."""

    id: str
    at: float
    sender: str
    recipients: list[str]
    reason: str
    sha256: str
    size: int
    client: str = ""
    server: str = ""
    port: int = 25


class Quarantine:
    """The quarantine in one directory."""

    def __init__(self, directory: Path) -> None:
        """`directory` is made when it is missing. Raises StoreError."""
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the quarantine {directory}: {error.strerror}") from error

    def keep(self, kept: Kept, body: Content) -> None:
        """Keep `body` durably. Raises StoreError; then nothing was kept."""
        partial, final = self._directory / f"{_PARTIAL}{kept.id}", self._directory / kept.id
        written = partial
        try:
            partial.mkdir(mode=0o700)
            _write(partial / _BODY, chunks(body))
            _write(partial / _META, [msgspec.json.encode(kept)])
            _sync_directory(partial)
            partial.rename(final)
            written = final
            _sync_directory(self._directory)
        except OSError as error:
            shutil.rmtree(written, ignore_errors=True)
            raise StoreError(f"the quarantine cannot be written: {error.strerror}") from error

    def entries(self) -> Iterator[Kept]:
        """What is kept, oldest first. Raises StoreError for a damaged entry."""
        kept = [self._read(path) for path in self._complete()]
        yield from sorted(kept, key=lambda entry: entry.at)

    def find(self, untrusted_id: str) -> Kept:
        """The mail whose id is, or begins with, the given text. Raises StoreError when there is
        none, or more than one."""
        found = [path for path in self._complete() if path.name.startswith(untrusted_id)]
        exact = [path for path in found if path.name == untrusted_id]
        if not untrusted_id or not found:
            raise NotKeptError(f"the quarantine holds no mail '{untrusted_id}'")
        if len(found) > 1 and not exact:
            raise NotKeptError(f"more than one mail in quarantine begins with '{untrusted_id}'")
        return self._read((exact or found)[0])

    def body(self, kept_id: str) -> bytes:
        """The mail kept under `kept_id`. Raises StoreError when there is none."""
        return self._file(kept_id, _BODY).read_bytes()

    def drop(self, kept_id: str) -> None:
        """Forget a mail. Raises StoreError when there is none, or when it cannot be removed."""
        path = self._file(kept_id, _BODY).parent
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise StoreError(f"{path} cannot be removed: {error.strerror}") from error

    def expire(self, before: float) -> int:
        """Remove mails kept before `before` (seconds since the epoch); how many. A damaged entry
        is left to whoever looks through the quarantine. Raises StoreError."""
        removed = 0
        for path in list(self._complete()):
            try:
                old = self._read(path).at < before
            except StoreError:
                continue
            if old:
                self.drop(path.name)
                removed += 1
        return removed

    def sweep(self) -> int:
        """Remove what a crash left half-written; how many. Only when no worker is writing."""
        partial = list(self._directory.glob(f"{_PARTIAL}*"))
        for path in partial:
            shutil.rmtree(path, ignore_errors=True)
        return len(partial)

    def _complete(self) -> Iterator[Path]:
        for path in self._directory.iterdir():
            if not path.name.startswith(_PARTIAL) and (path / _META).is_file():
                yield path

    def _file(self, untrusted_id: str, name: str) -> Path:
        path = self._directory / untrusted_id / name
        if "/" in untrusted_id or untrusted_id.startswith(".") or not path.is_file():
            raise NotKeptError(f"the quarantine holds no mail '{untrusted_id}'")
        return path

    def _read(self, path: Path) -> Kept:
        try:
            return msgspec.json.decode((path / _META).read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"the quarantine entry {path.name} is damaged: {error}") from error


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
