"""The contract of all extractors: what they are asked, what they answer.

An extractor is a module with the names of `Extractor`. It gets bytes and gives bytes; it opens
no file, no socket and no process, because it runs where none of these exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.switches import ExtractSwitches
from gateway.model import Removal


class ExtractStatus(StrEnum):
    """How an extraction ended."""

    CLEANED = "cleaned"
    """`content` is new: everything the switches name is gone."""
    UNCHANGED = "unchanged"
    """Nothing to take out: the original bytes are the answer, byte for byte."""
    REPLACED = "replaced"
    """There is no clean form: `content` is a text note in the file's place."""
    FAILED = "failed"
    """No answer; the original must not be delivered as if it were extracted."""
    ENCRYPTED = "encrypted"
    """The content needs a password nobody gave."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The answer. `content` is the new bytes when cleaned or replaced, otherwise None.

    `type` is the type of what is delivered; `error` says in one sentence why there is no answer.
    Raises ValueError for combinations that contradict themselves.
    """

    status: ExtractStatus
    type: str
    content: bytes | None = None
    removed: tuple[Removal, ...] = ()
    error: str = ""

    def __post_init__(self) -> None:
        changed = self.status in (ExtractStatus.CLEANED, ExtractStatus.REPLACED)
        if (self.content is not None) != changed or bool(self.removed) != changed:
            raise ValueError("content and removals belong to a cleaned file, and only there")
        no_answer = self.status in (ExtractStatus.FAILED, ExtractStatus.ENCRYPTED)
        if bool(self.error) != no_answer:
            raise ValueError("an error belongs to a missing answer, and only there")


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes met on the way that deserve a judgement of their own: a macro project, an object."""

    kind: Kind
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything an extractor could take out of a file, with all switches on.

    `hosts` are the hosts that links and references name. `error` is non-empty when the file
    could not be read to its end; then the hits are incomplete.
    """

    hits: tuple[Hit, ...] = ()
    hosts: tuple[str, ...] = ()
    payloads: tuple[Payload, ...] = ()
    encrypted: bool = False
    error: str = ""


class ExtractError(Exception):
    """The file breaks its format's rules, or a limit; the message is one sentence for people."""


class EncryptedError(ExtractError):
    """The file needs a password."""


class Extractor(Protocol):
    """One family of formats."""

    NAME: str
    TYPES: frozenset[str]

    def preload(self) -> None:
        """Import everything that later calls need, before the file system is gone."""
        ...

    def survey(self, data: bytes, type_name: str) -> Survey:
        """What could be taken out of `data`. Raises ExtractError or a parser's own error."""
        ...

    def extract(self, data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
        """`data` without what `switches` name. Raises as `survey` does."""
        ...
