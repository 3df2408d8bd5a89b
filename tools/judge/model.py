"""What the judge knows of a file: what extraction answered, and what the judges say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

OFFICE = frozenset(
    [
        "docx",
        "docm",
        "dotx",
        "dotm",
        "xlsx",
        "xlsm",
        "xltx",
        "xltm",
        "xlsb",
        "xlam",
        "pptx",
        "pptm",
        "ppsx",
        "ppsm",
        "potx",
        "potm",
    ]
)
LEGACY = frozenset(["ole-doc", "ole-xls", "ole-ppt", "rtf", "odf"])
LOCKED = "office-encrypted"
FAMILIES: Mapping[str, frozenset[str]] = {
    "pdf": frozenset(["pdf"]),
    "office": OFFICE,
    "legacy": LEGACY,
    "web": frozenset(["html", "svg"]),
    "image": frozenset(["jpeg", "png", "gif", "webp", "tiff", "bmp"]),
    "container": frozenset(
        [
            "zip",
            "tar",
            "gzip",
            "bzip2",
            "xz",
            "zstd",
            "7z",
            "rar",
            "cab",
            "iso",
            "eml",
            "msg",
            "tnef",
            "lz4",
            "lzip",
            "compress",
        ]
    ),
}
"""Families of types, as --family takes them; all else is `other`."""

DRAWN = OFFICE | LEGACY | {"pdf"}
"""Types with pages and words that are compared."""


_ERRORS = frozenset({"NAME", "REF", "VALUE", "N", "A", "NUM", "NULL", "DIV", "0", "Err"})
"""Pieces of `#NAME?`, `#N/A`, `#DIV/0!` and the like; `Err:` has a number of three digits."""


def is_error(word: str) -> bool:
    """Whether a word is a piece of an error value."""
    return word in _ERRORS or (len(word) == 3 and word.isdigit())


class Removed(msgspec.Struct, frozen=True):
    """As `gatewayctl extract --json` prints it."""

    what: str
    where: str
    why: str


class Answer(msgspec.Struct, frozen=True):
    """One line of `gatewayctl extract --json`."""

    file: str
    type: str
    method: str
    status: str
    removed: list[Removed]
    ms: float
    error: str = ""


@dataclass(slots=True)
class Judged:
    """One file with its verdicts. `complaints` are sentences that begin with the judge's name."""

    answer: Answer
    source: Path
    output: Path | None
    complaints: list[str] = field(default_factory=list)
    again: str = ""
    """What extracting the output again answered."""
    words_before: int = 0
    words_kept: int = 0
    missing: tuple[str, ...] = ()
    error_values: int = 0
    """Missing words that are pieces of error values."""
    similarity: tuple[float, ...] = ()
    closed: tuple[str, ...] = ()
    """Programs that opened the original and not the output."""
    opened: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the output differs from the original."""
        return self.output is not None and self.answer.status in ("cleaned", "replaced")

    @property
    def type(self) -> str:
        """The type that is judged: what stands behind a lock goes by the suffix of its name."""
        suffix = self.source.suffix.lstrip(".").lower()
        behind = self.answer.type == LOCKED and suffix in OFFICE
        return suffix if behind else self.answer.type

    @property
    def family(self) -> str:
        """The family of the file's type."""
        return family_of(self.answer.type)


def family_of(type_name: str) -> str:
    """The family of a type's name."""
    return next((name for name, types in FAMILIES.items() if type_name in types), "other")
