"""An Office package while it is being cleaned: parts, content types, relationships, edits.

Holds what has been read and what is to be changed; decides nothing about danger. Parts are
named by their zip member's name, looked up without regard to case (ECMA-376 part 2, 6.2.2).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from gateway.extraction import plainxml, xmlsafe
from gateway.extraction.contract import ExtractError, Payload
from gateway.extraction.kinds import Hit
from gateway.extraction.linkedit import Relink
from gateway.extraction.zipcopy import (
    Archive,
    Edit,
    Member,
    peek,
    read_archive,
    read_member,
    write_archive,
)

MAX_READ_BYTES = 200 * 1024 * 1024
"""Inflated bytes read from one package in total: what a zip bomb may cost at most."""
CONTENT_TYPES = "[Content_Types].xml"
ROOT = ""
"""The package itself as the source of relationships (`_rels/.rels`)."""
XML_SUFFIXES = (".xml", ".rels", ".vml")
_OPEN_BREAK = re.compile(rb"<br\s*>", re.IGNORECASE)
"""Excel writes line breaks into the captions of buttons and notes as HTML does, and reads them."""


def key(name: str) -> str:
    """The form of a part's name in which equal names are equal."""
    return unquote(name).replace("\\", "/").lstrip("/").lower()


@dataclass(slots=True)
class Relationship:
    """One relationship. `kind` is the last segment of its type, in lower case; `position` counts
    the relationships of its file as it was."""

    source: str
    id: str
    kind: str
    type: str
    target: str
    external: bool
    position: int

    @property
    def part(self) -> str:
        """The key of the part it points to; empty when it points out of the package."""
        if self.external:
            return ""
        path = unquote(self.target).replace("\\", "/").partition("#")[0]
        folder = "/" + posixpath.dirname(self.source)
        return posixpath.normpath(posixpath.join(folder, path)).lstrip("/").lower()


@dataclass(slots=True)
class Package:
    """A package being worked on. `hits` grows as things are taken out."""

    archive: Archive
    depth: int
    members: dict[str, Member]
    relationships: dict[str, list[Relationship]] = field(default_factory=dict)
    trees: dict[str, etree._Element] = field(default_factory=dict)
    replaced: dict[str, bytes] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    changed_trees: set[str] = field(default_factory=set)
    changed_relationships: set[str] = field(default_factory=set)
    types_changed: bool = False
    links_gone: bool = False
    relink: Relink | None = None
    hits: list[Hit] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    budget: int = MAX_READ_BYTES
    _content: dict[str, bytes] = field(default_factory=dict)
    _overrides: dict[str, str] = field(default_factory=dict)
    _defaults: dict[str, str] = field(default_factory=dict)
    _elements: dict[str, list[etree._Element]] = field(default_factory=dict)

    # Reading

    def name(self, part: str) -> str:
        """The member's name as it stands in the file, for people."""
        member = self.members.get(part)
        return member.name if member else part

    def read(self, part: str) -> bytes:
        """The part's original bytes; raises ExtractError beyond the package's budget."""
        known = self._content.get(part)
        if known is None:
            member = self.members[part]
            self.budget -= member.size
            if self.budget < 0:
                raise ExtractError(f"the package inflates to more than {MAX_READ_BYTES} bytes")
            known = self._content[part] = read_member(self.archive, member)
        return known

    def peek(self, part: str, count: int) -> bytes:
        """The part's first bytes, without reading all of it; none when there is no such part."""
        if part not in self.members:
            return b""
        known = self._content.get(part)
        return peek(self.archive, self.members[part], count) if known is None else known[:count]

    def tree(self, part: str) -> etree._Element:
        """The part parsed; the same element at every call, so that changes add up."""
        root = self.trees.get(part)
        if root is None:
            data = self.read(part)
            if part.endswith(".vml"):
                data = _OPEN_BREAK.sub(b"<br/>", data)
            root = self.trees[part] = xmlsafe.parse(data, self.name(part))
        return root

    def content_type(self, part: str) -> str:
        """The part's content type, in lower case; empty when none is declared."""
        found = self._overrides.get(part)
        if found is None:
            found = self._defaults.get(part.rpartition(".")[2], "")
        return found

    def xml_parts(self) -> Iterator[str]:
        """Parts that are XML by name or content type, except relationships and content types."""
        for part in self.members:
            if part in self.removed or part.endswith(".rels") or part == CONTENT_TYPES.lower():
                continue
            if part.endswith(XML_SUFFIXES) or self.content_type(part).endswith(("+xml", "/xml")):
                yield part

    def all_relationships(self) -> Iterator[Relationship]:
        """Every relationship still present, of parts still present."""
        for source in list(self.relationships):
            if source not in self.removed:
                yield from list(self.relationships[source])

    # Changing

    def touch(self, part: str) -> None:
        """Say that the part's tree was changed and has to be written."""
        self.changed_trees.add(part)

    def drop_relationship(self, relationship: Relationship) -> None:
        """Take the relationship out of its file."""
        self.relationships[relationship.source].remove(relationship)
        drop_element(self.element(relationship))
        self.changed_relationships.add(relationship.source)

    def drop_part(self, part: str) -> None:
        """Take the part, its relationships and its content type out."""
        if part not in self.members:
            return
        self.removed.add(part)
        self.removed.add(relationships_of(part))
        self.relationships.pop(part, None)
        if self._overrides.pop(part, None) is not None:
            for override in self._overriding(part):
                drop_element(override)
            self.types_changed = True

    def element(self, relationship: Relationship) -> etree._Element:
        """The element that declares `relationship`, to be changed."""
        file = relationships_of(relationship.source)
        if file not in self._elements:
            found = (item for item in self.tree(file) if xmlsafe.local(item) == "Relationship")
            self._elements[file] = list(found)
        return self._elements[file][relationship.position]

    @property
    def types(self) -> etree._Element:
        """The list of content types as a tree, to be changed."""
        return self.tree(CONTENT_TYPES.lower())

    def _overriding(self, part: str) -> list[etree._Element]:
        return [
            element
            for element in self.types
            if xmlsafe.local(element) == "Override" and key(element.get("PartName", "")) == part
        ]

    def set_content_type(self, part: str, new_name: str, content_type: str) -> None:
        """Declare `content_type` for the part under its new name."""
        self._overrides.pop(part, None)
        namespace = etree.QName(self.types).namespace
        override = next(iter(self._overriding(part)), None)
        if override is None:
            override = etree.SubElement(self.types, f"{{{namespace}}}Override")
        override.set("PartName", "/" + new_name)
        override.set("ContentType", content_type)
        self._overrides[key(new_name)] = content_type.lower()
        self.types_changed = True

    def drop_unused_defaults(self, content_types: frozenset[str]) -> None:
        """Take out `Default` entries of `content_types` that no remaining part needs."""
        for extension, declared in list(self._defaults.items()):
            if declared not in content_types:
                continue
            users = (
                part
                for part in self.members
                if part not in self.removed
                and part not in self._overrides
                and part.rpartition(".")[2] == extension
            )
            if next(users, None) is None:
                for element in list(self.types):
                    named = element.get("Extension", "").lower() == extension
                    if named and xmlsafe.local(element) == "Default":
                        drop_element(element)
                del self._defaults[extension]
                self.types_changed = True

    def assemble(self) -> bytes:
        """The package with all changes, as bytes."""
        edits = {self.members[part].name: Edit(remove=True) for part in self._removed_members()}
        contents = dict(self.replaced)
        for part in self.changed_trees - self.removed:
            contents[part] = xmlsafe.serialise(self.trees[part])
        for source in self.changed_relationships - self.removed:
            file = relationships_of(source)
            contents[file] = xmlsafe.serialise(self.trees[file])
        if self.types_changed:
            contents[CONTENT_TYPES.lower()] = xmlsafe.serialise(self.types)
        for part, content in contents.items():
            if part not in self.removed:
                name = self.members[part].name
                edits[name] = Edit(content=content, name=self.renamed.get(part, ""))
        return write_archive(self.archive, edits)

    def _removed_members(self) -> Iterator[str]:
        return (part for part in self.removed if part in self.members)


