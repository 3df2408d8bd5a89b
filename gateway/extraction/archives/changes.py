"""What is to change in an archive, and what came of it. Values, and the look-up of a member.

A member is named by its content (docs/decisions/090): whoever unpacked the archive and whoever
writes it need not agree on numbers or on the spelling of names. The name only chooses between
members that had the same content and get different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from gateway.extraction.contract import ExtractError
from gateway.model import Removal

ZIP: Final = "zip"
SEVEN_ZIP: Final = "7z"

IN_OWN_FORMAT: Final = frozenset(
    {"tar", "cpio", "ar", "gzip", "bzip2", "xz", "zstd", "lz4", "lzip", "compress"}
)
AS_ZIP: Final = frozenset({"rar", "cab", "iso", "lha"})

WRITABLE: Final = frozenset({ZIP, SEVEN_ZIP, *IN_OWN_FORMAT, *AS_ZIP})
"""Archives that are written anew. Others that hold files (jar, apk) are signed programs: a changed
one would not start."""


@dataclass(frozen=True, slots=True)
class Change:
    """Members whose content has the digest (hexadecimal) and size get `content`.

    Their names lose the ending `drop` and get the ending `add`: a name whose bytes are of an
    unknown code page can be changed in no other way. `mime` is the new type for containers that
    name types, empty where it stays.
    """

    sha256: str
    size: int
    content: bytes
    raw_name: bytes = b""
    drop: str = ""
    add: str = ""
    mime: str = ""

    def renamed(self, raw_name: bytes) -> bytes:
        """The new name of a member called `raw_name`; folders stay."""
        drop = self.drop.encode()
        if drop and raw_name.lower().endswith(drop.lower()) and len(raw_name) > len(drop):
            raw_name = raw_name[: -len(drop)]
        return raw_name + self.add.encode()

    @property
    def renames(self) -> bool:
        """Whether names change at all."""
        return bool(self.drop or self.add)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is read from one archive: what `unpack` was given for the whole mail."""

    members: int = 2000
    member_bytes: int = 128 * 1024 * 1024
    total_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The archive anew. `type` differs from the old one where that cannot be written; `noted`
    lists that, and whatever the new format cannot hold."""

    content: bytes
    type: str
    noted: tuple[Removal, ...] = ()


class Changes:
    """The changes of one archive, and which of them found their member."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._by_digest: dict[str, list[Change]] = {}
        for change in changes:
            self._by_digest.setdefault(change.sha256, []).append(change)
        self._sizes = {change.size for change in self._all()}
        self._found: set[str] = set()

    def of(self, content: bytes, raw_name: bytes) -> Change | None:
        """What becomes of a member with this content; None where it stays."""
        if not self.may_concern(len(content)):
            return None
        digest = sha256(content).hexdigest()
        found = self._by_digest.get(digest)
        if found is None:
            return None
        self._found.add(digest)
        return next((change for change in found if change.raw_name == raw_name), found[0])

    def may_concern(self, size: int) -> bool:
        """Whether a member of this size may change: most need no digest."""
        return size in self._sizes

    @property
    def rename(self) -> bool:
        """Whether any name changes."""
        return any(change.renames for change in self._all())

    @property
    def complete(self) -> bool:
        """Whether every change found a member."""
        return self._found == self._by_digest.keys()

    def check_complete(self) -> None:
        """Raises ExtractError when a change found no member: then nothing may be delivered."""
        if not self.complete:
            raise ExtractError("a member that changes was not found in the archive")

    def _all(self) -> Iterator[Change]:
        for found in self._by_digest.values():
            yield from found


class Names:
    """Names taken in the new archive, so that a new name never hides another member."""

    def __init__(self, taken: Iterable[bytes]) -> None:
        self._taken = set(taken)

    def free(self, wanted: bytes) -> bytes:
        """`wanted`, or with a number before its ending where a member is called so already."""
        folder, slash, base = wanted.rpartition(b"/")
        stem, dot, ending = base.rpartition(b".")
        name, number = wanted, 2
        while name in self._taken:
            numbered = (
                b"%s-%d%s%s" % (stem, number, dot, ending) if dot else b"%s-%d" % (base, number)
            )
            name = folder + slash + numbered
            number += 1
        self._taken.add(name)
        return name
