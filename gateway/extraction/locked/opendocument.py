"""OpenDocument behind a password: what is encrypted was packed before, and the manifest says how.

OpenOffice and LibreOffice up to 24.2 encrypt each member by itself, later ones the whole package,
which is then the only member of another. Locked again, everything that was encrypted is so by the
same cipher and the same word, with fresh salt and vectors.
"""

from __future__ import annotations

import os
import zlib
from typing import Final

from lxml import etree

from gateway.extraction import foreign, xmlsafe
from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import odfseals
from gateway.extraction.locked.odfseals import Key, Sealed, sealed_members
from gateway.extraction.odf.extractor import MANIFEST, WHOLE, parsed
from gateway.extraction.xmlsafe import attribute, local
from gateway.extraction.zipcopy import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    LOCAL,
    LOCAL_SIGNATURE,
    STORED,
    Archive,
    Edit,
    Member,
    copied,
    end_of,
    read_archive,
    read_member,
    write_archive,
)

MAX_BYTES: Final = 200 * 1024 * 1024
"""All members together, as in other packages."""
_SALT: Final = 16


class _Opener:
    def __init__(self, archive: Archive, manifest: etree._Element) -> None:
        self._archive = archive
        self._manifest = manifest
        members = {member.name: member for member in archive.members}
        self._sealed = [
            (members[name], sealed)
            for name, sealed in sealed_members(manifest).items()
            if name in members
        ]
        self._sealed.sort(key=lambda pair: pair[0].packed)
        if sum(sealed.size for _, sealed in self._sealed) > MAX_BYTES:
            raise ExtractError(f"the document unpacks to more than {MAX_BYTES} bytes")

    def open(self, password: str) -> bytes | None:
        keys: dict[Key, bytes] = {}
        edits: dict[str, Edit] = {}
        for member, sealed in self._sealed:
            key = keys.get(sealed.key) or odfseals.derived(sealed.key, password)
            keys[sealed.key] = key
            data = self._archive.data[member.start : member.start + member.packed]
            content = odfseals.opened(data, sealed, key)
            if content is None and not edits:
                return None
            if content is None:
                raise ExtractError("its members do not all open with one password")
            edits[member.name] = Edit(content)
        for _, sealed in self._sealed:
            for child in [child for child in sealed.entry if local(child) == "encryption-data"]:
                sealed.entry.remove(child)
        edits[MANIFEST] = Edit(xmlsafe.serialise(self._manifest))
        return write_archive(self._archive, edits)


class _WholeOpener:
    """Of a package within a package."""

    def __init__(self, archive: Archive, member: Member, sealed: Sealed) -> None:
        if sealed.size > MAX_BYTES:
            raise ExtractError(f"the document unpacks to more than {MAX_BYTES} bytes")
        self._data = archive.data[member.start : member.start + member.packed]
        self._sealed = sealed

    def open(self, password: str) -> bytes | None:
        key = odfseals.derived(self._sealed.key, password)
        return odfseals.opened(self._data, self._sealed, key)


def opener(data: bytes) -> _Opener | _WholeOpener | None:
    """See `locks.Lock`."""
    foreign.needed()
    if data.lstrip()[:1] == b"<":
        return None  # one XML file is never locked
    archive = read_archive(data)
    manifest = _manifest(archive)
    sealed = sealed_members(manifest) if manifest is not None else {}
    if manifest is None or not sealed:
        return None
    whole = next((member for member in archive.members if member.name == WHOLE), None)
    if whole is not None and WHOLE in sealed:
        return _WholeOpener(archive, whole, sealed[WHOLE])
    return _Opener(archive, manifest)


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`."""
    wrapper = read_archive(original)
    before = _manifest(wrapper)
    kinds = sealed_members(before) if before is not None else {}
    if before is not None and WHOLE in kinds:
        return _locked_whole(wrapper, before, kinds[WHOLE], content, password)
    archive = read_archive(content)
    manifest = _manifest(archive)
    if before is None or manifest is None:
        raise ExtractError("the document has no manifest that could say how it is locked")
    entries = {attribute(entry, "full-path"): entry for entry in manifest}
    kept: dict[str, bytes] = {}
    salt = os.urandom(_SALT)
    keys: dict[Key, bytes] = {}
    for member in archive.members:
        sealed = kinds.get(member.name)
        if sealed is not None and member.name in entries:
            own = sealed.key.salted(salt)
            keys[own] = keys.get(own) or odfseals.derived(own, password)
            plain = read_member(archive, member)
            data, described = odfseals.closed(plain, sealed, own, keys[own])
            kept[member.name] = data
            _describe(entries[member.name], described, len(plain))
    return _written(archive, kept, xmlsafe.serialise(manifest))


def _locked_whole(
    wrapper: Archive, manifest: etree._Element, sealed: Sealed, content: bytes, password: str
) -> bytes:
    """The package around `content`; `sealed` lies in `manifest`, which is changed."""
    key = sealed.key.salted(os.urandom(_SALT))
    data, _ = odfseals.closed(content, sealed, key, odfseals.derived(key, password))
    sealed.entry.set(f"{{{etree.QName(sealed.entry).namespace}}}size", str(len(content)))
    return _written(wrapper, {WHOLE: data}, xmlsafe.serialise(manifest))


def preload() -> None:
    """See `locks.Lock`. Ciphers are loaded when they are first used."""
    odfseals.preload()


def _manifest(archive: Archive) -> etree._Element | None:
    found = next((each for each in archive.members if each.name == MANIFEST), None)
    return None if found is None else parsed(read_member(archive, found), MANIFEST)


def _describe(entry: etree._Element, described: etree._Element, size: int) -> None:
    space = etree.QName(entry).namespace
    entry.set(f"{{{space}}}size", str(size))
    entry.append(described)


def _written(archive: Archive, kept: dict[str, bytes], manifest: bytes) -> bytes:
    """The package with encrypted members, which are stored as they are, and the new manifest."""
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for member in archive.members:
        if member.name == MANIFEST:
            local_entry, central = _stored(member, manifest, at)
        elif member.name in kept:
            local_entry, central = _stored(member, kept[member.name], at)
        else:
            local_entry, central = copied(archive.data, member, at)
        body.append(local_entry)
        directory.append(central)
        at += len(local_entry)
    return b"".join((*body, *directory, end_of(archive, directory, at)))


def _stored(member: Member, data: bytes, at: int) -> tuple[bytes, bytes]:
    fields = CENTRAL.unpack_from(member.central)
    name = member.central[CENTRAL.size : CENTRAL.size + fields[10]]
    sizes = (zlib.crc32(data), len(data), len(data))
    common = (20, fields[3] & ~9, STORED, fields[5], fields[6], *sizes, len(name), 0)
    local_entry = LOCAL.pack(LOCAL_SIGNATURE, *common) + name + data
    rest = (0, 0, fields[14], fields[15], at)
    return local_entry, CENTRAL.pack(CENTRAL_SIGNATURE, fields[1], *common, *rest) + name
