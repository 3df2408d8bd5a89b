"""Parts and relationships of an Open XML package (ECMA-376 part 2). Reads; changes nothing."""

from __future__ import annotations

import io
import lzma
import posixpath
import zipfile
import zlib
from typing import NamedTuple
from xml.etree import ElementTree

_PART_MAX = 32 << 20
"""Bytes of one part that are read; unpack's limits are policy's, this is the guest's own."""

_PARTS_MAX = 2000
_DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class Relation(NamedTuple):
    """Where a relationship leads: the last word of its type, its target, whether out of the
    package."""

    kind: str
    target: str
    external: bool


class Package:
    """The parts of a package by name; `unreadable` are those that were asked for and are damaged
    or too large. Raises zipfile.BadZipFile."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        listed = [info.filename for info in self._zip.infolist()[:_PARTS_MAX]]
        self._known = {_bare(name): name for name in listed}
        self.names = [name.replace("\\", "/").lstrip("/") for name in listed]
        self.unreadable: set[str] = set()

    def main_part(self, usual: str) -> str:
        """The document's own part: where the package's relationships say, else where it usually
        is."""
        for relation in self.relations("").values():
            if relation.kind == "officedocument" and not relation.external:
                return relation.target
        return usual

    def read(self, name: str) -> bytes:
        """A part's bytes; nothing for one that is missing, damaged or too large."""
        known = self._known.get(_bare(name))
        if known is None:
            return b""
        try:
            if self._zip.getinfo(known).file_size <= _PART_MAX:
                return self._zip.read(known)
        except (OSError, NotImplementedError, RuntimeError, EOFError, *_DAMAGES):
            pass
        self.unreadable.add(name)
        return b""

    def tree(self, name: str) -> ElementTree.Element | None:
        """A part as XML. Entities are never expanded: a part that declares any is not read."""
        data = self.read(name)
        if not data:
            return None
        try:
            if b"<!ENTITY" not in data:
                return ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError):  # ValueError: an encoding nobody has
            pass
        self.unreadable.add(name)
        return None

    def relations(self, name: str) -> dict[str, Relation]:
        """The relationships of a part, or of the package when `name` is empty, by id."""
        folder, base = posixpath.split(name)
        tree = self.tree(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, Relation] = {}
        for each in tree if tree is not None else ():
            target = each.get("Target", "")
            external = each.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = each.get("Type", "").rsplit("/", 1)[-1].lower()
            found[each.get("Id", "")] = Relation(kind, target, external)
        return found


def _bare(name: str) -> str:
    """A part's name as it is compared; some programs write Windows' separator."""
    return name.replace("\\", "/").lstrip("/").lower()
