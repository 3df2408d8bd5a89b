"""Reads a data bundle: signatures or rules, which age faster than the system does.

The form is the update bundle's: signed manifest first, then each file against its digest. The
manifest says of which kind it is, so that no bundle can be taken for one of another kind.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec

from gateway.appliance.bundle import Archive, BundleError, verify

MAX_FILES = 256
MAX_BYTES = 2 << 30
"""ClamAV's databases together have about 300 MB."""

_NAMES = {
    "signatures": re.compile(
        r"[a-z0-9][A-Za-z0-9_-]{0,60}\.(cvd|cld|cud|cdb|fp|sfp|hdb|hsb|ign2|ldb|mdb|msb|ndb|pdb|wdb)"
    ),
    "rules": re.compile(
        r"behaviour/[a-z0-9][a-z0-9-]{0,60}\.toml|feeds/[a-z0-9][A-Za-z0-9_-]{0,60}\.(txt|csv)"
    ),
}
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,7}")


class DataKind(StrEnum):
    """What can be updated without the system."""

    SIGNATURES = "signatures"
    RULES = "rules"


class DataFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the bundle."""

    name: str
    size: int
    sha256: str


class DataManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a data bundle is. `made` is in seconds since the epoch."""

    kind: DataKind
    version: str
    made: int
    files: list[DataFile]


class DataBundle:
    """A bundle that is being read; `manifest` can be believed as soon as this object exists."""

    def __init__(self, untrusted_file: IO[bytes], public_pem: bytes, kind: DataKind) -> None:
        """Read and check manifest and signature. Raises BundleError."""
        self._archive = Archive(untrusted_file)
        verify(self._archive.untrusted_manifest, self._archive.signature, public_pem)
        self.manifest = read_manifest(self._archive.untrusted_manifest)
        if self.manifest.kind is not kind:
            raise BundleError(f"the bundle holds {self.manifest.kind}, not {kind}")

    def unpack(self, target: Path) -> None:
        """Write all files below `target`. Raises BundleError or OSError: then nothing of what was
        written may be used."""
        for file in self.manifest.files:
            path = target / file.name
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as stream:
                for chunk in self._archive.content(file.name, file.size, file.sha256):
                    stream.write(chunk)


def read_manifest(text: bytes) -> DataManifest:
    """The manifest, if it makes sense. Raises BundleError."""
    try:
        manifest = msgspec.json.decode(text, type=DataManifest)
    except msgspec.DecodeError as error:
        raise BundleError(f"this is no bundle of signatures or rules: {error}") from error
    names = [file.name for file in manifest.files]
    if not _VERSION.fullmatch(manifest.version):
        raise BundleError("the bundle's version is none")
    if not names or len(names) > MAX_FILES or len(set(names)) != len(names):
        raise BundleError("the bundle holds no files, too many, or one twice")
    for name in names:
        if not _NAMES[manifest.kind].fullmatch(name):
            raise BundleError(f"'{name}' is no name of a file with {manifest.kind}")
    if sum(file.size for file in manifest.files) > MAX_BYTES:
        raise BundleError("the bundle is too large")
    return manifest
