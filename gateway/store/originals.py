"""Originals: mails as they came, of which somebody got an extracted copy.

Sealed (see `sealed`), one file each, complete exactly when it has its final name, and fsynced with
its directory before `keep` returns: a mail answered 250 can be had in full. A link's token is made
from the key, the original's id and the recipient, and is stored nowhere: it leads to an original
exactly as long as there is one.
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gateway.model import BytesContent, Content
from gateway.store import sealed
from gateway.store.database import NotKeptError, StoreError

KEY_FILE = "originals.key"
"""Beside the directory, so that a copy of the directory alone tells nothing."""

_PARTIAL = ".partial-"
_TOKEN_BYTES = 16
"""128 bits: not to be guessed however often somebody asks."""


class Original(msgspec.Struct, frozen=True):
    """What is known of a kept mail. `at`, `until`: seconds since the epoch; `id` is its trace's;
    `recipients` got an extracted copy, the only ones it is kept for; `removed` says what was taken
    out. `client`, `server`, `port`: the connection it came on."""

    id: str
    at: float
    until: float
    sender: str
    recipients: list[str]
    subject: str
    removed: list[str]
    sha256: str
    size: int
    client: str = ""
    server: str = ""
    port: int = 25


class Originals:
    """The originals in one directory."""

    def __init__(self, directory: Path) -> None:
        """`directory` and the key beside it are made when missing. Raises StoreError."""
        self._directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make {directory}: {error.strerror}") from error
        self._key = sealed.load_key(directory.parent / KEY_FILE)

    def keep(self, original: Original, body: Content) -> None:
        """Keep `body` durably. Raises StoreError; then nothing was kept."""
        partial, final = self._directory / f"{_PARTIAL}{original.id}", self._path(original.id)
        head = msgspec.json.encode(original)
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                sealed.write(file, self._key, original.id, head, body)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(final)
            self._sync()
        except OSError as error:
            partial.unlink(missing_ok=True)
            final.unlink(missing_ok=True)
            raise StoreError(f"the original cannot be kept: {error.strerror}") from error

    def entries(self) -> Iterator[Original]:
        """What is kept, oldest first. Raises StoreError for a damaged file."""
        yield from sorted(map(self.get, self._ids()), key=lambda original: original.at)

    def find(self, untrusted_id: str) -> Original:
        """The original whose id is, or begins with, the given text. Raises StoreError when there is
        none, or more than one."""
        found = [name for name in self._ids() if name.startswith(untrusted_id)]
        exact = [name for name in found if name == untrusted_id]
        if not untrusted_id or not found:
            raise NotKeptError(f"there is no original '{untrusted_id}'")
        if len(found) > 1 and not exact:
            raise StoreError(f"more than one original begins with '{untrusted_id}'")
        return self.get((exact or found)[0])

    def get(self, original_id: str) -> Original:
        """What is known of the original with exactly that id. Raises StoreError."""
        try:
            with self._path(original_id).open("rb") as file:
                head = sealed.read_head(file, self._key, original_id)
            return msgspec.json.decode(head, type=Original)
        except FileNotFoundError:
            raise NotKeptError(f"there is no original '{original_id}'") from None
        except (OSError, StoreError, msgspec.DecodeError) as error:
            raise StoreError(f"the original {original_id} cannot be read: {error}") from error

    def body(self, original_id: str) -> Content:
        """The mail, byte for byte. Raises StoreError, also when a single byte was changed."""
        try:
            with self._path(original_id).open("rb") as file:
                return BytesContent(b"".join(sealed.read_body(file, self._key, original_id)))
        except FileNotFoundError:
            raise NotKeptError(f"there is no original '{original_id}'") from None
        except (OSError, StoreError) as error:
            raise StoreError(f"the original {original_id} cannot be read: {error}") from error

    def drop(self, original_id: str) -> None:
        """Delete an original; its links lead nowhere from now on. Raises StoreError."""
        try:
            self._path(original_id).unlink()
            self._sync()
        except FileNotFoundError:
            raise NotKeptError(f"there is no original '{original_id}'") from None
        except OSError as error:
            raise StoreError(f"{original_id} cannot be removed: {error.strerror}") from error

    def token(self, original_id: str, recipient: str) -> str:
        """What a link for `recipient` carries."""
        code = sealed.mac(self._key, "token", f"{original_id}\n{recipient}")[:_TOKEN_BYTES]
        return f"{original_id}.{urlsafe_b64encode(code).decode().rstrip('=')}"

    def by_token(self, untrusted_token: str, now: float) -> tuple[Original, str]:
        """The original a link leads to at `now`, and the recipient it was made for.

        Raises StoreError, always with the same words: a guess must not learn what there is.
        """
        original_id = untrusted_token.partition(".")[0]
        if original_id in set(self._ids()):
            original = self.get(original_id)
            for recipient in original.recipients if original.until > now else ():
                expected = self.token(original_id, recipient)
                if hmac.compare_digest(expected.encode(), untrusted_token.encode()):
                    return original, recipient
        raise NotKeptError("this link leads to no original, or no longer")

    def expire(self, now: float) -> int:
        """Delete originals whose time is over at `now`; how many. One that cannot be read is left
        to whoever looks through them. Raises StoreError."""
        removed = 0
        for name in list(self._ids()):
            try:
                over = self.get(name).until <= now
            except StoreError:
                continue
            if over:
                self.drop(name)
                removed += 1
        return removed

    def sweep(self) -> int:
        """Remove what a crash left half-written; how many. Only when no worker is writing."""
        partial = list(self._directory.glob(f"{_PARTIAL}*"))
        for path in partial:
            path.unlink(missing_ok=True)
        return len(partial)

    def _ids(self) -> Iterator[str]:
        return (path.name for path in self._directory.iterdir() if not path.name.startswith("."))

    def _path(self, untrusted_id: str) -> Path:
        if not untrusted_id or "/" in untrusted_id or untrusted_id.startswith("."):
            raise NotKeptError(f"there is no original '{untrusted_id}'")
        return self._directory / untrusted_id

    def _sync(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