def relationships_of(source: str) -> str:
    """The key of the file that holds the relationships of `source` (ECMA-376 part 2, 6.5.3.3)."""
    folder, _, name = source.rpartition("/")
    return f"{folder}/_rels/{name}.rels".lstrip("/")


def drop_element(element: etree._Element) -> None:
    """Take `element` out of its tree, leaving the text behind it in place."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def open_package(untrusted_data: bytes, depth: int) -> Package:
    """The package in `untrusted_data`; raises ExtractError when it is none."""
    archive = read_archive(untrusted_data)
    members: dict[str, Member] = {}
    for member in archive.members:
        if member.name.endswith("/"):
            continue
        if key(member.name) in members:
            raise ExtractError(f"two members of the package share the name {member.name}")
        members[key(member.name)] = member
    if CONTENT_TYPES.lower() not in members:
        raise ExtractError("the package has no list of content types")
    package = Package(archive, depth, members)
    _index_types(package)
    for part in members:
        if part.endswith(".rels"):
            _read_relationships(package, part)
    return package


def _index_types(package: Package) -> None:
    for name, attributes in _flat(package, CONTENT_TYPES.lower()):
        declared = attributes.get("ContentType", "").lower()
        match name:
            case "Override":
                package._overrides[key(attributes.get("PartName", ""))] = declared
            case "Default":
                package._defaults[attributes.get("Extension", "").lower()] = declared


def _read_relationships(package: Package, file: str) -> None:
    folder, _, name = file.rpartition("/")
    owner = folder.removesuffix("_rels") + name.removesuffix(".rels")
    found = (item for element, item in _flat(package, file) if element == "Relationship")
    package.relationships[owner] = [
        Relationship(
            source=owner,
            id=item.get("Id", ""),
            kind=item.get("Type", "").rstrip("/").rpartition("/")[2].lower(),
            type=item.get("Type", ""),
            target=item.get("Target", ""),
            external=item.get("TargetMode", "").lower() == "external",
            position=position,
        )
        for position, item in enumerate(found)
    ]


def _flat(package: Package, part: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The children of the root of a part, by name and attributes: in Python where that suffices."""
    plain = plainxml.read(package.read(part))
    if plain is not None:
        yield from plain.children
        return
    for element in package.tree(part):
        yield xmlsafe.local(element), dict(xmlsafe.attributes(element))
