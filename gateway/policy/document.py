"""A settings file after validation: values, where each was decided, and a digest of it all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic import BaseModel, PrivateAttr

from gateway.policy.setting import Section

BUILT_IN = "built-in default"
"""What `where` says of a key that no file sets."""

_VERSION_DIGITS = 12
"""48 bits tell the policies of one machine apart; longer is noise in a trace."""

KeyPath = tuple[str | int, ...]
"""A key's place: names of tables and keys, and indexes into arrays."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file a document was read from, and the line of each key in it (from 1)."""

    file: str = ""
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def nearest(self, path: KeyPath) -> int:
        """The line of `path`, or of the nearest thing around it that has one; else 1."""
        for end in range(len(path), 0, -1):
            if (line := self.lines.get(path[:end])) is not None:
                return line
        return 1


class Document(Section):
    """Base of `Policy` and `GatewayConfig`. Keys are written as in files: `extract.types`.

    An element of an array is named by its index from 0: `recipients.0.extract`.
    """

    _source: Source = PrivateAttr(default_factory=Source)
    _version: str = PrivateAttr(default="")

    def model_post_init(self, _context: object) -> None:
        self._version = _digest(self)

    @property
    def version(self) -> str:
        """A short digest of every effective value; the same wherever and however it was set."""
        return self._version

    @property
    def file(self) -> str:
        """The name of the file that was read; empty for built-in defaults."""
        return self._source.file

    def where(self, key: str) -> str:
        """Where `key` was decided: `policy.toml line 31`, or `built-in default`."""
        line = self._source.lines.get(key_path(key))
        return BUILT_IN if line is None else f"{self._source.file} line {line}"

    def value(self, key: str) -> object:
        """The value of `key`. Raises KeyError when there is no such key."""
        found: object = self
        for name in key_path(key):
            found = _step(found, name, key)
        return found


def key_path(key: str) -> KeyPath:
    """`recipients.0.match` as a path: names as they are, numbers as indexes."""
    return tuple(int(name) if name.isdecimal() else name for name in key.split("."))


def _step(found: object, name: str | int, key: str) -> object:
    if isinstance(found, BaseModel) and name in type(found).model_fields:
        return getattr(found, str(name))
    if isinstance(found, Mapping) and name in found:
        return found[name]
    if isinstance(found, tuple) and isinstance(name, int) and name < len(found):
        return found[name]
    raise KeyError(f"there is no setting '{key}'")


def _digest(document: Document) -> str:
    content = json.dumps(document.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return sha256(content.encode()).hexdigest()[:_VERSION_DIGITS]
