"""What unpacking is asked and what it answers. Values only, ready for the wire."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from gateway.engines.static.report import StaticReport
from gateway.model import Finding, Origin, TypeGuess

Write = Callable[[bytes], int]
"""Stores a content and returns the offset at which it lies."""

Glance = Callable[[bytes, str, str], StaticReport | None]
"""Examines a content of a type and name in passing, if that is worth it."""


def no_glance(data: bytes, type_name: str, name: str) -> StaticReport | None:
    """Examines nothing."""
    return None


class UnpackLimits(msgspec.Struct, frozen=True):
    """What is left of a mail's limits for this container. Bytes and counts; see policy's [limits].

    `depth` is how many containers lie around this one already.
    """

    depth: int = 0
    max_depth: int = 12
    """amavis takes 14, ClamAV 17; honest mail hardly needs 5."""
    members: int = 2000
    """amavis takes 3,000; every member costs a row for each stage."""
    total_bytes: int = 256 * 1024 * 1024
    """Five times the largest mail; ClamAV scans 400 MiB."""
    member_bytes: int = 128 * 1024 * 1024
    """One member is held in memory while its type is told: a quarter of a guest's memory."""
    ratio: int = 250
    """Log files reach 100; deflate's maximum is 1,032, and bombs live near it."""


RATIO_FLOOR = 1024 * 1024
"""Unpacked bytes below which the ratio is not asked: a small file of zeros is no bomb."""


class Limit(StrEnum):
    """The limits a container may reach."""

    DEPTH = "depth"
    MEMBERS = "members"
    TOTAL_BYTES = "total_bytes"
    MEMBER_BYTES = "member_bytes"
    RATIO = "ratio"


class OverLimit(msgspec.Struct, frozen=True, tag="over_limit"):
    """A limit ended the work; what was unpacked before stays valid."""

    which: Limit
    value: int
    limit: int

    @property
    def sentence(self) -> str:
        """One sentence for people."""
        match self.which:
            case Limit.DEPTH:
                return f"it lies {self.value} containers deep, the limit is {self.limit}"
            case Limit.MEMBERS:
                return f"it has more than {self.limit} members"
            case Limit.TOTAL_BYTES:
                return f"it unpacks to more than the limit of {self.limit} bytes"
            case Limit.MEMBER_BYTES:
                return f"a member is larger than the limit of {self.limit} bytes"
            case Limit.RATIO:
                return f"it unpacks to more than {self.limit} times its size"


class Encrypted(msgspec.Struct, frozen=True, tag="encrypted"):
    """At least one member cannot be read without a password; `listed` when names could be."""

    listed: bool = True

    @property
    def sentence(self) -> str:
        """One sentence for people."""
        what = "members are encrypted" if self.listed else "even the list of members is encrypted"
        return f"{what}: nobody without the password can look inside"


class Damaged(msgspec.Struct, frozen=True, tag="damaged"):
    """The container breaks its format's rules; what was readable is listed."""

    reason: str

    @property
    def sentence(self) -> str:
        """One sentence for people."""
        return f"it is damaged: {self.reason}"


class Unsupported(msgspec.Struct, frozen=True, tag="unsupported"):
    """Nothing here can open this, or this part of it."""

    reason: str

    @property
    def sentence(self) -> str:
        """One sentence for people."""
        return self.reason


Problem = OverLimit | Encrypted | Damaged | Unsupported


class Child(msgspec.Struct, frozen=True):
    """One file found inside. `parent` is the index of the child that holds it, -1 for the
    container itself (only nested mails have more than one level).

    `name` is safe to show; `raw_name` is what the container says, byte for byte. An encrypted
    child has no content: its size is what the container claims, its offset is -1. `report` is
    there when it was examined in passing.
    """

    name: str
    raw_name: bytes
    origin: Origin
    offset: int
    size: int
    guess: TypeGuess
    parent: int = -1
    encrypted: bool = False
    claimed_type: str = ""
    doubtful: bool = False
    taken_apart: bool = False
    report: StaticReport | None = None


class Contents(msgspec.Struct, frozen=True):
    """The answer: children in their order, what went wrong, what was noticed."""

    children: tuple[Child, ...] = ()
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()


class LimitReachedError(Exception):
    """Raised by the meter, caught where the container's answer is put together."""

    def __init__(self, over: OverLimit) -> None:
        super().__init__(over.sentence)
        self.over = over
